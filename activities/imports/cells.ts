/** Reading one row by column name, and turning texts into typed values. Pure. */
import type { Json } from '#engine/facts.ts'
import type { FieldType } from '#engine/library.ts'
import { cleanText } from '#engine/text.ts'
import type { Condition } from './mapping.ts'

/** One row of a file whose columns are known. */
export interface RowReader {
  /** The cell, tidied; null when empty or one of the mapping's texts for "unknown". */
  text(column: string): string | null
  test(condition: Condition): boolean
}

/** Trimmed, with runs of blanks as one, so that `"Interested  in MBA "` is what people see. */
function tidy(text: string): string {
  return cleanText(text).replaceAll(/\s+/gu, ' ').trim()
}

/** How texts of a mapping and of a file are compared. */
export function comparable(text: string): string {
  return tidy(text).toLowerCase()
}

/** A reader over rows with these columns; `setRow` points it at the next one (one object for a million rows). */
export function createRowReader(
  columns: readonly string[],
  unknown: readonly string[],
): RowReader & { setRow(cells: readonly string[]): void } {
  const indexOf = new Map(columns.map((column, index) => [column, index]))
  const unknownTexts = new Set(unknown.map(comparable))
  const wanted = new WeakMap<object, Set<string>>()
  let row: readonly string[] = []
  const text = (column: string): string | null => {
    const index = indexOf.get(column)
    const cell = tidy(index === undefined ? '' : (row[index] ?? ''))
    return cell === '' || (unknownTexts.size > 0 && unknownTexts.has(cell.toLowerCase())) ? null : cell
  }
  const test = (condition: Condition): boolean => {
    if ('all' in condition) return condition.all.every(test)
    if ('any' in condition) return condition.any.some(test)
    if ('not' in condition) return !test(condition.not)
    const cell = text(condition.column)
    if ('known' in condition) return (cell !== null) === condition.known
    if ('atLeast' in condition) {
      const number = cell === null ? null : parseNumber(cell)
      return number !== null && number >= condition.atLeast
    }
    let texts = wanted.get(condition)
    if (texts === undefined) {
      texts = new Set(condition.in.map(comparable))
      wanted.set(condition, texts)
    }
    return cell !== null && texts.has(cell.toLowerCase())
  }
  return {
    text,
    test,
    setRow(cells) {
      row = cells
    },
  }
}

/** Every column a condition looks at. */
export function columnsOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(columnsOf)
  if ('any' in condition) return condition.any.flatMap(columnsOf)
  if ('not' in condition) return columnsOf(condition.not)
  return [condition.column]
}

/** How dates are written in a file; `iso` is `2026-11-22` with an optional time. */
export type DateStyle = 'iso' | 'day-first' | 'month-first'

/**
 * A cell's text as `parseFieldValue` expects it: dates in ISO form, numbers without thousands separators, the members of
 * a set apart. What cannot be read is passed on as it is, to be refused there with the cell's own words.
 */
export function readableAs(type: FieldType, text: string, style: CellStyle): Json {
  return readers[type](text, style)
}

/** How one column of a file is written. */
interface CellStyle {
  dates: DateStyle
  separator: string
}

const asItIs = (text: string): Json => text

const readers: Record<FieldType, (text: string, style: CellStyle) => Json> = {
  text: asItIs,
  enum: asItIs,
  boolean: asItIs,
  number: (text) => (thousands.test(text) ? text.replaceAll(',', '') : text),
  set: (text, { separator }) => text.split(separator),
  date(text, { dates }) {
    const instant = parseInstant(text, dates)
    return instant === null ? text : new Date(instant).toISOString().slice(0, 10)
  },
  datetime: (text, { dates }) => parseInstant(text, dates) ?? text,
}

const thousands = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/

/** `1,234.5` and `1234.5`; null when it is not a finite number. */
export function parseNumber(text: string): number | null {
  const plain = thousands.test(text) ? text.replaceAll(',', '') : text
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null
  const number = Number(plain)
  return Number.isFinite(number) ? number : null
}

const datePattern =
  /^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/

/** UTC ms; a time without a zone is taken as UTC. Null when it is not a date that exists. */
export function parseInstant(text: string, style: DateStyle): number | null {
  const match = datePattern.exec(text)
  if (match === null) return null
  const [, first = '', second = '', third = '', hour = '0', minute = '0', seconds = '0', fraction = '0', zone] = match
  const [year, month, day] =
    style === 'iso' ? [first, second, third] : style === 'day-first' ? [third, second, first] : [third, first, second]
  if (year.length !== 4) return null
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(seconds) > 59) return null
  date.setUTCHours(Number(hour), Number(minute), Number(seconds), Number(fraction.padEnd(3, '0')))
  return date.getTime() - offsetMs(zone)
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const digits = zone.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000
}
