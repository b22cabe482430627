/** When a date on a lead comes round: birthdays, anniversaries, the end of a lease minus 90 days. */
import type { Instant } from '../facts.ts'
import { addDays, addMonths, dayMs, dayNumber, parseLocalDate, timeOfDayMs } from './calendar.ts'
import { toLocal, wallToInstant } from './zone.ts'

/** Which occurrence of a date is asked for. */
export interface DateOccurrenceQuery {
  /** The lead's date, `YYYY-MM-DD`. */
  date: string
  /** Days before (negative) or after it. */
  offsetDays: number
  /** `HH:MM` on the wall of the zone. */
  time: string
  zone: string
  /** True = every year from the date's own year on; 29 February is kept on the 28th in other years. */
  yearly: boolean
  after: Instant
}

/**
 * The first occurrence later than `after`; null when there is none any more, or when the date is not a date (leads' data
 * come from outside: a wrong one means "never", not an error).
 * @throws {RangeError} when the zone or the time cannot be read.
 */
export function dateOccurrence(query: DateOccurrenceQuery): Instant | null {
  const date = parseLocalDate(query.date)
  if (date === null) return null
  const time = timeOfDayMs(query.time)
  const occurrence = (year: number): Instant =>
    wallToInstant(
      dayNumber(addDays(addMonths(date, (year - date.year) * 12), query.offsetDays)) * dayMs + time,
      query.zone,
    )
  if (!query.yearly) {
    const instant = occurrence(date.year)
    return instant > query.after ? instant : null
  }
  // An offset of years (±3650 days) can carry an occurrence far from its anniversary: begin that much earlier.
  const currentYear = toLocal(query.after, query.zone).year
  const firstYear = Math.max(date.year, currentYear - Math.ceil(query.offsetDays / 365) - 1)
  for (let year = firstYear; year <= Math.min(9998, firstYear + 40); year += 1) {
    const instant = occurrence(year)
    if (instant > query.after) return instant
  }
  return null
}
