/**
 * Instants and wall clocks of IANA zones, on `Intl.DateTimeFormat` alone. Asking Intl costs microseconds, so offsets are
 * remembered per zone and UTC day; only on a day whose two ends differ is the change searched for (ADR 0004).
 */
import type { Instant } from '../facts.ts'
import {
  clampInstant,
  dateOf,
  dayMs,
  dayNumber,
  hourMs,
  minuteMs,
  type LocalDate,
  type LocalDateTime,
} from './calendar.ts'

/** No zone was ever further from UTC (Manila until 1844: −15:56; Alaska until 1867: +15:02). */
const farthestOffsetMs = 16 * hourMs
/** About 20 years of days per zone; a process that looks at more starts its memory of that zone afresh. */
const daysRemembered = 8192

interface ZoneMemory {
  format: Intl.DateTimeFormat
  /** UTC day → offset in ms at its first instant. */
  offsets: Map<number, number>
  /** UTC day → the instant in it at which the offset changes, for days whose ends differ. */
  changes: Map<number, Instant>
}

const memories = new Map<string, ZoneMemory | null>()
/** Names come from leads' data too; unknown ones must not fill the memory for ever. */
const namesRemembered = 2048

/**
 * True for an IANA zone name this runtime knows (`Europe/Paris`, `UTC`). Bare offsets (`+02:00`) are refused: they have
 * no daylight-saving rules, and Postgres reads their sign the other way round.
 */
export function isZone(name: string): boolean {
  return memoryOf(name) !== null
}

/** The zone when it is known, else the fallback: leads' zones come from outside. */
export function zoneOr(name: string | null | undefined, fallback: string): string {
  return name !== null && name !== undefined && isZone(name) ? name : fallback
}

/**
 * How far the wall clock of a zone is ahead of UTC at an instant, in ms (New York in winter: −18 000 000).
 * @throws {RangeError} when the zone is unknown.
 */
export function offsetAt(instant: Instant, zone: string): number {
  const memory = knownMemory(zone)
  const day = Math.floor(instant / dayMs)
  const start = startOffset(memory, day)
  const end = startOffset(memory, day + 1)
  if (start === end) return start
  return instant < changeIn(memory, day) ? start : end
}

/**
 * What a wall clock in the zone shows at an instant.
 * @throws {RangeError} when the zone is unknown.
 */
export function toLocal(instant: Instant, zone: string): LocalDateTime {
  const wall = instant + offsetAt(instant, zone)
  const day = Math.floor(wall / dayMs)
  const time = wall - day * dayMs
  const { year, month, day: dayOfMonth } = dateOf(day)
  return {
    year,
    month,
    day: dayOfMonth,
    hour: Math.floor(time / hourMs),
    minute: Math.floor(time / minuteMs) % 60,
    second: Math.floor(time / 1000) % 60,
    millisecond: time % 1000,
  }
}

/**
 * When a wall clock in the zone shows `local` (parts left out are 0). A time skipped when clocks go forward becomes the
 * first instant after the gap; a time that comes twice when they go back becomes the earlier one.
 * @throws {RangeError} when the zone is unknown.
 */
export function toInstant(local: LocalDate & Partial<LocalDateTime>, zone: string): Instant {
  const time =
    (local.hour ?? 0) * hourMs + (local.minute ?? 0) * minuteMs + (local.second ?? 0) * 1000 + (local.millisecond ?? 0)
  return wallToInstant(dayNumber(local) * dayMs + time, zone)
}

/** Like `toInstant`, with the wall clock as ms since 1970-01-01 00:00 on that clock: what loops over days use. */
export function wallToInstant(wall: number, zone: string): Instant {
  const before = offsetAt(wall - farthestOffsetMs, zone)
  const after = offsetAt(wall + farthestOffsetMs, zone)
  if (before === after) return wall - before
  const change = nextChange(wall - farthestOffsetMs, wall + farthestOffsetMs, zone)
  if (change === null || wall - before < change) return wall - before
  return Math.max(wall - after, change)
}

/** What `toLocal` shows, as ms since 1970-01-01 00:00 on the wall clock. */
export function toWall(instant: Instant, zone: string): number {
  return instant + offsetAt(instant, zone)
}

/**
 * Every instant at which a wall clock in the zone shows `wall`: none in a gap, two when clocks go back, else one.
 * Ascending.
 */
export function instantsOfWall(wall: number, zone: string): Instant[] {
  const candidates = new Set([
    wall - offsetAt(wall - farthestOffsetMs, zone),
    wall - offsetAt(wall + farthestOffsetMs, zone),
  ])
  return [...candidates].filter((instant) => toWall(instant, zone) === wall).sort((one, other) => one - other)
}

/** The first instant after `after` and not after `until` at which the zone's offset changes, or null. */
export function nextChange(after: Instant, until: Instant, zone: string): Instant | null {
  const memory = knownMemory(zone)
  for (let day = Math.floor(after / dayMs); day * dayMs <= until; day += 1) {
    if (startOffset(memory, day) === startOffset(memory, day + 1)) continue
    const change = changeIn(memory, day)
    if (change > after) return change <= until ? change : null
  }
  return null
}

function memoryOf(name: string): ZoneMemory | null {
  const known = memories.get(name)
  if (known !== undefined) return known
  if (memories.size >= namesRemembered) memories.clear()
  const memory = openZone(name)
  memories.set(name, memory)
  return memory
}

function knownMemory(name: string): ZoneMemory {
  const memory = memoryOf(name)
  if (memory === null) {
    throw new RangeError(`"${name}" is not a time zone; use an IANA name, for example "Europe/Paris".`)
  }
  return memory
}

function openZone(name: string): ZoneMemory | null {
  if (!/^[A-Za-z]/.test(name)) return null
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return { format, offsets: new Map(), changes: new Map() }
  } catch {
    return null
  }
}

function startOffset(memory: ZoneMemory, day: number): number {
  const known = memory.offsets.get(day)
  if (known !== undefined) return known
  if (memory.offsets.size >= daysRemembered) memory.offsets.clear()
  const offset = askIntl(memory.format, day * dayMs)
  memory.offsets.set(day, offset)
  return offset
}

/** The one change in a day whose ends differ, to the second: zones have always changed at whole seconds. */
function changeIn(memory: ZoneMemory, day: number): Instant {
  const known = memory.changes.get(day)
  if (known !== undefined) return known
  const before = startOffset(memory, day)
  let low = day * 86_400
  let high = low + 86_400
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (askIntl(memory.format, middle * 1000) === before) low = middle
    else high = middle
  }
  const change = high * 1000
  memory.changes.set(day, change)
  return change
}

function askIntl(format: Intl.DateTimeFormat, instant: Instant): number {
  const at = clampInstant(instant)
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(at)) parts[type] = value
  const year = Number(parts['year'])
  const date = {
    year: parts['era'] === 'BC' ? 1 - year : year,
    month: Number(parts['month']),
    day: Number(parts['day']),
  }
  const time = Number(parts['hour']) * hourMs + Number(parts['minute']) * minuteMs + Number(parts['second']) * 1000
  return dayNumber(date) * dayMs + time - at
}
