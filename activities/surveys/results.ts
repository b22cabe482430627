/** What a survey's answers come to: counts per answer, averages, and every response as a row of a table. */
import { stringify } from 'csv-stringify'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Queryable } from '#db/client.ts'
import { countResponses, listResponses, type SurveyResponse } from '#db/repositories/survey-responses.ts'
import type { Json } from '#engine/facts.ts'
import type { Survey } from '#engine/library.ts'
import { scaleOf, valuesOf } from '#engine/surveys/answers.ts'
import { otherKey } from '#engine/surveys/flow.ts'
import type { Question } from '#engine/surveys/schema.ts'

interface AnswerCount {
  /** As it is stored; of a table, the chosen column. */
  value: Json
  label: string
  /** Line of a table; null for all other questions. */
  row: string | null
  count: number
}

interface QuestionResult {
  id: string
  text: string
  type: Question['type']
  /** How many have answered it. */
  answered: number
  /** Answers to choose from, those nobody gave included. Empty for texts and dates: they are read, not counted. */
  counts: AnswerCount[]
  /** Of numbers and scales; null when there are none. */
  average: number | null
  /** Share of 9 and 10 less share of 0 to 6, in percent (-100 to 100); null for all but "nps". */
  netPromoterScore: number | null
}

export interface SurveyResults {
  partial: number
  complete: number
  questions: QuestionResult[]
}

/** Counts by question, in the survey's order. Test leads are left out unless asked for. */
export async function readSurveyResults(
  db: Queryable,
  survey: Survey,
  options: { isTest: boolean },
): Promise<SurveyResults> {
  const { partial, complete, values } = await countResponses(db, { survey: survey.key, ...options })
  const byQuestion = Map.groupBy(values, ({ question }) => question)
  return {
    partial,
    complete,
    questions: survey.questions.map((question) => resultOf(question, byQuestion.get(question.id) ?? [], complete)),
  }
}

type Counted = { row: string | null; value: Json; count: number }

const counted: ReadonlySet<Question['type']> = new Set([
  'single',
  'multi',
  'yes_no',
  'scale',
  'rating',
  'nps',
  'matrix',
])
const numeric: ReadonlySet<Question['type']> = new Set(['number', 'scale', 'rating', 'nps'])

function resultOf(question: Question, values: readonly Counted[], complete: number): QuestionResult {
  const { id, text, type, rows = [] } = question
  const total = values.reduce((sum, { count }) => sum + count, 0)
  const numbers = numeric.has(type)
    ? values.flatMap(({ value, count }) => (typeof value === 'number' ? [{ value, count }] : []))
    : []
  const sum = numbers.reduce((all, { value, count }) => all + value * count, 0)
  const weight = numbers.reduce((all, { count }) => all + count, 0)
  // Several choices and lines count several times in `total`; nobody answers more often than there are responses.
  const lines =
    type === 'matrix' ? Math.max(0, ...rows.map(({ id: row }) => countWhere(values, (one) => one.row === row))) : total
  return {
    id,
    text,
    type,
    answered: Math.min(
      complete,
      type === 'ranking' ? Math.round(total / Math.max(1, valuesOf(question).length)) : lines,
    ),
    counts: counted.has(type) ? countsOf(question, values) : [],
    average: weight === 0 ? null : sum / weight,
    netPromoterScore: type === 'nps' && weight > 0 ? promoterScore(numbers, weight) : null,
  }
}

function countWhere(values: readonly Counted[], fits: (one: Counted) => boolean): number {
  return values.filter(fits).reduce((sum, { count }) => sum + count, 0)
}

function countsOf(question: Question, values: readonly Counted[]): AnswerCount[] {
  const { type, options = [], rows = [], other } = question
  const labels = new Map<Json, string>([
    ...options.map(({ value, label }): [Json, string] => [value, label]),
    ['yes', 'Yes'],
    ['no', 'No'],
    ...(other === undefined ? [] : [['other', other.label] as [Json, string]]),
  ])
  const { from, to } = scaleOf(question)
  const choices: Json[] = numeric.has(type)
    ? Array.from({ length: to - from + 1 }, (_, step) => from + step)
    : valuesOf(question)
  const line = (row: string | null): AnswerCount[] => {
    const found = values.filter((one) => one.row === row)
    // Answers whose option was taken out of the survey since are still answers.
    const all = [...choices, ...found.map(({ value }) => value).filter((value) => !choices.includes(value))]
    return all.map((value) => ({
      value,
      label: labels.get(value) ?? (typeof value === 'string' ? value : JSON.stringify(value)),
      row,
      count: found.find((one) => one.value === value)?.count ?? 0,
    }))
  }
  return type === 'matrix' ? rows.flatMap(({ id }) => line(id)) : line(null)
}

function promoterScore(numbers: readonly { value: number; count: number }[], weight: number): number {
  const share = (fits: (value: number) => boolean): number =>
    numbers.filter(({ value }) => fits(value)).reduce((sum, { count }) => sum + count, 0) / weight
  return Math.round((share((value) => value >= 9) - share((value) => value <= 6)) * 100)
}

const rowsPerRead = 500

/**
 * All responses as CSV (RFC 4180), the latest first, read page by page. Cells that a spreadsheet would run as a formula
 * are made plain text by a leading apostrophe (OWASP, "CSV Injection").
 */
export function exportResponses(db: Queryable, survey: Survey, options: { isTest: boolean }): Readable {
  const questions = survey.questions.flatMap(({ id, other }) => (other === undefined ? [id] : [id, otherKey(id)]))
  const rows = stringify({
    header: true,
    columns: ['response', 'lead', 'status', 'started_at', 'completed_at', 'language', ...questions],
    escape_formulas: true,
  })
  const out = new PassThrough()
  // A reader that goes away destroys `out`, which ends the reading.
  void pipeline(readRows(db, survey, questions, options.isTest), rows, out).catch((error: unknown) =>
    out.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return out
}

async function* readRows(db: Queryable, survey: Survey, questions: readonly string[], isTest: boolean) {
  let after: { at: Date; id: string } | null = null
  for (;;) {
    const page: SurveyResponse[] = await listResponses(
      db,
      { survey: survey.key, isTest },
      { after, limit: rowsPerRead },
    )
    for (const { id, leadId, status, startedAt, completedAt, language, answers, draft } of page) {
      const given = status === 'complete' ? answers : (draft ?? {})
      yield [
        id,
        leadId,
        status,
        startedAt.toISOString(),
        completedAt?.toISOString() ?? '',
        language ?? '',
        ...questions.map((question) => cellOf(given[question])),
      ]
    }
    const last = page.at(-1)
    if (last === undefined || page.length < rowsPerRead) return
    after = { at: last.startedAt, id: last.id }
  }
}

function cellOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(String).join('; ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
