/** A lead answers a survey, or one question, by its personal link: page by page, once, and changed only if that is allowed. */
import { recordAnswers } from '#db/repositories/answers.ts'
import {
  completeResponse,
  findResponse,
  keepDraft,
  lockResponse,
  type SurveyResponse,
} from '#db/repositories/survey-responses.ts'
import type { Database } from '#db/client.ts'
import { transact } from '#db/transact.ts'
import type { Instant, Json } from '#engine/facts.ts'
import type { Library, Survey } from '#engine/library.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { toLocal, zoneOr } from '#engine/schedule/zone.ts'
import { formatLocalDate } from '#engine/schedule/calendar.ts'
import { takeAnswers, type AnswerProblem } from '#engine/surveys/answers.ts'
import { askedOn, nextPage, pagesOf, type Answers } from '#engine/surveys/flow.ts'
import type { Question } from '#engine/surveys/schema.ts'
import type { Poker } from '../poker.ts'

/** What a personal link is about. */
export interface SurveyLink {
  /** Unique for the link: one complete answer each. */
  link: string
  /** Who answers: the lead as it is now, after merges. */
  leadId: string
  survey: string
  /** Set when one question is asked by itself. */
  question: string | null
  isTest: boolean
}

/** How things stand with a link. */
export type SurveyState =
  | {
      state: 'open'
      /** The page to show, from 0. */
      page: number
      /** Answers so far, those of the draft. */
      answers: Answers
      /** True while a complete answer is being changed. */
      isChange: boolean
    }
  | { state: 'answered'; at: Instant; canChange: boolean; answers: Answers }
  | { state: 'closed'; on: string | null }
  | { state: 'gone' }

/** The questions a link asks: all of the survey, or the one, whatever it depends on. */
export function questionsFor(survey: Survey, question: string | null): Question[] {
  if (question === null) return survey.questions
  return survey.questions.flatMap((one) => {
    if (one.id !== question) return []
    const { showWhen: _, pageBreak: __, ...alone } = one
    // Asked alone, there is nothing else to send.
    return [{ ...alone, required: true }]
  })
}

/** Reads how things stand; changes nothing. `now` is the lead's own time. */
export async function readSurveyState(
  db: Database,
  library: Library,
  link: SurveyLink,
  now: Instant,
): Promise<SurveyState> {
  const survey = Object.hasOwn(library.surveys, link.survey) ? library.surveys[link.survey] : undefined
  if (survey === undefined || questionsFor(survey, link.question).length === 0) return { state: 'gone' }
  return stateOf(survey, await findResponse(db, link.link), link, library, now)
}

function stateOf(
  survey: Survey,
  response: SurveyResponse | null,
  link: SurveyLink,
  library: Library,
  now: Instant,
): SurveyState {
  const isClosed = survey.archived === true || isOver(survey, library, now)
  const isComplete = response?.status === 'complete'
  if (isComplete) {
    const canChange = !isClosed && mayChange(survey, response, Date.now(), library)
    if (response.draft === null || !canChange) {
      return { state: 'answered', at: response.completedAt?.getTime() ?? 0, canChange, answers: response.answers }
    }
  } else if (isClosed) return { state: 'closed', on: survey.closesOn ?? null }
  const questions = questionsFor(survey, link.question)
  const answers = response?.draft ?? {}
  const pages = pagesOf(questions).length
  const page = Math.min(response?.page ?? 0, pages - 1)
  const shown = askedOn(questions, page, answers).length > 0 ? page : (nextPage(questions, -1, answers) ?? 0)
  return { state: 'open', page: shown, answers, isChange: isComplete }
}

/** Whether the last day has passed where the company is. */
function isOver({ closesOn }: Survey, { policy }: Library, now: Instant): boolean {
  return closesOn !== undefined && formatLocalDate(toLocal(now, zoneOr(policy.zone, 'UTC'))) > closesOn
}

/** Counted from the first complete answer, in real time: a browser shows it to a person. */
function mayChange(survey: Survey, response: SurveyResponse, now: Instant, { policy }: Library): boolean {
  if (survey.changeWithin === undefined || response.completedAt === null) return false
  return now < addDuration(response.completedAt.getTime(), survey.changeWithin, zoneOr(policy.zone, 'UTC'))
}

export interface AnswerRequest {
  link: SurveyLink
  /** Index of the page that was sent. */
  page: number
  /** What came in, by question id and `<id>_other`. */
  given: Readonly<Record<string, unknown>>
  /** In which language it was read. */
  language: string | null
  /** The lead's own time. */
  now: Instant
}

export type AnswerOutcome =
  | { kind: 'problems'; page: number; problems: AnswerProblem[]; answers: Answers }
  | { kind: 'next'; page: number }
  | { kind: 'complete' }
  /** Nothing was changed: it was answered before, or is closed. */
  | { kind: 'refused'; state: SurveyState }

interface Dependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

/**
 * Takes one page in. Good answers are kept even when others of the page are not; the last page completes the survey: the
 * answers become facts of the lead, the event `survey_answered` (or `question_answered`) is recorded, and whoever waits
 * for it moves. Sent twice (a double click, a reload), it happens once.
 */
export async function answerSurvey(deps: Dependencies, request: AnswerRequest): Promise<AnswerOutcome> {
  const { db, poker } = deps
  const library = await deps.library()
  const { link, given, language, now } = request
  const survey = Object.hasOwn(library.surveys, link.survey) ? library.surveys[link.survey] : undefined
  const questions = survey === undefined ? [] : questionsFor(survey, link.question)
  if (survey === undefined || questions.length === 0) return { kind: 'refused', state: { state: 'gone' } }
  const { outcome, leadIds } = await transact(
    db,
    async (tx): Promise<{ outcome: AnswerOutcome; leadIds: string[] }> => {
      const response = await lockResponse(tx, link)
      const state = stateOf(survey, response, link, library, now)
      const mayBegin = state.state === 'answered' && state.canChange
      if (state.state !== 'open' && !mayBegin) return { outcome: { kind: 'refused', state }, leadIds: [] }

      const earlier = response.draft ?? (response.status === 'complete' ? response.answers : {})
      const page = Math.max(0, Math.min(request.page, pagesOf(questions).length - 1))
      const only = new Set(askedOn(questions, page, earlier).map(({ id }) => id))
      const { answers, problems } = takeAnswers(questions, given, { earlier, only })
      if (problems.length > 0) {
        await keepDraft(tx, response.id, { answers, page, language })
        return { outcome: { kind: 'problems', page, problems, answers }, leadIds: [] }
      }
      const next = nextPage(questions, page, answers) ?? firstUnanswered(questions, answers)
      if (next !== null) {
        await keepDraft(tx, response.id, { answers, page: next, language })
        return { outcome: { kind: 'next', page: next }, leadIds: [] }
      }
      await completeResponse(tx, response.id, answers, language)
      const taken = await recordAnswers(
        tx,
        [
          {
            lead: { id: link.leadId },
            survey: survey.key,
            answers: { ...answers, ...withdrawn(response.answers, answers) },
            dedupeKey: `response:${response.id}:${String(response.sent + 1)}`,
            asked: link.question === null ? 'survey' : 'question',
          },
        ],
        { library, actor: `survey:${survey.key}`, priority: 1 },
      )
      return { outcome: { kind: 'complete' }, leadIds: taken.leadIds }
    },
  )
  await poker.poke(leadIds, { priority: 1 })
  return outcome
}

/** The page of the first required question that has no answer (somebody went ahead by the address); null = none. */
function firstUnanswered(questions: readonly Question[], answers: Answers): number | null {
  const page = pagesOf(questions).findIndex((_, index) =>
    askedOn(questions, index, answers).some(({ id, required }) => required && !Object.hasOwn(answers, id)),
  )
  return page === -1 ? null : page
}

/** Answers that were given before and now are not: null, which rules read as no answer. */
function withdrawn(before: Answers, after: Answers): Record<string, Json> {
  return Object.fromEntries(Object.keys(before).flatMap((key) => (Object.hasOwn(after, key) ? [] : [[key, null]])))
}
