import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { weekdays, type LocalWindow, type Weekday } from '#engine/graph/schema.ts'
import { dateOccurrence } from '#engine/schedule/date-field.ts'
import { addDuration, longestMs, subtractDuration } from '#engine/schedule/duration.ts'
import { nextLocalTime } from '#engine/schedule/next.ts'
import { isInWindow, nextInWindow, nextOutsideWindow } from '#engine/schedule/window.ts'
import { instantsOfWall, nextChange } from '#engine/schedule/zone.ts'
import { wallByIntl, weekdayByIntl, zoneAndInstant } from './awkward-zones.ts'

const seed = 20_261_122
const minuteMs = 60_000
const dayMs = 86_400_000

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 10, 15, 30, 45, 59))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
const nightTime = fc.constantFrom(
  '00:00',
  '00:30',
  '01:00',
  '01:30',
  '02:00',
  '02:15',
  '02:30',
  '02:45',
  '03:00',
  '23:30',
)
const someDays = fc.subarray<Weekday>([...weekdays], { minLength: 1 })
const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

describe('nextLocalTime()', () => {
  test('is never in the past, shows the time on one of the weekdays, and nothing lies in between', () => {
    fc.assert(
      fc.property(zoneAndInstant, someDays, fc.oneof(time, nightTime), ({ zone, instant }, days, at) => {
        const next = nextLocalTime({ after: instant, zone, days, time: at })
        expect(next).toBeGreaterThan(instant)
        const wall = wallByIntl(next, zone)
        const inGap = wall - wallByIntl(next - 1, zone) !== 1
        expect(inGap || Math.floor((wall % dayMs) / minuteMs) === minutesOf(at)).toBe(true)
        expect(inGap || days.some((day) => day === weekdayByIntl(next, zone))).toBe(true)
        // Oracle: every minute in between, read with Intl. (Seconds do not matter: times of day are whole minutes.)
        for (let minute = Math.floor(instant / minuteMs + 1) * minuteMs; minute < next; minute += 15 * minuteMs) {
          const before = Math.floor((wallByIntl(minute, zone) % dayMs) / minuteMs)
          const ahead = (((minutesOf(at) - before) % 1440) + 1440) % 1440
          const candidate = minute + ahead * minuteMs
          if (ahead >= 15 || candidate >= next || candidate <= instant) continue
          const hits = Math.floor((wallByIntl(candidate, zone) % dayMs) / minuteMs) === minutesOf(at)
          const again = instantsOfWall(wallByIntl(candidate, zone), zone)[0] !== candidate
          expect(hits && !again && days.some((day) => day === weekdayByIntl(candidate, zone))).toBe(false)
        }
      }),
      { seed, numRuns: 400 },
    )
  })

  test('is monotone: asking later never gives an earlier answer', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.nat(5 * dayMs), someDays, fc.oneof(time, nightTime), (from, later, days, at) => {
        const query = { zone: from.zone, days, time: at }
        const first = nextLocalTime({ ...query, after: from.instant })
        expect(nextLocalTime({ ...query, after: from.instant + later })).toBeGreaterThanOrEqual(first)
        expect(nextLocalTime({ ...query, after: first, inclusive: true })).toBe(first)
        const still = from.instant + later < first
        expect(!still || nextLocalTime({ ...query, after: from.instant + later }) === first).toBe(true)
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('a weekday comes once a week, also across changes of clocks', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.constantFrom(...weekdays), fc.oneof(time, nightTime), (from, day, at) => {
        const query = { zone: from.zone, days: [day], time: at }
        const first = nextLocalTime({ ...query, after: from.instant })
        const second = nextLocalTime({ ...query, after: first })
        const weeks = Math.round((second - first) / (7 * dayMs))
        // Two weeks only around the day Samoa skipped.
        expect(weeks === 1 || (weeks === 2 && from.zone === 'Pacific/Apia')).toBe(true)
        expect(Math.abs(second - first - weeks * 7 * dayMs)).toBeLessThanOrEqual(dayMs)
      }),
      { seed, numRuns: 2000 },
    )
  })
})

describe('windows', () => {
  const window: fc.Arbitrary<LocalWindow> = fc.record({
    days: someDays,
    from: fc.oneof(time, nightTime),
    to: fc.oneof(time, nightTime),
  })
  const insideByIntl = (instant: number, { days, from, to }: LocalWindow, zone: string): boolean => {
    const wall = wallByIntl(instant, zone)
    const minute = (wall - Math.floor(wall / dayMs) * dayMs) / minuteMs
    const dayOf = (at: number): Weekday => weekdays[(new Date(at).getUTCDay() + 6) % 7] ?? 'mon'
    const today = days.includes(dayOf(wall))
    const yesterday = days.includes(dayOf(wall - dayMs))
    const [start, end] = [minutesOf(from), minutesOf(to)]
    if (start < end) return today && minute >= start && minute < end
    return (today && minute >= start) || (yesterday && minute < end)
  }

  test('the next opening is inside, not in the past, and no quarter of an hour before it is inside', () => {
    fc.assert(
      fc.property(zoneAndInstant, window, ({ zone, instant }, local) => {
        const next = nextInWindow(instant, local, zone)
        expect(next).toBeGreaterThanOrEqual(instant)
        expect(insideByIntl(next, local, zone)).toBe(true)
        expect(isInWindow(next, local, zone)).toBe(true)
        expect(next > instant && insideByIntl(next - 1, local, zone)).toBe(false)
        for (let at = instant; at < next; at += 15 * minuteMs) expect(insideByIntl(at, local, zone)).toBe(false)
      }),
      { seed, numRuns: 600 },
    )
  })

  test('the next closing is outside, not in the past, and everything before it is inside', () => {
    fc.assert(
      fc.property(zoneAndInstant, window, ({ zone, instant }, local) => {
        const next = nextOutsideWindow(instant, local, zone)
        if (next === null) return local.from === local.to && local.days.length === 7
        expect(next).toBeGreaterThanOrEqual(instant)
        expect(insideByIntl(next, local, zone)).toBe(false)
        for (let at = instant; at < next; at += 15 * minuteMs) expect(insideByIntl(at, local, zone)).toBe(true)
        return true
      }),
      { seed, numRuns: 600 },
    )
  })
})

describe('durations', () => {
  const calendar = fc
    .record({ months: fc.nat(14), days: fc.nat(40) })
    .map(({ months, days }) => `P${String(months)}M${String(days)}D`)
  const elapsed = fc.nat(500_000).map((seconds) => `PT${String(seconds)}S`)

  test('adding is never in the past, subtracting never in the future', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.oneof(calendar, elapsed), ({ zone, instant }, duration) => {
        expect(addDuration(instant, duration, zone)).toBeGreaterThanOrEqual(instant)
        expect(addDuration(instant, duration, zone) - instant).toBeLessThanOrEqual(longestMs(duration))
        expect(subtractDuration(instant, duration, zone)).toBeLessThanOrEqual(instant)
      }),
      { seed, numRuns: 4000 },
    )
  })

  test('calendar durations keep the time on the wall unless clocks skip it', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.integer({ min: 1, max: 60 }), ({ zone, instant }, days) => {
        const later = addDuration(instant, `P${String(days)}D`, zone)
        const expected = wallByIntl(instant, zone) + days * dayMs
        if (wallByIntl(later, zone) === expected) return
        expect(wallByIntl(later, zone)).toBeGreaterThan(expected)
        expect(wallByIntl(later - 1, zone)).toBeLessThan(expected)
      }),
      { seed, numRuns: 4000 },
    )
  })

  // Months clamp: 30 March 23:59 and 31 March 00:00 are both 30 June three months on, at their own times of day. And an
  // instant in the second of two equal hours reads earlier on the wall than one before it.
  test('adding days or time is monotone wherever the wall clock is', () => {
    const days = fc.nat(400).map((count) => `P${String(count)}D`)
    fc.assert(
      fc.property(zoneAndInstant, fc.nat(3 * dayMs), fc.oneof(days, elapsed), ({ zone, instant }, gap, duration) => {
        fc.pre(wallByIntl(instant + gap, zone) >= wallByIntl(instant, zone))
        expect(addDuration(instant + gap, duration, zone)).toBeGreaterThanOrEqual(addDuration(instant, duration, zone))
      }),
      { seed, numRuns: 4000 },
    )
  })

  test('adding months is monotone in the date', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.nat(40 * dayMs), fc.nat(30), ({ zone, instant }, gap, months) => {
        const dateAfter = (from: number): number =>
          Math.floor(wallByIntl(addDuration(from, `P${String(months)}M`, zone), zone) / dayMs)
        fc.pre(wallByIntl(instant + gap, zone) >= wallByIntl(instant, zone))
        expect(dateAfter(instant + gap)).toBeGreaterThanOrEqual(dateAfter(instant))
      }),
      { seed, numRuns: 4000 },
    )
  })

  test('elapsed durations are exact', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.nat(500), ({ zone, instant }, hours) => {
        expect(addDuration(instant, `PT${String(hours)}H`, zone) - instant).toBe(hours * 3_600_000)
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe('dateOccurrence()', () => {
  test('is later than asked, at the local time unless skipped, and the same for every instant before it', () => {
    const date = fc
      .tuple(fc.integer({ min: 1940, max: 2035 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join('-'))
    fc.assert(
      fc.property(zoneAndInstant, date, fc.integer({ min: -400, max: 400 }), nightTime, (from, on, offsetDays, at) => {
        const query = { date: on, offsetDays, time: at, zone: from.zone, yearly: true }
        const next = dateOccurrence({ ...query, after: from.instant })
        expect(next).not.toBeNull()
        if (next === null) return
        expect(next).toBeGreaterThan(from.instant)
        expect(dateOccurrence({ ...query, after: next - 1 })).toBe(next)
        const changed = nextChange(next - 1, next, from.zone) !== null
        const shown = Math.floor((wallByIntl(next, from.zone) % dayMs) / minuteMs)
        expect(changed || shown === minutesOf(at)).toBe(true)
      }),
      { seed, numRuns: 2000 },
    )
  })
})
