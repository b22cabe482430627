/** Real and virtual time. A real lead's clock is the database's; a test lead's runs from a start at a speed. */
import type { Instant } from './facts.ts'

/** At real time `realStart` it was `virtualStart`; each real ms since then is `speed` virtual ms (86 400 = a day per second). */
export interface VirtualClock {
  realStart: Instant
  virtualStart: Instant
  speed: number
  /**
   * The clock stands still from here on (a test run stops at each schedule until everybody has arrived, so that its speed
   * decides nothing). Absent = it never stops.
   */
  until?: Instant
}

/** What time it is for a lead when the wall shows `real`. */
export function toLeadTime(clock: VirtualClock | null, real: Instant): Instant {
  if (clock === null) return real
  const instant = Math.floor(clock.virtualStart + (real - clock.realStart) * clock.speed)
  return clock.until === undefined ? instant : Math.min(instant, clock.until)
}

/** When the wall will show (at the earliest) that the lead's clock has reached `instant`. */
export function toRealTime(clock: VirtualClock | null, instant: Instant): Instant {
  if (clock === null) return instant
  // Rounded before it is added: next to today's instants a fraction of a millisecond is lost, and the wake is too early.
  return Math.ceil(clock.realStart) + Math.ceil((instant - clock.virtualStart) / clock.speed)
}
