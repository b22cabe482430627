/** Surveys, and single questions, by personal link. Without scripts: each page is a form, and looking changes nothing. */
import { Router, type Request, type Response } from 'express'
import {
  answerSurvey,
  questionsFor,
  readSurveyState,
  type SurveyLink,
  type SurveyState,
} from '#activities/surveys/answer-survey.ts'
import { linkPurposes } from '#activities/links/token.ts'
import { toLeadTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { Library, Survey } from '#engine/library.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { readAnswer, type AnswerProblem } from '#engine/surveys/answers.ts'
import { askedOn, pagesOf, previousPage, type Answers } from '#engine/surveys/flow.ts'
import type { Question } from '#engine/surveys/schema.ts'
import { translateSurvey } from '#engine/surveys/translate.ts'
import { contextOf } from '../middleware/request-context.ts'
import { fieldOf, formBody, formOf } from './form-body.ts'
import type { PublicFrame, Visit } from './frame.ts'
import { PageProblem } from './problem.ts'
import { givenAnswers, typedAnswers, viewQuestions } from './questions.ts'

/** What a request is about, its texts in the reader's language. */
interface Reading {
  visit: Visit
  link: SurveyLink
  survey: Survey
  questions: Question[]
  language: string | null
  library: Library
  /** The lead's own time. */
  now: Instant
}

export function surveyRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  for (const purpose of ['survey', 'question'] as const) {
    const path = `/${linkPurposes[purpose]}/:token`
    const route = `/${linkPurposes[purpose]}/{token}`
    router.get(path, async (request, response) => {
      contextOf(response).route = route
      await look(frame, await readRequest(frame, purpose, request), request, response)
    })
    router.post(path, ...formBody, async (request, response) => {
      contextOf(response).route = route
      await take(frame, await readRequest(frame, purpose, request), request, response)
    })
  }
  return router
}

async function readRequest(frame: PublicFrame, purpose: 'survey' | 'question', request: Request): Promise<Reading> {
  const visit = await frame.visit(purpose, String(request.params['token']))
  const { visitor, content } = visit
  if (visitor.isErased) throw new PageProblem('gone')
  const key = visitor.delivery?.surveyKey ?? content.subject
  const question = purpose === 'question' ? (visitor.delivery?.questionId ?? null) : null
  const library = await frame.library()
  const found = Object.hasOwn(library.surveys, key) ? library.surveys[key] : undefined
  if (found === undefined || (purpose === 'question' && question === null)) throw new PageProblem('gone')
  const wanted = [visitor.language ?? '', ...request.acceptsLanguages()].filter((language) => /^[a-z]/i.test(language))
  const { survey, language } = translateSurvey(found, wanted)
  return {
    visit,
    link: {
      link: [purpose, content.about, content.id, key].join(':'),
      leadId: visitor.leadId,
      survey: key,
      question,
      isTest: visitor.isTest,
    },
    survey,
    questions: questionsFor(survey, question),
    language,
    library,
    now: toLeadTime(visitor.clock, frame.now()),
  }
}

/** Shows how things stand. `?p=` is a page already reached, `?change` begins a change, `?a=` an option clicked in a mail. */
async function look(frame: PublicFrame, reading: Reading, request: Request, response: Response): Promise<void> {
  const { link, library, now, questions } = reading
  const state = await readSurveyState(frame.db, library, link, now)
  if (state.state === 'answered' && state.canChange && request.query['change'] !== undefined) {
    return showPage(frame, reading, response, { page: 0, answers: state.answers })
  }
  if (state.state !== 'open') return showEnd(frame, reading, response, state)
  const asked = Number(request.query['p'] ?? state.page)
  const isReached = Number.isInteger(asked) && asked >= 0 && askedOn(questions, asked, state.answers).length > 0
  const page = isReached ? asked : state.page
  const answers = { ...preselected(questions, page, request.query['a']), ...state.answers }
  await showPage(frame, reading, response, { page, answers })
}

/** What a click in a mail chose, shown as chosen and not yet sent: scanners open every link they find. */
function preselected(questions: readonly Question[], page: number, value: unknown): Answers {
  const first = questions[0]
  if (page !== 0 || first === undefined || typeof value !== 'string') return {}
  const read = readAnswer(first, { [first.id]: first.type === 'multi' ? [value] : value })
  return read.ok ? read.value : {}
}

async function take(frame: PublicFrame, reading: Reading, request: Request, response: Response): Promise<void> {
  const { link, questions, language, now } = reading
  const form = formOf(response)
  const given = givenAnswers(questions, form)
  const outcome = await answerSurvey(frame, { link, page: Number(fieldOf(form, 'page')) || 0, given, language, now })
  switch (outcome.kind) {
    case 'problems': {
      const { page, problems } = outcome
      const answers = { ...outcome.answers, ...typedAnswers(questions, given) }
      return showPage(frame, reading, response, { page, answers, problems, status: 422 })
    }
    case 'next':
      // See Other, so that a reload shows the next page and sends nothing again.
      return response.redirect(303, `${request.path}?p=${String(outcome.page)}`)
    case 'complete':
      return response.redirect(303, request.path)
    case 'refused':
      return showEnd(frame, reading, response, outcome.state)
  }
}

interface ShownPage {
  page: number
  answers: Answers
  problems?: readonly AnswerProblem[]
  status?: number
}

async function showPage(
  frame: PublicFrame,
  reading: Reading,
  response: Response,
  { page, answers, problems = [], status = 200 }: ShownPage,
): Promise<void> {
  const { survey, questions, link, visit, language } = reading
  const shown = askedOn(questions, page, answers)
  const pages = pagesOf(questions).map((_, index) => index)
  const withQuestions = pages.filter((index) => askedOn(questions, index, answers).length > 0)
  const at = withQuestions.indexOf(page) + 1
  const back = previousPage(questions, page, answers)
  const isLast = at === withQuestions.length && pages.length === at
  const texts = new Map(questions.map(({ id, text }) => [id, text]))
  await frame.show(response, {
    template: 'survey',
    title: survey.title,
    status,
    data: {
      lang: language ?? (await frame.company()).language,
      intro: back === null ? survey.intro : '',
      // Later pages may fall away, so that "of" is what is known now.
      progress: pages.length > 1 ? { at, of: Math.max(withQuestions.length, at) } : null,
      page,
      back: back === null ? null : `?p=${String(back)}`,
      submit: isLast || link.question !== null ? 'Send' : 'Continue',
      isTest: visit.visitor.isTest,
      questions: viewQuestions(shown, answers, problems),
      problems: problems.map(({ question, message }) => ({ question, message, text: texts.get(question) ?? '' })),
    },
  })
}

/** Answered, closed or gone: nothing to fill in, and whom to turn to. */
async function showEnd(
  frame: PublicFrame,
  { survey, visit, library, language }: Reading,
  response: Response,
  state: SurveyState,
): Promise<void> {
  if (state.state === 'gone' || state.state === 'open') throw new PageProblem('gone')
  const company = await frame.company()
  const lang = language ?? company.language
  const contact = company.replyTo?.email ?? company.from?.email ?? null
  if (state.state === 'closed') {
    const text =
      'Thank you for coming. This survey takes no more answers; what you would have told us still interests us.'
    return frame.show(response, {
      template: 'survey-done',
      title: 'This survey is closed',
      status: 410,
      data: { lang, text, change: null, contact },
    })
  }
  const zone = zoneOr(visit.visitor.zone, zoneOr(library.policy.zone, 'UTC'))
  const day = new Intl.DateTimeFormat(safeLocale(lang), { dateStyle: 'long', timeZone: zone }).format(state.at)
  const thanks = survey.thankYou ?? 'Your answers have reached us. There is nothing left for you to do.'
  await frame.show(response, {
    template: 'survey-done',
    title: 'Thank you',
    data: { lang, text: `${thanks}\n\nYou answered on ${day}.`, change: state.canChange ? '?change' : null, contact },
  })
}

function safeLocale(language: string): string {
  return Intl.DateTimeFormat.supportedLocalesOf([language]).at(0) ?? 'en'
}
