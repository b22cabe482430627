/** Times as people write them for a scheduled publish. */
import { toInstant, toLocal } from '#engine/schedule/zone.ts'
import { language } from '../../ui/words.ts'

/** `2026-11-23T09:00` on the wall of a zone, as an instant; null when it is no time. */
export function localToInstant(local: string, zone: string): string | null {
  const [, year, month, day, hour, minute] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(local)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  return new Date(toInstant({ year, month, day, hour: hour ?? 0, minute: minute ?? 0 }, zone)).toISOString()
}

/** Tomorrow at nine, on the wall of a zone. */
export function nextMorning(now: number, zone: string): string {
  const { year, month, day } = toLocal(now + 86_400_000, zone)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${String(year)}-${two(month)}-${two(day)}T09:00`
}

/** `Mon, Nov 23, 2026, 09:00 (Europe/Berlin)`. */
export function sayInstant(instant: string, zone: string): string {
  const words = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short', timeZone: zone })
  return `${words.format(new Date(instant))} (${zone})`
}

export function allZones(present: string): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return known.includes(present) ? known : [present, ...known]
}
