/** Real and virtual time. A real lead's clock is the database's; a test lead's runs from a start at a speed. */
import type { Instant } from './facts.ts'

/** At real time `realStart` it was `virtualStart`; each real ms since then is `speed` virtual ms (86 400 = a day per second). */
export interface VirtualClock {
  realStart: Instant
  virtualStart: Instant
  speed: number
}

/** What time it is for a lead when the wall shows `real`. */
export function toLeadTime(clock: VirtualClock | null, real: Instant): Instant {
  if (clock === null) return real
  return Math.floor(clock.virtualStart + (real - clock.realStart) * clock.speed)
}

/** When the wall will show (at the earliest) that the lead's clock has reached `instant`. */
export function toRealTime(clock: VirtualClock | null, instant: Instant): Instant {
  if (clock === null) return instant
  return Math.ceil(clock.realStart + (instant - clock.virtualStart) / clock.speed)
}
