import { describe, expect, test } from 'vitest'
import {
  addMonths,
  clampInstant,
  dateOf,
  dayNumber,
  daysInMonth,
  formatLocalDate,
  maxInstant,
  parseLocalDate,
  timeOfDayMs,
  weekdayOf,
} from '#engine/schedule/calendar.ts'

describe('dayNumber() and dateOf()', () => {
  test('agree with Date on every day of 400 years, and weekdays too', () => {
    const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
    const first = Date.UTC(1800, 0, 1) / 86_400_000
    const wrong: string[] = []
    for (let day = first; day < first + 146_097; day += 1) {
      const date = new Date(day * 86_400_000)
      const local = dateOf(day)
      const text = date.toISOString().slice(0, 10)
      const right =
        formatLocalDate(local) === text && dayNumber(local) === day && weekdayOf(local) === names[date.getUTCDay()]
      if (!right) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })

  test('roll months and days over in both directions', () => {
    expect(dateOf(dayNumber({ year: 2026, month: 14, day: 1 }))).toEqual({ year: 2027, month: 2, day: 1 })
    expect(dateOf(dayNumber({ year: 2026, month: 0, day: 31 }))).toEqual({ year: 2025, month: 12, day: 31 })
  })
})

describe('addMonths()', () => {
  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-01-15', -1, '2025-12-15'],
  ])('%s %d month(s) later is %s', (from, months, to) => {
    const date = parseLocalDate(from)
    expect(date && formatLocalDate(addMonths(date, months))).toBe(to)
  })
})

test('knows how long months are', () => {
  expect([daysInMonth(2026, 2), daysInMonth(2028, 2), daysInMonth(1900, 2), daysInMonth(2000, 2)]).toEqual([
    28, 29, 28, 29,
  ])
  expect(daysInMonth(2026, 12)).toBe(31)
})

test.each([
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-01-00',
  '2026-04-31',
  '26-01-01',
  '2026-1-1',
  '0000-01-01',
  '',
])('parseLocalDate() refuses %j', (text) => {
  expect(parseLocalDate(text)).toBeNull()
})

test('timeOfDayMs() reads a time and refuses what is none', () => {
  expect(timeOfDayMs('09:30')).toBe(34_200_000)
  expect(() => timeOfDayMs('24:00')).toThrow('"24:00" is not a time of day')
})

test('clampInstant() keeps instants inside the years 1–9999', () => {
  expect([clampInstant(Infinity), clampInstant(Number.NaN), clampInstant(5)]).toEqual([maxInstant, maxInstant, 5])
  expect(new Date(clampInstant(-Infinity)).toISOString()).toBe('0001-01-01T00:00:00.000Z')
})
