/** Dates and times of day on the wall, without any zone: the proleptic Gregorian calendar as arithmetic. */
import { weekdays, type Weekday } from '../graph/schema.ts'

/** A day on the wall calendar. `month` is 1–12. */
export interface LocalDate {
  year: number
  month: number
  day: number
}

/** A reading of a wall clock. */
export interface LocalDateTime extends LocalDate {
  hour: number
  minute: number
  second: number
  millisecond: number
}

export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** The last millisecond of the year 9999: results beyond it are held there, so that no arithmetic leaves valid dates. */
export const maxInstant = 253_402_300_799_999
/** The first millisecond of the year 1. */
export const minInstant = -62_135_596_800_000

/** Holds an instant inside the years 1–9999; not-a-number becomes the latest one. */
export function clampInstant(instant: number): number {
  return Number.isNaN(instant) ? maxInstant : Math.min(Math.max(instant, minInstant), maxInstant)
}

/**
 * Days since 1970-01-01 of a date; out-of-range months and days roll over (`month: 13`, `day: 0`).
 * After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil).
 */
export function dayNumber({ year, month, day }: LocalDate): number {
  const months = year * 12 + (month - 1)
  const civilYear = Math.floor(months / 12)
  const civilMonth = months - civilYear * 12 + 1
  const shifted = civilMonth <= 2 ? civilYear - 1 : civilYear
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (civilMonth + (civilMonth > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date that is `number` days after 1970-01-01; the inverse of `dayNumber`. */
export function dateOf(number: number): LocalDate {
  const shifted = number + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** The date `days` later (earlier when negative). */
export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOf(dayNumber(date) + days)
}

/** The date `months` later; a day the month does not have becomes its last one (31 January + 1 month = 28 February). */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const total = date.year * 12 + (date.month - 1) + months
  const year = Math.floor(total / 12)
  const month = total - year * 12 + 1
  return { year, month, day: Math.min(date.day, daysInMonth(year, month)) }
}

/** How many days a month has. */
export function daysInMonth(year: number, month: number): number {
  return dayNumber({ year, month: month + 1, day: 1 }) - dayNumber({ year, month, day: 1 })
}

/** The weekday of a date. */
export function weekdayOf(date: LocalDate): Weekday {
  return weekdayOfDay(dayNumber(date))
}

/** The weekday of a day counted from 1970-01-01, which was a Thursday. */
export function weekdayOfDay(number: number): Weekday {
  return weekdays[(((number + 3) % 7) + 7) % 7] ?? 'mon'
}

/** Reads `YYYY-MM-DD`; null when it is not written so or the day does not exist (`2026-02-30`). */
export function parseLocalDate(text: string): LocalDate | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return null
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }
  const exists =
    date.year >= 1 &&
    date.month >= 1 &&
    date.month <= 12 &&
    date.day >= 1 &&
    date.day <= daysInMonth(date.year, date.month)
  return exists ? date : null
}

/** Writes `YYYY-MM-DD`. */
export function formatLocalDate({ year, month, day }: LocalDate): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/**
 * Milliseconds since local midnight of a time of day such as `09:00`.
 * @throws {RangeError} when the text is not `HH:MM` (schemas refuse such texts before they come here).
 */
export function timeOfDayMs(text: string): number {
  // Read with each look at a schedule or window: 1,440 texts at most, since others throw.
  const known = timesOfDay.get(text)
  if (known !== undefined) return known
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (match === null) throw new RangeError(`"${text}" is not a time of day; write it as HH:MM, for example 09:00.`)
  const ms = Number(match[1]) * hourMs + Number(match[2]) * minuteMs
  timesOfDay.set(text, ms)
  return ms
}

const timesOfDay = new Map<string, number>()
