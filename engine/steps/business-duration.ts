/** Authored durations counted in business days and hours. */
import type { Instant } from '../facts.ts'
import type { BusinessCalendar } from '../graph/schema.ts'
import { addBusinessDays, addBusinessTime } from '../schedule/business.ts'
import { addDuration, durationToMs } from '../schedule/duration.ts'

/**
 * `P2D` = the same local time two business days later, `PT4H` = four open hours later, `P1W` = a business week. Months
 * and years have no business meaning and count by the calendar.
 */
export function addBusinessDuration(from: Instant, iso: string, calendar: BusinessCalendar, zone: string): Instant {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(T.+)?$/.exec(iso)
  if (match === null) return addDuration(from, iso, zone)
  const [, weeks = '0', days = '0', time] = match
  const businessDays = Number(weeks) * calendar.days.length + Number(days)
  const afterDays = businessDays > 0 ? addBusinessDays(from, businessDays, calendar, zone) : from
  return time === undefined ? afterDays : addBusinessTime(afterDays, durationToMs(`P${time}`), calendar, zone)
}
