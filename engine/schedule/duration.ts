/**
 * ISO 8601 durations. Calendar parts mean the same wall clock later (`P3D` = the same local time three calendar days
 * later), time parts mean elapsed time (`PT72H`). Calendar parts are applied first.
 */
import type { Instant } from '../facts.ts'
import {
  addMonths,
  clampInstant,
  dateOf,
  dayMs,
  dayNumber,
  hourMs,
  maxInstant,
  minInstant,
  minuteMs,
} from './calendar.ts'
import { toWall, wallToInstant } from './zone.ts'

/** A duration taken apart; weeks are counted in `days`, years in `months`. */
export interface DurationParts {
  months: number
  days: number
  /** Elapsed time in ms. */
  ms: number
}

const pattern = /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** A journey has few, and asks for them at every step of every lead. */
const known = new Map<string, Readonly<DurationParts> | null>()
const mostKnown = 1000

/** Takes an ISO 8601 duration apart; null when it is not one (negative, fractional and empty ones are not). */
export function parseDuration(iso: string): Readonly<DurationParts> | null {
  const remembered = known.get(iso)
  if (remembered !== undefined) return remembered
  if (known.size >= mostKnown) known.clear()
  const parts = takeApart(iso)
  known.set(iso, parts)
  return parts
}

function takeApart(iso: string): DurationParts | null {
  const match = pattern.exec(iso)
  if (match === null) return null
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return {
    months: (years ?? 0) * 12 + (months ?? 0),
    days: (weeks ?? 0) * 7 + (days ?? 0),
    ms: (hours ?? 0) * hourMs + (minutes ?? 0) * minuteMs + (seconds ?? 0) * 1000,
  }
}

/**
 * The instant a duration later. Months clamp to the month's end; a local time that does not exist becomes the first
 * instant after the gap, one that comes twice the earlier. Never before `instant`; never beyond the year 9999.
 * @throws {RangeError} when the duration or the zone cannot be read.
 */
export function addDuration(instant: Instant, iso: string, zone: string): Instant {
  return shift(instant, readDuration(iso), 1, zone)
}

/**
 * The instant a duration earlier, by the same rules. Not always the inverse of `addDuration`: months differ in length.
 * @throws {RangeError} when the duration or the zone cannot be read.
 */
export function subtractDuration(instant: Instant, iso: string, zone: string): Instant {
  return shift(instant, readDuration(iso), -1, zone)
}

/**
 * Nominal length in ms, for comparisons and budgets where no zone is meant: a day is 86,400,000 ms, a month 30 days,
 * a year 365 days.
 * @throws {RangeError} when the duration cannot be read.
 */
export function durationToMs(iso: string): number {
  const { months, days, ms } = readDuration(iso)
  const years = Math.floor(months / 12)
  return (years * 365 + (months - years * 12) * 30 + days) * dayMs + ms
}

/**
 * No duration lasts longer than this in any zone, ms: months of 31 days, and a day of doubt for clocks that are changed.
 * @throws {RangeError} when the duration cannot be read.
 */
export function longestMs(iso: string): number {
  const { months, days, ms } = readDuration(iso)
  return (months * 31 + days + 2) * dayMs + ms
}

/**
 * A duration in words: `P3D` → "3 days", `P1MT2H` → "1 month and 2 hours", `PT0S` → "no time".
 * @throws {RangeError} when the duration cannot be read.
 */
export function describeDuration(iso: string): string {
  const match = pattern.exec(iso)
  if (match === null) throw unreadable(iso)
  const units = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second']
  const words = units.flatMap((unit, index) => {
    const count = Number(match[index + 1] ?? 0)
    return count === 0 ? [] : [`${String(count)} ${unit}${count === 1 ? '' : 's'}`]
  })
  if (words.length === 0) return 'no time'
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`
}

function shift(instant: Instant, { months, days, ms }: Readonly<DurationParts>, sign: 1 | -1, zone: string): Instant {
  if (months === 0 && days === 0) return clampInstant(instant + sign * ms)
  const wall = toWall(instant, zone)
  const day = Math.floor(wall / dayMs)
  // Far outside the calendar the exact date no longer matters, and its arithmetic would lose precision.
  const nominalDays = months * 30 + days
  if (nominalDays > 4_000_000) return sign === 1 ? maxInstant : minInstant
  const shifted = dayNumber(addMonths(dateOf(day), sign * months)) + sign * days
  return clampInstant(wallToInstant(clampInstant(shifted * dayMs + (wall - day * dayMs)), zone) + sign * ms)
}

function readDuration(iso: string): Readonly<DurationParts> {
  const parts = parseDuration(iso)
  if (parts === null) throw unreadable(iso)
  return parts
}

function unreadable(iso: string): RangeError {
  return new RangeError(`"${iso}" is not a duration; write it in ISO 8601, for example P3D or PT4H.`)
}
