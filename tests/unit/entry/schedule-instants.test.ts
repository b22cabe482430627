import { expect, test } from 'vitest'
import { gapOccurrences, occurrenceAt } from '#engine/entry/schedule-instants.ts'
import { weekdays } from '#engine/graph/schema.ts'

const sundays = { days: ['sun'] as const, time: '02:30', zone: 'Europe/Paris' }
const iso = (instants: number[]) => instants.map((at) => new Date(at).toISOString())

test('a skipped time of day is due at the first instant after the gap', () => {
  const from = Date.UTC(2026, 11, 1)
  const until = Date.UTC(2028, 11, 1)
  expect(iso(gapOccurrences(sundays, from, until))).toEqual(['2027-03-28T01:00:00.000Z', '2028-03-26T01:00:00.000Z'])
  expect(gapOccurrences({ ...sundays, time: '03:00' }, from, until)).toEqual([])
  expect(gapOccurrences({ ...sundays, time: '09:00' }, from, until)).toEqual([])
  expect(gapOccurrences({ ...sundays, days: ['fri'] }, from, until)).toEqual([])
  // Clocks in Beirut go forward at midnight.
  const beirut = { days: weekdays, time: '00:15', zone: 'Asia/Beirut' }
  expect(gapOccurrences(beirut, from, until)).toHaveLength(2)
})

test('of a time that comes twice both instants stand for the first', () => {
  const first = Date.UTC(2027, 9, 31, 0, 30)
  const second = first + 3_600_000
  expect(occurrenceAt(sundays, first)).toBe(first)
  expect(occurrenceAt(sundays, second)).toBe(first)
  expect(occurrenceAt(sundays, second + 60_000)).toBeNull()
  expect(occurrenceAt(sundays, second + 1000)).toBeNull()
  expect(occurrenceAt(sundays, first - 3_600_000)).toBeNull()
  expect(occurrenceAt({ ...sundays, days: ['mon'] }, second)).toBeNull()
  expect(occurrenceAt(sundays, Date.UTC(2027, 2, 28, 1))).toBe(Date.UTC(2027, 2, 28, 1))
})
