/**
 * What a schedule trigger means on the days clocks change. Temporal skips a time that does not exist and takes the later
 * of one that comes twice (measured on server 1.29); Trellis takes the first instant after the gap and the earlier one.
 */
import type { Instant } from '../facts.ts'
import type { Weekday } from '../graph/schema.ts'
import { hourMs } from '../schedule/calendar.ts'
import { nextLocalTime } from '../schedule/next.ts'
import { nextChange, toLocal } from '../schedule/zone.ts'

export interface ScheduleTime {
  days: readonly Weekday[]
  /** `HH:MM` */
  time: string
  zone: string
}

/** Occurrences in (from, until] whose time of day the clocks skip: each at the first instant after the gap. Ascending. */
export function gapOccurrences(schedule: ScheduleTime, from: Instant, until: Instant): Instant[] {
  const found: Instant[] = []
  for (let change = nextChange(from, until, schedule.zone); change !== null;) {
    const local = toLocal(change, schedule.zone)
    const [hour = 0, minute = 0] = schedule.time.split(':').map(Number)
    const isItsTime = local.hour === hour && local.minute === minute
    if (!isItsTime && nextLocalTime({ ...schedule, after: change, inclusive: true }) === change) found.push(change)
    change = nextChange(change, until, schedule.zone)
  }
  return found
}

/** No zone sets its clocks back by more. */
const longestOverlapMs = 3 * hourMs

/**
 * The occurrence an instant stands for: itself; or, when clocks went back and it is the second of two, the first. Null
 * when the schedule has none there.
 */
export function occurrenceAt(schedule: ScheduleTime, instant: Instant): Instant | null {
  if (nextLocalTime({ ...schedule, after: instant, inclusive: true }) === instant) return instant
  const earlier = nextLocalTime({ ...schedule, after: instant - longestOverlapMs, inclusive: true })
  if (earlier >= instant) return null
  const [one, other] = [toLocal(earlier, schedule.zone), toLocal(instant, schedule.zone)]
  const isTwin = one.day === other.day && one.hour === other.hour && one.minute === other.minute
  return isTwin && other.second === 0 && other.millisecond === 0 ? earlier : null
}
