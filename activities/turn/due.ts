/** When a waiting enrollment is woken, in real time. */
import { toRealTime } from '#engine/clock.ts'
import { spreadDelayMs } from '#engine/entry/spread.ts'
import type { Instant } from '#engine/facts.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import type { LeadRow } from '#db/repositories/facts.ts'

const minuteMs = 60_000

/**
 * The one place where scheduled wakes are spread (DESIGN §4, "Friday 09:00"): leads that are due on the same full minute
 * are woken over the journey's `spreadMinutes`, each always at its own place by its hash. Only the wake is late: the turn
 * evaluates at the instant that was due, so step logs and later instants are what they would be without it. What hangs on
 * a lead's own act is due at some millisecond of its own and is never held up; nor are test leads, whose speed counts.
 */
export function dueInRealTime(
  lead: Pick<LeadRow, 'id' | 'clock'>,
  settings: Pick<JourneySettings, 'spreadMinutes'>,
  wakeAt: Instant,
): Instant {
  const due = toRealTime(lead.clock, wakeAt)
  if (lead.clock !== null || wakeAt % minuteMs !== 0) return due
  return due + spreadDelayMs(lead.id, settings.spreadMinutes)
}
