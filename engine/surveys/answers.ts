/** What came in from a page or an API call, made into answers: all problems at their question, hidden answers dropped. */
import type { Json } from '../facts.ts'
import { parseFieldValue } from '../fields.ts'
import { failure, success, type Result } from '../result.ts'
import { parseLocalDate } from '../schedule/calendar.ts'
import { lookUp } from '../steps/lookup.ts'
import { cleanText } from '../text.ts'
import { follow, holds, otherKey, type Answers } from './flow.ts'
import type { Question } from './schema.ts'

/** One thing wrong with an answer, in words for the person who answers. */
export interface AnswerProblem {
  question: string
  message: string
}

/** Lengths in UTF-16 units; more is refused, never cut. */
const longest: Partial<Record<Question['type'], number>> = { text: 500, long_text: 10_000, email: 254, phone: 40 }

const addressPattern = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\.]+$/u

/** First and last number of a scale. */
export function scaleOf({ type, min, max }: Pick<Question, 'type' | 'min' | 'max'>): { from: number; to: number } {
  return type === 'nps' ? { from: 0, to: 10 } : { from: min ?? 1, to: max ?? 5 }
}

/** The values that can be chosen, "something else" included. */
export function valuesOf({ type, options = [], other }: Question): string[] {
  if (type === 'yes_no') return ['yes', 'no']
  return [...options.map(({ value }) => value), ...(other === undefined ? [] : ['other'])]
}

/**
 * Judges what was given for some of the questions (all by default) on top of the answers so far. Every problem is
 * returned, in the order of the questions; `answers` are those that count now: earlier ones whose question has become
 * hidden are gone. A question that is not among `only` is neither required nor changed.
 */
export function takeAnswers(
  questions: readonly Question[],
  given: Readonly<Record<string, unknown>>,
  options: { earlier?: Answers; only?: ReadonlySet<string> } = {},
): { answers: Record<string, Json>; problems: AnswerProblem[] } {
  const { earlier = {}, only } = options
  const answers: Record<string, Json> = {}
  const problems: AnswerProblem[] = []
  for (const question of questions) {
    if (!holds(question.showWhen, answers)) continue
    if (only !== undefined && !only.has(question.id)) {
      Object.assign(answers, own(earlier, question))
      continue
    }
    const read = readAnswer(question, given)
    if (!read.ok) problems.push({ question: question.id, message: read.message })
    else if (question.required && lookUp(read.value, question.id) === undefined) {
      problems.push({ question: question.id, message: 'Please answer this question.' })
    } else Object.assign(answers, read.value)
  }
  return { answers: follow(questions, answers).kept, problems }
}

function own(answers: Answers, question: Question): Record<string, Json> {
  return Object.fromEntries(
    [question.id, otherKey(question.id)].flatMap((key) => {
      const value = lookUp(answers, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** The answer to one question: `{}` when there is none, `{ id: value }`, or with `<id>_other` beside it. */
export function readAnswer(question: Question, given: Readonly<Record<string, unknown>>): Result<Record<string, Json>> {
  const raw = lookUp(given, question.id)
  const value = readValue(question, raw)
  if (!value.ok) return value
  if (value.value === null) return success({})
  const isOther =
    question.other !== undefined &&
    (Array.isArray(value.value) ? value.value.includes('other') : value.value === 'other')
  if (!isOther) return success({ [question.id]: value.value })
  const text = readText(lookUp(given, otherKey(question.id)), 500)
  if (!text.ok) return text
  return success({
    [question.id]: value.value,
    ...(text.value === null ? {} : { [otherKey(question.id)]: text.value }),
  })
}

function readValue(question: Question, raw: unknown): Result<Json> {
  switch (question.type) {
    case 'text':
    case 'long_text':
      return readText(raw, longest[question.type] ?? 500)
    case 'email':
      return readPattern(raw, 'email', addressPattern, 'Please write an email address, such as name@example.com.')
    case 'phone':
      return readPattern(
        raw,
        'phone',
        /^\+?[\d\s()./-]{4,39}$/,
        'Please write a telephone number, such as +44 20 7946 0000.',
      )
    case 'number':
      return readNumber(raw, question.min ?? -Infinity, question.max ?? Infinity)
    case 'scale':
    case 'rating':
    case 'nps': {
      const { from, to } = scaleOf(question)
      const number = readNumber(raw, from, to)
      return number.ok && number.value !== null && !Number.isInteger(number.value)
        ? failure(`Please choose a whole number from ${String(from)} to ${String(to)}.`)
        : number
    }
    case 'date':
      return readDate(raw)
    case 'single':
    case 'yes_no':
      return readChoice(question, raw)
    case 'multi':
      return readChoices(question, raw)
    case 'ranking':
      return readRanking(question, raw)
    case 'matrix':
      return readMatrix(question, raw)
  }
}

function textOf(raw: unknown): Result<string> {
  if (raw === undefined || raw === null) return success('')
  if (typeof raw === 'number' || typeof raw === 'boolean') return success(String(raw))
  return typeof raw === 'string' ? success(cleanText(raw).trim()) : failure('This answer cannot be read.')
}

function readText(raw: unknown, most: number): Result<string | null> {
  const text = textOf(raw)
  if (!text.ok) return text
  if (text.value.length > most) return failure(`Please write at most ${String(most)} characters.`)
  return success(text.value === '' ? null : text.value)
}

function readPattern(raw: unknown, type: 'email' | 'phone', pattern: RegExp, expected: string): Result<string | null> {
  const text = readText(raw, longest[type] ?? 254)
  if (!text.ok || text.value === null) return text
  return pattern.test(text.value) ? text : failure(expected)
}

function readNumber(raw: unknown, min: number, max: number): Result<number | null> {
  const text = textOf(raw)
  if (!text.ok) return text
  const parsed = parseFieldValue({ key: 'answer', label: 'answer', type: 'number', readOnly: false }, text.value)
  if (!parsed.ok) return failure('Please write a number, for example 12 or 12.5.')
  if (parsed.value === null) return success(null)
  const number = Number(parsed.value)
  if (number < min || number > max) {
    const bounds =
      min === -Infinity
        ? `at most ${String(max)}`
        : max === Infinity
          ? `at least ${String(min)}`
          : `from ${String(min)} to ${String(max)}`
    return failure(`Please choose a number ${bounds}.`)
  }
  return success(number)
}

function readDate(raw: unknown): Result<string | null> {
  const text = textOf(raw)
  if (!text.ok || text.value === '') return text.ok ? success(null) : text
  return parseLocalDate(text.value) === null
    ? failure('Please write a date as year-month-day, such as 2027-03-01.')
    : success(text.value)
}

const notAnOption = 'Please choose one of the answers shown.'

function readChoice(question: Question, raw: unknown): Result<string | null> {
  // Not trimmed: a value is whatever its author wrote.
  const value = typeof raw === 'boolean' ? (raw ? 'yes' : 'no') : (raw ?? '')
  if (typeof value !== 'string') return failure(notAnOption)
  if (value === '') return success(null)
  return valuesOf(question).includes(value) ? success(value) : failure(notAnOption)
}

function readChoices(question: Question, raw: unknown): Result<string[] | null> {
  const list: unknown[] = Array.isArray(raw) ? raw : raw === undefined || raw === null ? [] : [raw]
  const chosen = new Set(list.filter((value) => value !== ''))
  const values = valuesOf(question)
  for (const value of chosen) if (typeof value !== 'string' || !values.includes(value)) return failure(notAnOption)
  const ordered = values.filter((value) => chosen.has(value))
  return success(ordered.length === 0 ? null : ordered)
}

function readRanking(question: Question, raw: unknown): Result<string[] | null> {
  const list: unknown[] = Array.isArray(raw) ? raw : raw === undefined || raw === null || raw === '' ? [] : [raw]
  if (list.length === 0) return success(null)
  const values = valuesOf(question)
  const ranked = list.filter((value): value is string => typeof value === 'string' && values.includes(value))
  return ranked.length === list.length && ranked.length === values.length && new Set(ranked).size === values.length
    ? success(ranked)
    : failure('Please give each line a place of its own, from 1 on.')
}

function readMatrix(question: Question, raw: unknown): Result<Record<string, string> | null> {
  if (raw === undefined || raw === null || raw === '') return success(null)
  if (typeof raw !== 'object' || Array.isArray(raw)) return failure(notAnOption)
  const rows: readonly { id: string }[] = question.rows ?? []
  const given = new Map<string, unknown>(Object.entries(raw))
  const answer: Record<string, string> = {}
  for (const [id, value] of given) {
    if (value === '' || value === undefined || value === null) continue
    const isOption = typeof value === 'string' && valuesOf(question).includes(value)
    if (!isOption || !rows.some((row) => row.id === id)) return failure(notAnOption)
  }
  for (const { id } of rows) {
    const value = given.get(id)
    if (typeof value === 'string' && value !== '') answer[id] = value
  }
  const count = Object.keys(answer).length
  if (count === 0) return success(null)
  return question.required && count < rows.length ? failure('Please answer every line.') : success(answer)
}
