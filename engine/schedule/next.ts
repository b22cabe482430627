/** The next time a wall clock shows a time of day on one of some weekdays. */
import type { Instant } from '../facts.ts'
import { weekdays, type Weekday } from '../graph/schema.ts'
import { dayMs, maxInstant, timeOfDayMs, weekdayOfDay } from './calendar.ts'
import { toWall, wallToInstant } from './zone.ts'

/** What to look for. */
export interface LocalTimeQuery {
  after: Instant
  zone: string
  /** Weekdays of the local date; none means every day. */
  days: readonly Weekday[]
  /** `HH:MM` on the wall. */
  time: string
  /** True = `after` itself counts when it is such a time. @default false */
  inclusive?: boolean
}

/** A week, one day that a zone may skip whole (Apia, 30 December 2011), and the days at either end. */
const daysToLook = 16

/**
 * The first such instant after `after`. Weekday and time are both read on the wall of the zone *at that day*, so it is
 * right across daylight saving. On a day where the time is skipped it is the first instant after the gap; where it
 * comes twice, the earlier, and the day counts once. A local day that does not exist at all has none.
 * @throws {RangeError} when the zone or the time cannot be read.
 */
export function nextLocalTime({ after, zone, days, time, inclusive = false }: LocalTimeQuery): Instant {
  const timeMs = timeOfDayMs(time)
  const allowed = new Set<Weekday>(days.length === 0 ? weekdays : days)
  // The day before, too: a gap over midnight can move its time to the first instant of today.
  const firstDay = Math.floor(toWall(after, zone) / dayMs) - 1
  for (let day = firstDay; day < firstDay + daysToLook; day += 1) {
    if (!allowed.has(weekdayOfDay(day)) || !dayExists(day, zone)) continue
    const instant = wallToInstant(day * dayMs + timeMs, zone)
    if (instant > after || (inclusive && instant === after)) return instant
  }
  return maxInstant
}

/** False for a local date the zone skipped whole by crossing the date line. */
export function dayExists(day: number, zone: string): boolean {
  return Math.floor(toWall(wallToInstant(day * dayMs, zone), zone) / dayMs) === day
}
