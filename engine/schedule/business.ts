/** Business days and hours: how long a task may take, and waits that skip weekends and holidays. */
import type { Instant } from '../facts.ts'
import type { BusinessCalendar } from '../graph/schema.ts'
import { dateOf, dayMs, formatLocalDate, maxInstant, timeOfDayMs, weekdayOfDay } from './calendar.ts'
import { dayExists } from './next.ts'
import { toWall, wallToInstant } from './zone.ts'

/** A calendar whose every business day is a holiday for this long is taken to never open again. */
const longestClosureDays = 3660

interface OpenHours {
  opensAt: Instant
  closesAt: Instant
}

/**
 * The first instant not before `instant` at which business is open: `instant` itself when it is. Hours whose `to` is not
 * after their `from` run past midnight into the next day.
 * @throws {RangeError} when the zone or a time cannot be read.
 */
export function nextBusinessInstant(instant: Instant, calendar: BusinessCalendar, zone: string): Instant {
  for (const { opensAt } of openHours(instant, calendar, zone)) return Math.max(opensAt, instant)
  return maxInstant
}

/**
 * The instant by which `ms` of open time have passed since `instant`. Time that runs out at closing time ends there
 * (Friday 16:00 + 1 h = Friday 17:00); 0 gives the next open instant.
 * @throws {RangeError} when the zone or a time cannot be read.
 */
export function addBusinessTime(instant: Instant, ms: number, calendar: BusinessCalendar, zone: string): Instant {
  let left = ms
  for (const { opensAt, closesAt } of openHours(instant, calendar, zone)) {
    const from = Math.max(opensAt, instant)
    if (left <= closesAt - from) return from + Math.max(left, 0)
    left -= closesAt - from
  }
  return maxInstant
}

/**
 * The same local time `days` business days later; days in between that are not business days do not count (Friday + 1 =
 * Monday, Saturday + 1 = Monday). 0 gives `instant` on a business day, else the same time on the next one.
 * @throws {RangeError} when the zone cannot be read.
 */
export function addBusinessDays(instant: Instant, days: number, calendar: BusinessCalendar, zone: string): Instant {
  const wall = toWall(instant, zone)
  const isOpen = businessDays(calendar, zone)
  let day = Math.floor(wall / dayMs)
  const time = wall - day * dayMs
  if (days <= 0 && isOpen(day)) return instant
  let left = Math.max(days, 1)
  for (let closed = 0; left > 0;) {
    day += 1
    closed = isOpen(day) ? 0 : closed + 1
    if (closed === 0) left -= 1
    if (closed > longestClosureDays || day * dayMs >= maxInstant) return maxInstant
  }
  return wallToInstant(day * dayMs + time, zone)
}

/** Open hours in order, from those that contain `after` or come next. */
function* openHours(after: Instant, calendar: BusinessCalendar, zone: string): Generator<OpenHours> {
  const from = timeOfDayMs(calendar.from)
  const to = timeOfDayMs(calendar.to)
  const length = to > from ? to - from : to - from + dayMs
  const isOpen = businessDays(calendar, zone)
  let day = Math.floor(toWall(after, zone) / dayMs) - 1
  for (let closed = 0; closed <= longestClosureDays && day * dayMs < maxInstant; day += 1) {
    closed += 1
    if (!isOpen(day)) continue
    const opensAt = wallToInstant(day * dayMs + from, zone)
    const closesAt = wallToInstant(day * dayMs + from + length, zone)
    if (closesAt <= after || closesAt <= opensAt) continue
    closed = 0
    yield { opensAt, closesAt }
  }
}

function businessDays(calendar: BusinessCalendar, zone: string): (day: number) => boolean {
  const weekdays = new Set(calendar.days)
  const holidays = new Set(calendar.holidays)
  return (day) => weekdays.has(weekdayOfDay(day)) && !holidays.has(formatLocalDate(dateOf(day))) && dayExists(day, zone)
}
