import { describe, expect, test } from 'vitest'
import { addBusinessDays, addBusinessTime, nextBusinessInstant } from '#engine/schedule/business.ts'
import { maxInstant } from '#engine/schedule/calendar.ts'
import type { BusinessCalendar } from '#engine/graph/schema.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number): string => new Date(instant).toISOString()
const hour = 3_600_000
const calendar: BusinessCalendar = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
  holidays: ['2026-01-06'],
}

describe('nextBusinessInstant()', () => {
  test('is the instant itself when open, else the next opening, holidays left out', () => {
    expect(iso(nextBusinessInstant(at('2026-01-05T12:00:00Z'), calendar, 'UTC'))).toBe('2026-01-05T12:00:00.000Z')
    expect(iso(nextBusinessInstant(at('2026-01-05T17:00:00Z'), calendar, 'UTC'))).toBe('2026-01-07T09:00:00.000Z')
    expect(iso(nextBusinessInstant(at('2026-01-03T12:00:00Z'), calendar, 'UTC'))).toBe('2026-01-05T09:00:00.000Z')
  })
})

describe('addBusinessTime()', () => {
  test('counts open hours only', () => {
    expect(iso(addBusinessTime(at('2026-01-09T16:00:00Z'), 4 * hour, calendar, 'UTC'))).toBe('2026-01-12T12:00:00.000Z')
  })

  test('time that runs out at closing time ends there', () => {
    expect(iso(addBusinessTime(at('2026-01-09T16:00:00Z'), hour, calendar, 'UTC'))).toBe('2026-01-09T17:00:00.000Z')
  })

  test('skips holidays', () => {
    expect(iso(addBusinessTime(at('2026-01-05T16:00:00Z'), 2 * hour, calendar, 'UTC'))).toBe('2026-01-07T10:00:00.000Z')
  })

  test('no time from a closed instant is the next opening', () => {
    expect(iso(addBusinessTime(at('2026-01-10T12:00:00Z'), 0, calendar, 'UTC'))).toBe('2026-01-12T09:00:00.000Z')
  })

  test('follows hours that run past midnight', () => {
    const late: BusinessCalendar = { ...calendar, from: '20:00', to: '04:00' }
    expect(iso(addBusinessTime(at('2026-01-10T02:00:00Z'), 3 * hour, late, 'UTC'))).toBe('2026-01-12T21:00:00.000Z')
  })

  test('a day on which clocks go forward is shorter for a shop that never closes', () => {
    const always: BusinessCalendar = { days: ['sun'], from: '00:00', to: '00:00', holidays: [] }
    const sunday = at('2026-03-29T00:00:00+01:00')
    expect(iso(addBusinessTime(sunday, 23 * hour + 1, always, 'Europe/Paris'))).toBe('2026-04-04T22:00:00.001Z')
  })

  test('never opening again is the end of the calendar, not an endless loop', () => {
    const holidays = Array.from({ length: 1200 }, (_, week) =>
      new Date(at('2026-01-05T00:00:00Z') + week * 7 * 24 * hour).toISOString().slice(0, 10),
    )
    expect(addBusinessTime(at('2026-01-05T00:00:00Z'), hour, { ...calendar, days: ['mon'], holidays }, 'UTC')).toBe(
      maxInstant,
    )
  })
})

describe('addBusinessDays()', () => {
  test.each([
    ['2026-01-09T10:00:00.000Z', 1, '2026-01-12T10:00:00.000Z'],
    ['2026-01-10T10:00:00.000Z', 1, '2026-01-12T10:00:00.000Z'],
    ['2026-01-05T22:00:00.000Z', 1, '2026-01-07T22:00:00.000Z'],
    ['2026-01-09T10:00:00.000Z', 0, '2026-01-09T10:00:00.000Z'],
    ['2026-01-10T10:00:00.000Z', 0, '2026-01-12T10:00:00.000Z'],
    ['2026-01-01T10:00:00.000Z', 10, '2026-01-16T10:00:00.000Z'],
  ])('%s and %d business day(s) is %s', (from, days, to) => {
    expect(iso(addBusinessDays(at(from), days, calendar, 'UTC'))).toBe(to)
  })

  test('keeps the local time over daylight saving', () => {
    const friday = at('2026-03-06T14:00:00Z')
    expect(iso(addBusinessDays(friday, 1, calendar, 'America/New_York'))).toBe('2026-03-09T13:00:00.000Z')
  })
})
