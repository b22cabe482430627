import { describe, expect, test } from 'vitest'
import {
  instantsOfWall,
  isZone,
  nextChange,
  offsetAt,
  toInstant,
  toLocal,
  toWall,
  zoneOr,
} from '#engine/schedule/zone.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number): string => new Date(instant).toISOString()
const hour = 3_600_000

describe('isZone()', () => {
  test.each(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Australia/Lord_Howe'])('knows %s', (name) => {
    expect(isZone(name)).toBe(true)
  })

  test.each(['', 'Europe/Pari', 'Mars/Olympus', '+02:00', '-05', 'lead', '__proto__'])('refuses %j', (name) => {
    expect(isZone(name)).toBe(false)
  })

  test('a lead without a usable zone gets the fallback', () => {
    expect(zoneOr('Asia/Tokyo', 'UTC')).toBe('Asia/Tokyo')
    expect(zoneOr('Tokyo', 'UTC')).toBe('UTC')
    expect(zoneOr(null, 'Europe/Paris')).toBe('Europe/Paris')
  })
})

describe('offsetAt()', () => {
  test('changes at the very millisecond clocks change, also in the middle of a remembered day', () => {
    const change = at('2026-03-29T01:00:00Z')
    expect(offsetAt(change - 1, 'Europe/Paris')).toBe(hour)
    expect(offsetAt(change, 'Europe/Paris')).toBe(2 * hour)
  })

  test('knows offsets of minutes and of seconds', () => {
    expect(offsetAt(at('2026-01-01T00:00:00Z'), 'Asia/Kathmandu')).toBe(5.75 * hour)
    expect(offsetAt(at('1850-01-01T00:00:00Z'), 'America/New_York')).toBe(-(4 * hour + 56 * 60_000 + 2000))
  })

  test('refuses an unknown zone by name', () => {
    expect(() => offsetAt(0, 'Mars/Olympus')).toThrow('"Mars/Olympus" is not a time zone')
  })
})

describe('toLocal() and toInstant()', () => {
  test('read and set a wall clock', () => {
    const local = toLocal(at('2026-07-01T21:04:05.678Z'), 'Asia/Kathmandu')
    expect(local).toEqual({ year: 2026, month: 7, day: 2, hour: 2, minute: 49, second: 5, millisecond: 678 })
    expect(iso(toInstant(local, 'Asia/Kathmandu'))).toBe('2026-07-01T21:04:05.678Z')
  })

  test('a time inside a gap is the first instant after it', () => {
    const local = { year: 2026, month: 3, day: 8, hour: 2, minute: 59 }
    expect(iso(toInstant(local, 'America/New_York'))).toBe('2026-03-08T07:00:00.000Z')
  })

  test('a time that comes twice is the earlier one', () => {
    const local = { year: 2026, month: 11, day: 1, hour: 1, minute: 30 }
    expect(iso(toInstant(local, 'America/New_York'))).toBe('2026-11-01T05:30:00.000Z')
  })

  test('the half hour of Lord Howe is a gap of half an hour', () => {
    const local = { year: 2026, month: 10, day: 4, hour: 2, minute: 15 }
    expect(iso(toInstant(local, 'Australia/Lord_Howe'))).toBe('2026-10-03T15:30:00.000Z')
    expect(toLocal(at('2026-10-03T15:30:00Z'), 'Australia/Lord_Howe')).toMatchObject({ hour: 2, minute: 30 })
  })

  test('the day Samoa skipped is one gap of a day', () => {
    const local = { year: 2011, month: 12, day: 30, hour: 12 }
    expect(iso(toInstant(local, 'Pacific/Apia'))).toBe('2011-12-30T10:00:00.000Z')
  })

  test('months and days roll over', () => {
    expect(iso(toInstant({ year: 2026, month: 13, day: 0 }, 'UTC'))).toBe('2026-12-31T00:00:00.000Z')
  })

  test('midnights that do not exist begin at one', () => {
    const local = { year: 2018, month: 11, day: 4 }
    expect(toLocal(toInstant(local, 'America/Sao_Paulo'), 'America/Sao_Paulo')).toMatchObject({ ...local, hour: 1 })
  })
})

describe('instantsOfWall()', () => {
  const wall = (text: string): number => at(`${text}Z`)

  test('finds none in a gap, two in an overlap, one otherwise', () => {
    expect(instantsOfWall(wall('2026-03-08T02:30:00'), 'America/New_York')).toEqual([])
    expect(instantsOfWall(wall('2026-11-01T01:30:00'), 'America/New_York').map(iso)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T06:30:00.000Z',
    ])
    expect(instantsOfWall(wall('2026-06-01T01:30:00'), 'America/New_York')).toHaveLength(1)
  })

  test('undoes toWall()', () => {
    const instant = at('2026-06-01T01:30:00Z')
    expect(instantsOfWall(toWall(instant, 'Asia/Tehran'), 'Asia/Tehran')).toEqual([instant])
  })
})

describe('nextChange()', () => {
  test('finds the next change of clocks inside the span only', () => {
    const from = at('2026-03-01T00:00:00Z')
    expect(nextChange(from, at('2026-03-28T00:00:00Z'), 'Europe/Paris')).toBeNull()
    const change = nextChange(from, at('2026-04-01T00:00:00Z'), 'Europe/Paris')
    expect(iso(change ?? 0)).toBe('2026-03-29T01:00:00.000Z')
    expect(nextChange(change ?? 0, at('2026-04-01T00:00:00Z'), 'Europe/Paris')).toBeNull()
  })
})
