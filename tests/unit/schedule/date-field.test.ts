import { describe, expect, test } from 'vitest'
import { dateOccurrence } from '#engine/schedule/date-field.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString())
const lease = { date: '2026-10-01', offsetDays: -90, time: '09:00', zone: 'America/New_York', yearly: false }

describe('dateOccurrence()', () => {
  test('is 90 days before the end of a lease, at local time', () => {
    expect(iso(dateOccurrence({ ...lease, after: at('2026-01-01T00:00:00Z') }))).toBe('2026-07-03T13:00:00.000Z')
  })

  test('a single date that has passed never comes', () => {
    const due = at('2026-07-03T13:00:00Z')
    expect(dateOccurrence({ ...lease, after: due })).toBeNull()
    expect(dateOccurrence({ ...lease, after: due - 1 })).toBe(due)
  })

  test('a birthday comes every year, on the 28th when there is no 29 February', () => {
    const birthday = { date: '1984-02-29', offsetDays: 0, time: '08:00', zone: 'UTC', yearly: true }
    const first = dateOccurrence({ ...birthday, after: at('2026-03-01T00:00:00Z') })
    expect(iso(first)).toBe('2027-02-28T08:00:00.000Z')
    expect(iso(dateOccurrence({ ...birthday, after: first ?? 0 }))).toBe('2028-02-29T08:00:00.000Z')
  })

  test.each([3650, 400, 0, -400, -3650])('every year has one, whatever the offset (%d days)', (offsetDays) => {
    const birthday = { date: '1950-06-15', offsetDays, time: '08:00', zone: 'Europe/Paris', yearly: true }
    let after = at('2020-01-01T00:00:00Z')
    for (let count = 0; count < 10; count += 1) {
      const next = dateOccurrence({ ...birthday, after })
      expect(next).not.toBeNull()
      const gapDays = ((next ?? 0) - after) / 86_400_000
      expect(gapDays).toBeGreaterThan(0)
      expect(gapDays).toBeLessThan(368)
      after = next ?? 0
    }
  })

  test('a yearly date does not come before its own year', () => {
    const start = { date: '2030-05-01', offsetDays: 0, time: '09:00', zone: 'UTC', yearly: true }
    expect(iso(dateOccurrence({ ...start, after: at('2026-01-01T00:00:00Z') }))).toBe('2030-05-01T09:00:00.000Z')
  })

  test.each(['2026-02-30', 'soon', ''])('%j is not a date and never comes', (date) => {
    expect(dateOccurrence({ ...lease, date, yearly: true, after: 0 })).toBeNull()
  })
})
