/** Dates as people read and choose them. */
import { addDays, formatLocalDate, parseLocalDate, addMonths, type LocalDate } from '#engine/schedule/calendar.ts'
import { toLocal } from '#engine/schedule/zone.ts'

/** Today where the lead lives. */
export function todayIn(zone: string, now: number): LocalDate {
  const { year, month, day } = toLocal(now, zone)
  return { year, month, day }
}

/** `2027-03-01` → "1 March 2027". */
export function readableDate(date: string): string {
  const local = parseLocalDate(date)
  if (local === null) return date
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.UTC(local.year, local.month - 1, local.day),
  )
}

/** Months from today as `YYYY-MM-DD`. */
export function inMonths(today: LocalDate, months: number): string {
  return formatLocalDate(addMonths(today, months))
}

/** The day after as `YYYY-MM-DD`: the earliest end of a pause. */
export function tomorrow(today: LocalDate): string {
  return formatLocalDate(addDays(today, 1))
}
