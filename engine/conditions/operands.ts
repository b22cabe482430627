/**
 * Both sides of a comparison made comparable: what a lead's field holds, and what a rule asks for. The evaluator and the
 * SQL compiler share this, so "the last three days" is the same two bounds for both. Dates are compared as text: which
 * dates lie in a window is worked out here, in the zone given, and Postgres never converts between zones.
 */
import type { Field } from '../fields.ts'
import type { FieldValue, Instant, Json } from '../facts.ts'
import { parseIsoDateTime } from '../iso-dates.ts'
import type { FieldType } from '../library.ts'
import { failure, success, type Result } from '../result.ts'
import {
  addDays,
  formatLocalDate,
  maxInstant,
  minInstant,
  parseLocalDate,
  type LocalDate,
} from '../schedule/calendar.ts'
import { parseDuration, durationToMs } from '../schedule/duration.ts'
import { toInstant, toLocal } from '../schedule/zone.ts'
import { cleanText, foldText } from '../text.ts'
import type { RuleValue } from './schema.ts'

export type Scalar = string | number | boolean

/** A known field value, ready to compare: text folded, dates `YYYY-MM-DD`, datetimes UTC ms. */
export type Comparable = Scalar | string[]

export interface Bound {
  value: string | number
  inclusive: boolean
}

/** A rule's right side, resolved: the values it lists, or the bounds it sets (null = open). */
export interface Operand {
  values: readonly Scalar[]
  min: Bound | null
  max: Bound | null
}

/** When and where a rule is evaluated. */
export interface Moment {
  now: Instant
  /** IANA zone in which days begin; must be known. */
  zone: string
}

/** The shape in which dates are stored; other text in a date field is not a date, in SQL just the same. */
const dateShape = /^.{4}-.{2}-.{2}$/su

/** A field's value ready to compare; null when missing: absent, null, empty, or not of the field's type. */
export function toComparable(type: FieldType, value: FieldValue | undefined): Comparable | null {
  switch (type) {
    case 'text':
      return typeof value === 'string' && value !== '' ? foldText(value) : null
    case 'enum':
      return typeof value === 'string' && value !== '' ? value : null
    case 'number':
    case 'datetime':
      return typeof value === 'number' && Number.isFinite(value) ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'set':
      return Array.isArray(value) && value.length > 0 ? value : null
    case 'date':
      return typeof value === 'string' && dateShape.test(value) ? value : null
    default:
      return type satisfies never
  }
}

/** True when a JSON value (an event's property, an answer) says nothing: null, absent, `""` or `[]`. */
export function isBlank(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Nothing on the right side. */
export const noOperand: Operand = { values: [], min: null, max: null }

/** One value of the field's type, for `is`, `contains` and their like. */
export function readValue(field: Field, value: RuleValue | undefined): Result<Operand> {
  const scalar = readScalar(field, value)
  return scalar.ok ? success({ ...noOperand, values: [scalar.value] }) : scalar
}

/** One or more values of the field's type. */
export function readValues(field: Field, value: RuleValue | undefined): Result<Operand> {
  if (!Array.isArray(value) || value.length === 0) return failure('Give a list of at least one value.')
  const values: Scalar[] = []
  for (const item of value) {
    const scalar = readScalar(field, item)
    if (!scalar.ok) return scalar
    values.push(scalar.value)
  }
  return success({ ...noOperand, values })
}

/** Bounds of numbers; which sides, and whether the bound itself counts, is the operator's. */
export function readNumber(value: RuleValue | undefined): Result<number> {
  return typeof value === 'number' && Number.isFinite(value) ? success(value) : wrong(value, 'a number')
}

/** What a date or datetime value covers: a day, or one instant. `until` is the first thing after it. */
export interface Span {
  from: string | number
  until: Bound
}

/**
 * A rule's date as the field's type compares it. In a date field a day is its own text. In a datetime field a day runs
 * from its first instant to that of the next day in the zone, and a time without an offset is on the zone's clock.
 */
export function readSpan(field: Field, value: RuleValue | undefined, { zone }: Moment): Result<Span> {
  const text = typeof value === 'string' ? value.trim() : ''
  const date = parseLocalDate(text)
  if (field.type === 'date') {
    return date === null
      ? wrong(value, 'a date as YYYY-MM-DD')
      : success({ from: text, until: { value: text, inclusive: false } })
  }
  if (date !== null) {
    return success({
      from: toInstant(date, zone),
      until: { value: toInstant(addDays(date, 1), zone), inclusive: true },
    })
  }
  const parsed = parseIsoDateTime(text)
  if (parsed === null) return wrong(value, 'a date as YYYY-MM-DD or a date and time as 2026-11-22T09:30')
  const instant = parsed.kind === 'instant' ? parsed.instant : toInstant(parsed.local, zone)
  return success({ from: instant, until: { value: instant, inclusive: false } })
}

/** A window's nominal length in ms: a day is 24 hours, a month 30 days, a year 365 days. */
export function readLength(value: RuleValue | undefined): Result<number> {
  if (typeof value !== 'string' || parseDuration(value) === null) return wrong(value, 'a duration such as P3D or PT4H')
  return success(durationToMs(value))
}

/**
 * An instant as the field's type compares it: itself for a datetime, and for a date the latest date that has begun in
 * the zone by then, so that "the date's first instant ≤ instant" is "the date ≤ this text".
 */
export function boundAt(field: Field, instant: Instant, zone: string): string | number {
  if (field.type !== 'date') return instant
  if (instant < minInstant) return '0000-00-00'
  if (instant > maxInstant) return '9999-99-99'
  let date: LocalDate = toLocal(instant, zone)
  // Around a change of clocks at midnight the wall clock may show the day before for a while, or skip a day.
  while (toInstant(date, zone) > instant) date = addDays(date, -1)
  for (let next = addDays(date, 1); toInstant(next, zone) <= instant; next = addDays(date, 1)) date = next
  return formatLocalDate(date)
}

/** The instant from which a stored value counts: itself, or for a date its first instant in the zone. */
export function instantOf(field: Field, actual: Comparable, zone: string): Instant | null {
  if (field.type === 'datetime') return typeof actual === 'number' ? actual : null
  const date = typeof actual === 'string' ? parseLocalDate(actual) : null
  return date === null ? null : toInstant(date, zone)
}

/** True when the value lies inside the operand's bounds. Values of another type never do. */
export function isWithin(actual: Comparable, { min, max }: Operand): boolean {
  if (typeof actual !== 'string' && typeof actual !== 'number') return false
  if (min !== null && !(actual > min.value || (min.inclusive && actual === min.value))) return false
  return max === null || actual < max.value || (max.inclusive && actual === max.value)
}

function readScalar(field: Field, value: RuleValue | undefined): Result<Scalar> {
  switch (field.type) {
    case 'text':
      return readText(value, foldText)
    case 'enum':
    case 'set':
      return readText(value, cleanText)
    case 'number':
      return readNumber(value)
    case 'boolean':
      return typeof value === 'boolean' ? success(value) : wrong(value, 'yes or no (true or false)')
    case 'date':
      return typeof value === 'string' && parseLocalDate(value) !== null
        ? success(value)
        : wrong(value, 'a date as YYYY-MM-DD')
    case 'datetime':
      return wrong(value, 'a bound such as "before" or "after"')
    default:
      return field.type satisfies never
  }
}

function readText(value: RuleValue | undefined, prepare: (text: string) => string): Result<string> {
  const text = typeof value === 'string' ? prepare(value) : ''
  return text === '' ? wrong(value, 'a text that is not empty (for empty ones ask "is not known")') : success(text)
}

function wrong(value: RuleValue | undefined, expected: string): { ok: false; message: string } {
  if (value === undefined) return failure(`A value is missing; give ${expected}.`)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const shown = text.length > 100 ? `${text.slice(0, 100).toWellFormed()}…` : text
  return failure(`"${shown}" does not fit; give ${expected}.`)
}
