/** ISO 8601 date-times as people and files write them. Years 0001–9999, so that text sorts as time does. */
import { parseLocalDate, dayNumber, dayMs, type LocalDateTime } from './schedule/calendar.ts'
import type { Instant } from './facts.ts'

const dateTimePattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/i

/** What a date-time says: an instant when it names its offset from UTC, else a wall clock still to be put in a zone. */
export type ParsedDateTime = { kind: 'instant'; instant: Instant } | { kind: 'local'; local: LocalDateTime }

/**
 * Reads `2026-11-22T09:30Z`, `2026-11-22 09:30:15.250+01:00` or, without an offset, `2026-11-22T09:30`. Parts of a
 * millisecond are cut off. Null when it is not a date-time that exists.
 */
export function parseIsoDateTime(text: string): ParsedDateTime | null {
  const match = dateTimePattern.exec(text)
  if (match === null) return null
  const [, dateText = '', hourText, minuteText, secondText = '0', fraction = '', offset] = match
  const date = parseLocalDate(dateText)
  const [hour, minute, second] = [Number(hourText), Number(minuteText), Number(secondText)]
  if (date === null || hour > 23 || minute > 59 || second > 59) return null
  const millisecond = Number(fraction.slice(0, 3).padEnd(3, '0'))
  if (offset === undefined) return { kind: 'local', local: { ...date, hour, minute, second, millisecond } }
  const offsetMinutes = parseOffset(offset)
  if (offsetMinutes === null) return null
  const seconds = (hour * 60 + minute - offsetMinutes) * 60 + second
  return { kind: 'instant', instant: dayNumber(date) * dayMs + seconds * 1000 + millisecond }
}

function parseOffset(offset: string): number | null {
  if (offset.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))]
  if (hours > 23 || minutes > 59) return null
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
