import { describe, expect, test } from 'vitest'
import { nextLocalTime } from '#engine/schedule/next.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number): string => new Date(instant).toISOString()

describe('nextLocalTime()', () => {
  test('Monday 20:00 in Los Angeles is Monday there, though it is Tuesday in UTC', () => {
    const next = nextLocalTime({
      after: at('2026-01-07T12:00:00Z'),
      zone: 'America/Los_Angeles',
      days: ['mon'],
      time: '20:00',
    })
    expect(iso(next)).toBe('2026-01-13T04:00:00.000Z')
  })

  test('Monday 08:00 in Tokyo is Monday there, though it is Sunday in UTC', () => {
    const next = nextLocalTime({ after: at('2026-01-07T12:00:00Z'), zone: 'Asia/Tokyo', days: ['mon'], time: '08:00' })
    expect(iso(next)).toBe('2026-01-11T23:00:00.000Z')
  })

  test('Monday 09:00 in New York, asked on the Friday before clocks go forward, is 09:00 of the new time', () => {
    const next = nextLocalTime({
      after: at('2026-03-06T15:00:00Z'),
      zone: 'America/New_York',
      days: ['mon'],
      time: '09:00',
    })
    expect(iso(next)).toBe('2026-03-09T13:00:00.000Z')
  })

  test('Monday 09:00 in New York, asked on the Friday before clocks go back, is 09:00 of the new time', () => {
    const next = nextLocalTime({
      after: at('2026-10-30T15:00:00Z'),
      zone: 'America/New_York',
      days: ['mon'],
      time: '09:00',
    })
    expect(iso(next)).toBe('2026-11-02T14:00:00.000Z')
  })

  test('the instant asked from does not count unless it is included', () => {
    const friday = at('2026-01-09T09:00:00Z')
    const query = { after: friday, zone: 'UTC', days: ['fri' as const], time: '09:00' }
    expect(iso(nextLocalTime(query))).toBe('2026-01-16T09:00:00.000Z')
    expect(nextLocalTime({ ...query, inclusive: true })).toBe(friday)
  })

  test('no weekdays means every day', () => {
    const next = nextLocalTime({ after: at('2026-01-09T10:00:00Z'), zone: 'UTC', days: [], time: '09:00' })
    expect(iso(next)).toBe('2026-01-10T09:00:00.000Z')
  })

  test('a time that clocks skip becomes the first instant after the gap, once', () => {
    const query = { zone: 'America/New_York', days: ['sun' as const], time: '02:30' }
    const inGap = nextLocalTime({ ...query, after: at('2026-03-07T12:00:00Z') })
    expect(iso(inGap)).toBe('2026-03-08T07:00:00.000Z')
    expect(iso(nextLocalTime({ ...query, after: inGap }))).toBe('2026-03-15T06:30:00.000Z')
  })

  test('a time that comes twice counts the first time only', () => {
    const query = { zone: 'America/New_York', days: ['sun' as const], time: '01:30' }
    const first = nextLocalTime({ ...query, after: at('2026-10-31T12:00:00Z') })
    expect(iso(first)).toBe('2026-11-01T05:30:00.000Z')
    expect(iso(nextLocalTime({ ...query, after: first }))).toBe('2026-11-08T06:30:00.000Z')
  })

  test('a Friday that Samoa skipped whole is no Friday', () => {
    const next = nextLocalTime({
      after: at('2011-12-28T12:00:00Z'),
      zone: 'Pacific/Apia',
      days: ['fri'],
      time: '09:00',
    })
    expect(iso(next)).toBe('2012-01-05T19:00:00.000Z')
  })

  test('refuses a time of day it cannot read', () => {
    expect(() => nextLocalTime({ after: 0, zone: 'UTC', days: [], time: '9am' })).toThrow('"9am" is not a time of day')
  })
})
