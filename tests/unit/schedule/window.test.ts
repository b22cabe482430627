import { describe, expect, test } from 'vitest'
import { isInWindow, nextInWindow, nextOutsideWindow } from '#engine/schedule/window.ts'
import { weekdays, type LocalWindow } from '#engine/graph/schema.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString())
const office: LocalWindow = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }
const night: LocalWindow = { days: [...weekdays], from: '22:00', to: '07:00' }

describe('isInWindow()', () => {
  test('opens at its first minute and is closed at its last', () => {
    expect(isInWindow(at('2026-01-05T09:00:00Z'), office, 'UTC')).toBe(true)
    expect(isInWindow(at('2026-01-05T16:59:59.999Z'), office, 'UTC')).toBe(true)
    expect(isInWindow(at('2026-01-05T17:00:00Z'), office, 'UTC')).toBe(false)
    expect(isInWindow(at('2026-01-04T10:00:00Z'), office, 'UTC')).toBe(false)
  })

  test('reads the wall clock of the zone', () => {
    expect(isInWindow(at('2026-01-05T23:30:00Z'), office, 'Asia/Tokyo')).toBe(false)
    expect(isInWindow(at('2026-01-06T00:30:00Z'), office, 'Asia/Tokyo')).toBe(true)
  })

  test('a window over midnight belongs to the day it begins on', () => {
    const fridayNight: LocalWindow = { days: ['fri'], from: '22:00', to: '02:00' }
    expect(isInWindow(at('2026-01-10T01:59:00Z'), fridayNight, 'UTC')).toBe(true)
    expect(isInWindow(at('2026-01-09T01:00:00Z'), fridayNight, 'UTC')).toBe(false)
    expect(isInWindow(at('2026-01-10T02:00:00Z'), fridayNight, 'UTC')).toBe(false)
  })

  test('equal ends make 24 hours', () => {
    const sunday: LocalWindow = { days: ['sun'], from: '09:00', to: '09:00' }
    expect(isInWindow(at('2026-01-05T08:59:00Z'), sunday, 'UTC')).toBe(true)
    expect(isInWindow(at('2026-01-05T09:00:00Z'), sunday, 'UTC')).toBe(false)
  })
})

describe('nextInWindow()', () => {
  test('is the instant itself when inside', () => {
    expect(nextInWindow(at('2026-01-05T10:11:12.013Z'), office, 'UTC')).toBe(at('2026-01-05T10:11:12.013Z'))
  })

  test('waits over the weekend', () => {
    expect(iso(nextInWindow(at('2026-01-09T17:00:00Z'), office, 'UTC'))).toBe('2026-01-12T09:00:00.000Z')
  })

  test('opens when clocks jump into it', () => {
    const window: LocalWindow = { days: ['sun'], from: '02:30', to: '04:00' }
    expect(iso(nextInWindow(at('2026-03-07T12:00:00Z'), window, 'America/New_York'))).toBe('2026-03-08T07:00:00.000Z')
  })

  test('opens a week later when clocks jump over it whole', () => {
    const window: LocalWindow = { days: ['sun'], from: '02:15', to: '02:45' }
    expect(iso(nextInWindow(at('2026-03-07T12:00:00Z'), window, 'America/New_York'))).toBe('2026-03-15T06:15:00.000Z')
  })

  test('opens a second time when clocks go back into it', () => {
    const window: LocalWindow = { days: ['sun'], from: '01:00', to: '01:30' }
    const between = at('2026-11-01T05:45:00Z')
    expect(isInWindow(between, window, 'America/New_York')).toBe(false)
    expect(iso(nextInWindow(between, window, 'America/New_York'))).toBe('2026-11-01T06:00:00.000Z')
  })
})

describe('nextOutsideWindow()', () => {
  test('is when quiet hours end', () => {
    expect(iso(nextOutsideWindow(at('2026-01-05T23:00:00Z'), night, 'UTC'))).toBe('2026-01-06T07:00:00.000Z')
    expect(iso(nextOutsideWindow(at('2026-01-05T12:00:00Z'), night, 'UTC'))).toBe('2026-01-05T12:00:00.000Z')
  })

  test('passes through windows that follow each other without a break', () => {
    const weekend: LocalWindow = { days: ['sat', 'sun'], from: '00:00', to: '00:00' }
    expect(iso(nextOutsideWindow(at('2026-01-03T12:00:00Z'), weekend, 'UTC'))).toBe('2026-01-05T00:00:00.000Z')
  })

  test('is null when the window never closes', () => {
    expect(nextOutsideWindow(0, { days: [...weekdays], from: '00:00', to: '00:00' }, 'Europe/Paris')).toBeNull()
  })
})
