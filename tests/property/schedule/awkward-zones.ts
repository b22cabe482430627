/** Instants near changes of clocks in zones that get things wrong, found with Intl alone: the code under test has no say. */
import * as fc from 'fast-check'

export const awkwardZones = [
  'America/New_York',
  'Europe/Paris',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Pacific/Apia',
  'America/St_Johns',
  'Asia/Tehran',
  'UTC',
  'Pacific/Chatham',
  'Africa/Casablanca',
  'America/Nuuk',
  'Antarctica/Troll',
] as const

const dayMs = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** A wall clock as Intl shows it, as ms since 1970-01-01 00:00 on that wall. */
export function wallByIntl(instant: number, zone: string): number {
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(zone, format)
  const second = Math.floor(instant / 1000) * 1000
  return Date.parse(`${format.format(second).replace(' ', 'T')}Z`) + (instant - second)
}

/** The weekday by Intl: `mon` … `sun`. */
export function weekdayByIntl(instant: number, zone: string): string {
  return new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short' }).format(instant).toLowerCase()
}

/** UTC days between 2005 and 2032 at whose ends the offset differs. */
export function changeDays(zone: string): number[] {
  const days: number[] = []
  let before = wallByIntl(Date.UTC(2005, 0, 1), zone) - Date.UTC(2005, 0, 1)
  for (let day = Date.UTC(2005, 0, 2); day < Date.UTC(2032, 0, 1); day += dayMs) {
    const offset = wallByIntl(day, zone) - day
    if (offset !== before) days.push(day - dayMs)
    before = offset
  }
  return days
}

/** A zone and an instant, nine times in ten within four days of a change of its clocks. */
export const zoneAndInstant: fc.Arbitrary<{ zone: string; instant: number }> = fc
  .constantFrom(...awkwardZones)
  .chain((zone) => {
    const anywhere = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2032, 0, 1) })
    const days = changesOf(zone)
    const near =
      days.length === 0
        ? anywhere
        : fc
            .tuple(fc.constantFrom(...days), fc.integer({ min: -4 * dayMs, max: 4 * dayMs }))
            .map(([day, shift]) => day + shift)
    // Changes happen at whole quarters of an hour: their edges are where mistakes live.
    const onQuarter = near.map((instant) => Math.floor(instant / 900_000) * 900_000)
    const instants = fc.oneof(
      { weight: 5, arbitrary: onQuarter },
      { weight: 4, arbitrary: near },
      { weight: 1, arbitrary: anywhere },
    )
    return fc.record({ zone: fc.constant(zone), instant: instants })
  })

const known = new Map<string, number[]>()
function changesOf(zone: string): number[] {
  const days = known.get(zone) ?? changeDays(zone)
  known.set(zone, days)
  return days
}
