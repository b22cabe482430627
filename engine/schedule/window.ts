/**
 * Local windows such as weekdays 09:00–17:00. What counts is the reading of the wall clock: `from` is inside, `to` is
 * not; `to` before `from` spans midnight and belongs to the day it begins on; `to` equal to `from` lasts 24 hours.
 */
import type { Instant } from '../facts.ts'
import type { LocalWindow } from '../graph/schema.ts'
import { dayMs, maxInstant, timeOfDayMs, weekdayOfDay } from './calendar.ts'
import { instantsOfWall, nextChange, toWall } from './zone.ts'

/** A window can be skipped for a week when its only hour falls into a gap; nothing takes longer. */
const daysToLook = 16

/**
 * Is the wall clock inside the window at this instant? When clocks go back, a reading inside is inside both times.
 * @throws {RangeError} when the zone or a time cannot be read.
 */
export function isInWindow(instant: Instant, window: LocalWindow, zone: string): boolean {
  const wall = toWall(instant, zone)
  const day = Math.floor(wall / dayMs)
  const time = wall - day * dayMs
  const from = timeOfDayMs(window.from)
  const to = timeOfDayMs(window.to)
  const beganToday = window.days.includes(weekdayOfDay(day))
  if (from < to) return beganToday && time >= from && time < to
  return (beganToday && time >= from) || (time < to && window.days.includes(weekdayOfDay(day - 1)))
}

/**
 * The first instant not before `instant` that is inside: `instant` itself when it is.
 * @throws {RangeError} when the zone or a time cannot be read.
 */
export function nextInWindow(instant: Instant, window: LocalWindow, zone: string): Instant {
  if (isInWindow(instant, window, zone)) return instant
  return nextWhere(instant, timeOfDayMs(window.from), zone, (at) => isInWindow(at, window, zone)) ?? maxInstant
}

/**
 * The first instant not before `instant` that is outside (when quiet hours end): `instant` itself when it is; null when
 * the window never closes.
 * @throws {RangeError} when the zone or a time cannot be read.
 */
export function nextOutsideWindow(instant: Instant, window: LocalWindow, zone: string): Instant | null {
  if (!isInWindow(instant, window, zone)) return instant
  return nextWhere(instant, timeOfDayMs(window.to), zone, (at) => !isInWindow(at, window, zone))
}

/** A window opens and closes only when the clock passes one time of day, or jumps. */
function nextWhere(after: Instant, timeMs: number, zone: string, holds: (at: Instant) => boolean): Instant | null {
  const firstDay = Math.floor(toWall(after, zone) / dayMs) - 1
  const change = nextChange(after, after + daysToLook * dayMs, zone)
  const jump = change !== null && holds(change) ? change : null
  for (let day = firstDay; day < firstDay + daysToLook; day += 1) {
    for (const at of instantsOfWall(day * dayMs + timeMs, zone)) {
      if (at <= after) continue
      if (jump !== null && jump < at) return jump
      if (holds(at)) return at
    }
  }
  return jump
}
