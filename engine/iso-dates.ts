/** ISO 8601 calendar dates and instants as people and files write them. Years 0001–9999, so that text sorts as time. */
import type { Instant } from './facts.ts'

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/
const dateTimePattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/i
const dayMs = 86_400_000

/** 0001-01-01T00:00:00.000Z */
export const earliestInstant: Instant = -62_135_596_800_000
/** 9999-12-31T23:59:59.999Z */
export const latestInstant: Instant = 253_402_300_799_999

/** True for a date that exists, written `YYYY-MM-DD`: `2028-02-29` is one, `2027-02-29` is not. */
export function isIsoDate(text: string): boolean {
  const match = datePattern.exec(text)
  if (match === null || match[1] === '0000') return false
  return isoDateOf(Date.parse(`${text}T00:00:00Z`)) === text
}

/** The date `days` later (earlier when negative), by the calendar: `addDaysToDate('2028-02-28', 2)` → `2028-03-01`. */
export function addDaysToDate(date: string, days: number): string {
  return isoDateOf(Date.parse(`${date}T00:00:00Z`) + days * dayMs)
}

/** What a date-time text says: an instant when it names its offset from UTC, else a local time still to be placed in a zone. */
export type ParsedDateTime =
  | { kind: 'instant'; instant: Instant }
  | { kind: 'local'; date: string; time: string; ms: number }

/**
 * Reads `2026-11-22T09:30Z`, `2026-11-22 09:30:15.250+01:00` or `2026-11-22T09:30` (local). Parts of a millisecond are
 * cut off. Null when it is not a date-time that exists. In a local time `time` is `HH:MM` and `ms` the rest.
 */
export function parseIsoDateTime(text: string): ParsedDateTime | null {
  const match = dateTimePattern.exec(text)
  if (match === null) return null
  const [, date = '', hour = '', minute = '', second = '00', fraction = '', offset] = match
  if (!isIsoDate(date) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const ms = Number(second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  if (offset === undefined) return { kind: 'local', date, time: `${hour}:${minute}`, ms }
  const offsetMinutes = parseOffset(offset)
  if (offsetMinutes === null) return null
  return { kind: 'instant', instant: Date.parse(`${date}T${hour}:${minute}:00Z`) + ms - offsetMinutes * 60_000 }
}

function parseOffset(offset: string): number | null {
  if (offset.toUpperCase() === 'Z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(-2))
  if (hours > 23 || minutes > 59) return null
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function isoDateOf(utcMs: number): string {
  return Number.isNaN(utcMs) ? '' : new Date(utcMs).toISOString().slice(0, 10)
}
