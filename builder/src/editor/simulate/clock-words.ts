/** Instants of a rehearsal, on the wall of the zone it is looked at in. */
import type { Instant } from '#engine/facts.ts'
import { dayMs, dayNumber } from '#engine/schedule/calendar.ts'
import { toInstant, toLocal } from '#engine/schedule/zone.ts'
import { t } from '../../i18n/t.ts'
import { language } from '../../ui/words.ts'

const pad = (value: number): string => String(value).padStart(2, '0')
/** In English the day is before the month, as in "Day 3" beside it. */
const dayFirst = language === 'en' ? 'en-GB' : language
const weekdayFormat = new Intl.DateTimeFormat(dayFirst, { timeZone: 'UTC', weekday: 'short' })

/** Days since 1970 on the wall of the zone. */
export function dayOf(at: Instant, zone: string): number {
  return dayNumber(toLocal(at, zone))
}

/** When the day begins there. */
export function startOfDay(day: number, zone: string): Instant {
  const date = new Date(day * dayMs)
  return toInstant({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }, zone)
}

export function isWeekend(day: number): boolean {
  const weekday = new Date(day * dayMs).getUTCDay()
  return weekday === 0 || weekday === 6
}

/** "Thu 09:00" */
export function timeWords(at: Instant, zone: string): string {
  const local = toLocal(at, zone)
  return `${weekdayFormat.format(dayNumber(local) * dayMs)} ${pad(local.hour)}:${pad(local.minute)}`
}

/** "Day 3, Thu 09:00", counted from the day it began. */
export function dayWords(at: Instant, startAt: Instant, zone: string): string {
  return t('Day {{day}}, {{time}}', { day: dayOf(at, zone) - dayOf(startAt, zone) + 1, time: timeWords(at, zone) })
}

/** "Thu 4 Dec 2026, 09:00" */
export function dateWords(at: Instant, zone: string): string {
  return new Intl.DateTimeFormat(dayFirst, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at)
}

/** "4 Dec" */
export function dayLabel(day: number): string {
  return new Intl.DateTimeFormat(dayFirst, { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(day * dayMs)
}

/** `2026-12-04T09:00`, for a field, and back. */
export function toFieldText(at: Instant, zone: string): string {
  const { year, month, day, hour, minute } = toLocal(at, zone)
  return `${String(year)}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}`
}

export function fromFieldText(text: string, zone: string): Instant | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text)
  if (match === null) return null
  const [, year = 0, month = 1, day = 1, hour = 0, minute = 0] = match.map(Number)
  return toInstant({ year, month, day, hour, minute }, zone)
}
