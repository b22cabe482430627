/** Lead fields: the core ones (columns of `leads`) and the company's own (in `leads.fields`), each with a type. */
import { parseIsoDateTime } from './iso-dates.ts'
import type { FieldValue, Json } from './facts.ts'
import { screeningVerdicts } from './forms/screening.ts'
import type { CustomField, FieldType, Library } from './library.ts'
import { failure, success, type Result } from './result.ts'
import { maxInstant, minInstant, parseLocalDate } from './schedule/calendar.ts'
import { lookUp } from './steps/lookup.ts'
import { cleanText, foldText } from './text.ts'
import { attentions, stages } from './vocabulary.ts'

/** A field rules, forms, imports and messages may name. */
export interface Field {
  key: string
  label: string
  type: FieldType
  /** The values an `enum` or `set` may hold; absent = any text. */
  options?: readonly string[]
  /** True when a `set field` step, a form or an import must not write it: it has its own step or is kept by Trellis. */
  readOnly: boolean
  /** Set for core fields only. */
  core?: {
    /** Column of `leads`. */
    column: string
    /** The column's name in the drizzle table. */
    property: string
  }
}

/** A core field: `core` is always there. */
export type CoreField = Field & { core: NonNullable<Field['core']> }

/** The longest text a field may hold, in UTF-16 units: a note fits, a document does not. */
const maxTextLength = 10_000

/** Core fields in the order screens show them. */
export const coreFields: readonly CoreField[] = [
  core('email', 'Email', 'text'),
  core('phone', 'Phone', 'text'),
  core('first_name', 'First name', 'text'),
  core('last_name', 'Last name', 'text'),
  core('company', 'Company', 'text'),
  core('title', 'Job title', 'text'),
  core('address_line1', 'Address', 'text'),
  core('city', 'City', 'text'),
  core('region', 'Region', 'text'),
  core('postal_code', 'Postal code', 'text'),
  core('country', 'Country', 'text'),
  core('language', 'Language', 'text'),
  core('zone', 'Time zone', 'text'),
  core('source', 'Source', 'text'),
  core('stage', 'Stage', 'enum', { readOnly: true, options: stages }),
  core('attention', 'Attention', 'enum', { readOnly: true, options: attentions }),
  core('score', 'Score', 'number', { readOnly: true }),
  core('owner_id', 'Owner', 'text'),
  core('do_not_email', 'Do not email', 'boolean'),
  core('do_not_mail', 'Do not mail', 'boolean'),
  core('do_not_call', 'Do not call', 'boolean'),
  core('objected', 'Objects to marketing', 'boolean'),
  core('created_at', 'Created', 'datetime', { readOnly: true }),
  core('last_activity_at', 'Last activity', 'datetime', { readOnly: true }),
]

const coreByKey: ReadonlyMap<string, CoreField> = new Map(coreFields.map((field) => [field.key, field]))

function core(key: string, label: string, type: FieldType, more: Partial<Field> = {}): CoreField {
  const property = key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return { key, label, type, readOnly: false, ...more, core: { column: key, property } }
}

/** Fields every installation has beside the columns; kept in `leads.fields` like the company's own. */
const standingFields: Readonly<Record<string, CustomField>> = {
  screening: { key: 'screening', label: 'Screening', type: 'enum', options: [...screeningVerdicts] },
}

/** The field of that key; a core field wins over a custom one of the same key. Null when there is none. */
export function findField(key: string, library: Library): Field | null {
  const coreField = coreByKey.get(key)
  if (coreField !== undefined) return coreField
  const custom = lookUp(library.fields, key) ?? lookUp(standingFields, key)
  return custom === undefined ? null : customField(custom)
}

/** Every field: core ones first, then the company's own by label. */
export function fieldCatalogue(library: Library): Field[] {
  const custom = Object.values({ ...standingFields, ...library.fields }).filter((field) => !coreByKey.has(field.key))
  return [...coreFields, ...custom.map(customField).sort((a, b) => (a.label < b.label ? -1 : 1))]
}

function customField(field: CustomField): Field {
  const { key, label, type, options } = field
  return { key, label, type, readOnly: false, ...(options === undefined ? {} : { options }) }
}

/**
 * The `leads.folded` value of a lead: its non-empty text fields, folded, by field key. To be written with every change
 * of a text field, from the lead as it will be.
 * @param columns the lead's columns by drizzle property (`firstName`) or by field key (`first_name`)
 * @param custom `leads.fields`
 */
export function foldedFields(
  columns: Readonly<Record<string, unknown>>,
  custom: Readonly<Record<string, FieldValue>>,
  library: Library,
): Record<string, string> {
  const folded: [string, string][] = []
  const add = (key: string, value: unknown) => {
    if (typeof value === 'string' && value !== '') folded.push([key, foldText(value)])
  }
  for (const [key, value] of Object.entries(custom)) {
    // A text whose field is not (or no longer) defined is folded too: it can be compared once the field is there.
    const type = coreByKey.has(key) ? null : (findField(key, library)?.type ?? 'text')
    if (type === 'text') add(key, value)
  }
  for (const field of coreFields) {
    if (field.type === 'text') add(field.key, columns[field.core.property] ?? columns[field.key])
  }
  return Object.fromEntries(folded)
}

/**
 * Turns what a file, a form or an API call holds into the field's value, losing nothing: a number with more digits than a
 * double holds is refused, not rounded. Blank, null and undefined are null ("not known"). Texts like `yes` or `42` are
 * understood where the type asks for it. Does not look at `readOnly`.
 */
export function parseFieldValue(field: Field, raw: unknown): Result<FieldValue> {
  const value: unknown = typeof raw === 'string' ? cleanText(raw) : raw
  if (value === null || value === undefined || (typeof value === 'string' && value.trim() === '')) return success(null)
  const wrong = (expected: string) =>
    failure(`"${show(value)}" does not fit the field "${field.label}"; write ${expected}.`)
  return parsers[field.type](value, field, wrong)
}

type Wrong = (expected: string) => { ok: false; message: string }

const parsers: Record<FieldType, (value: unknown, field: Field, wrong: Wrong) => Result<FieldValue>> = {
  text: (value, _field, wrong) => parseText(value, wrong),
  number: (value, _field, wrong) => parseNumber(value, wrong),
  boolean: (value, _field, wrong) => parseBoolean(value, wrong),
  enum: (value, field, wrong) => parseOption(value, field.options, wrong),
  set: (value, field, wrong) => parseSet(value, field.options, wrong),
  date: (value, _field, wrong) => parseDate(value, wrong),
  datetime: (value, _field, wrong) => parseDateTime(value, wrong),
}

function parseText(value: unknown, wrong: Wrong): Result<string> {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  if (typeof text !== 'string') return wrong('a text')
  return text.length > maxTextLength ? wrong(`at most ${maxTextLength} characters`) : success(text)
}

function parseNumber(value: unknown, wrong: Wrong): Result<number> {
  const expected = 'a number without thousands separators, for example 1234.5'
  if (typeof value === 'number') return Number.isFinite(value) ? success(value === 0 ? 0 : value) : wrong(expected)
  if (typeof value !== 'string') return wrong(expected)
  const text = value.trim()
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,4})?$/i.test(text)) return wrong(expected)
  const number = Number(text)
  const exact = Number.isFinite(number) && decimalDigits(text) === decimalDigits(String(number))
  return exact ? success(number === 0 ? 0 : number) : wrong('a number of at most 15 digits, or make it a text field')
}

/** A decimal number's significant digits and exponent, so that `1.50e3` and `1500` compare equal as text. */
function decimalDigits(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = Number(exponent) - fraction.length + (digits.length - significant.length)
  return `${sign === '-' ? '-' : ''}${significant}e${power}`
}

const booleanWords: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'y', '1', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0', 'off'].map((word) => [word, false] as const),
])

function parseBoolean(value: unknown, wrong: Wrong): Result<boolean> {
  if (typeof value === 'boolean') return success(value)
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : ''
  const known = booleanWords.get(word)
  return known === undefined ? wrong('yes or no') : success(known)
}

function parseOption(value: unknown, options: readonly string[] | undefined, wrong: Wrong): Result<string> {
  if (typeof value !== 'string' || value.length > maxTextLength) return wrong('one of its options')
  const text = value.trim()
  if (options === undefined || options.length === 0 || options.includes(text)) return success(text)
  const folded = foldText(text)
  const alike = options.filter((option) => foldText(option) === folded)
  const [only] = alike
  return alike.length === 1 && only !== undefined ? success(only) : wrong(`one of ${listed(options)}`)
}

/** A list, or a text with `;` between the members. Members are trimmed, sorted and kept once. */
function parseSet(value: unknown, options: readonly string[] | undefined, wrong: Wrong): Result<string[] | null> {
  const items: unknown[] | null = Array.isArray(value) ? value : typeof value === 'string' ? value.split(';') : null
  if (items === null || items.length > 1000)
    return wrong('a list of at most 1,000 texts, or texts with ";" between them')
  const members = new Set<string>()
  for (const item of items) {
    if (typeof item !== 'string') return wrong('a list of texts')
    if (cleanText(item).trim() === '') continue
    const member = parseOption(cleanText(item), options, wrong)
    if (!member.ok) return member
    members.add(member.value)
  }
  return success(members.size === 0 ? null : [...members].sort())
}

function parseDate(value: unknown, wrong: Wrong): Result<string> {
  const text = typeof value === 'string' ? value.trim() : ''
  return parseLocalDate(text) !== null ? success(text) : wrong('a date as YYYY-MM-DD, for example 2026-11-22')
}

function parseDateTime(value: unknown, wrong: Wrong): Result<number> {
  const expected = 'an ISO 8601 date and time with its offset, for example 2026-11-22T09:30:00Z'
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= minInstant && value <= maxInstant ? success(value) : wrong(expected)
  }
  const parsed = typeof value === 'string' ? parseIsoDateTime(value.trim()) : null
  return parsed?.kind === 'instant' ? success(parsed.instant) : wrong(expected)
}

function listed(options: readonly string[]): string {
  const shown = options.slice(0, 10).map((option) => `"${option}"`)
  return options.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value as Json) ?? String(value))
  return text.length > 100 ? `${text.slice(0, 100).toWellFormed()}…` : text
}
