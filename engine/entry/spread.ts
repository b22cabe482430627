/** Scheduled entries are spread over some minutes, so that Friday 09:00 does not starve a thank-you. */
import { draw } from '../interpreter/draw.ts'

/**
 * How long after the scheduled instant this lead starts, in ms: the same each time, uniform over the leads.
 *
 * @param spreadMinutes 0 = all at once. At most 1440 (a day).
 */
export function spreadDelayMs(leadId: string, spreadMinutes: number): number {
  return Math.floor(draw(`spread:${leadId}`) * spreadMinutes * 60_000)
}
