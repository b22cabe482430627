import { describe, expect, test } from 'vitest'
import { maxInstant } from '#engine/schedule/calendar.ts'
import {
  addDuration,
  describeDuration,
  durationToMs,
  parseDuration,
  subtractDuration,
} from '#engine/schedule/duration.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number): string => new Date(instant).toISOString()
const newYork = 'America/New_York'

describe('addDuration()', () => {
  test('P3D keeps the local time across daylight saving, PT72H does not', () => {
    const friday = at('2026-03-06T14:00:00Z')
    expect(iso(addDuration(friday, 'P3D', newYork))).toBe('2026-03-09T13:00:00.000Z')
    expect(iso(addDuration(friday, 'PT72H', newYork))).toBe('2026-03-09T14:00:00.000Z')
  })

  test('months clamp to the end of the month', () => {
    expect(iso(addDuration(at('2026-01-31T10:00:00Z'), 'P1M', 'UTC'))).toBe('2026-02-28T10:00:00.000Z')
    expect(iso(addDuration(at('2024-02-29T10:00:00Z'), 'P1Y', 'UTC'))).toBe('2025-02-28T10:00:00.000Z')
  })

  test('a local time that is skipped becomes the first instant after the gap', () => {
    expect(iso(addDuration(at('2026-03-07T07:30:00Z'), 'P1D', newYork))).toBe('2026-03-08T07:00:00.000Z')
  })

  test('a local time that comes twice becomes the earlier one', () => {
    expect(iso(addDuration(at('2026-10-31T05:30:00Z'), 'P1D', newYork))).toBe('2026-11-01T05:30:00.000Z')
  })

  test('nothing added inside the second of two equal hours stays there', () => {
    const second = at('2026-11-01T06:30:00Z')
    expect(addDuration(second, 'P0D', newYork)).toBe(second)
  })

  test('calendar parts come first, then elapsed ones', () => {
    expect(iso(addDuration(at('2026-03-07T07:30:00Z'), 'P1DT1H', newYork))).toBe('2026-03-08T08:00:00.000Z')
  })

  test('P1D across the day Samoa skipped is the first instant after it', () => {
    expect(iso(addDuration(at('2011-12-29T20:00:00Z'), 'P1D', 'Pacific/Apia'))).toBe('2011-12-30T10:00:00.000Z')
  })

  test('absurd durations end in the year 9999 instead of overflowing', () => {
    for (const duration of ['P99999999999Y', 'P99999999999999999999D', 'PT99999999999999999999H', 'P9000Y']) {
      expect(addDuration(at('2026-01-01T00:00:00Z'), duration, newYork)).toBe(maxInstant)
    }
  })

  test.each(['', 'P', 'PT', '3D', 'P-1D', 'P1.5D', 'P1D2H', 'P1W1Y'])(
    'refuses %j and says how to write it',
    (duration) => {
      expect(parseDuration(duration)).toBeNull()
      expect(() => addDuration(0, duration, 'UTC')).toThrow(`"${duration}" is not a duration`)
    },
  )
})

describe('subtractDuration()', () => {
  test('goes back by the same rules', () => {
    expect(iso(subtractDuration(at('2026-03-09T13:00:00Z'), 'P3D', newYork))).toBe('2026-03-06T14:00:00.000Z')
    expect(iso(subtractDuration(at('2026-03-31T10:00:00Z'), 'P1M', 'UTC'))).toBe('2026-02-28T10:00:00.000Z')
    expect(iso(subtractDuration(at('2026-03-09T13:00:00Z'), 'PT72H', newYork))).toBe('2026-03-06T13:00:00.000Z')
  })
})

test('durationToMs() counts a month as 30 days and a year as 365', () => {
  const day = 86_400_000
  expect(durationToMs('P3D')).toBe(3 * day)
  expect(durationToMs('P2W')).toBe(14 * day)
  expect(durationToMs('P1Y2M3DT4H5M6S')).toBe((365 + 60 + 3) * day + 4 * 3_600_000 + 5 * 60_000 + 6000)
  expect(() => durationToMs('soon')).toThrow('"soon" is not a duration')
})

test.each([
  ['P3D', '3 days'],
  ['P1D', '1 day'],
  ['P1W', '1 week'],
  ['PT72H', '72 hours'],
  ['P1M2DT3H', '1 month, 2 days and 3 hours'],
  ['PT0S', 'no time'],
])('describeDuration() says %s as "%s"', (duration, words) => {
  expect(describeDuration(duration)).toBe(words)
})
