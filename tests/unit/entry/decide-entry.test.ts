import { describe, expect, test } from 'vitest'
import { decideEntry, type EarlierEnrollment, type EntryQuestion } from '#engine/entry/decide-entry.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'

const day = 86_400_000
const now = Date.UTC(2026, 5, 15, 12)
const past = (daysAgo: number, status: EarlierEnrollment['status'] = 'completed'): EarlierEnrollment => ({
  status,
  enteredAt: now - daysAgo * day,
})

function ask(
  reenrollment: JourneySettings['reenrollment'],
  history: EarlierEnrollment[],
  more: Partial<EntryQuestion> = {},
) {
  const decision = decideEntry({
    journeyStatus: 'live',
    settings: { reenrollment },
    history,
    now,
    zone: 'UTC',
    erased: false,
    only: null,
    ...more,
  })
  return decision.enter ? 'enter' : decision.code
}

describe('decideEntry()', () => {
  test.each(['never', 'after_exit', 'after_days', 'always'] as const)(
    '%s lets a lead in for the first time',
    (policy) => {
      expect(ask({ policy }, [])).toBe('enter')
    },
  )

  test.each([
    ['never', [past(900)], 'been_here_before'],
    ['never', [past(900, 'exited')], 'been_here_before'],
    ['after_exit', [past(0)], 'enter'],
    ['after_exit', [past(3, 'active')], 'still_inside'],
    ['after_exit', [past(3, 'paused')], 'still_inside'],
    ['after_exit', [past(3, 'parked')], 'still_inside'],
    ['after_exit', [past(30, 'active'), past(3)], 'still_inside'],
    ['always', [past(0, 'active'), past(0)], 'enter'],
  ] as const)('%s with %j: %s', (policy, history, expected) => {
    expect(ask({ policy }, [...history])).toBe(expected)
  })

  test('after_days counts local calendar days from the last entry', () => {
    const after = (days: number, history: EarlierEnrollment[]) => ask({ policy: 'after_days', days }, history)
    expect(after(7, [past(6)])).toBe('too_soon')
    expect(after(7, [past(7)])).toBe('enter')
    expect(after(7, [past(60), past(2)])).toBe('too_soon')
    expect(after(7, [past(60, 'active')])).toBe('still_inside')
  })

  test('a weekly sweep lets everybody in each week, over the change of clocks and when one ran late', () => {
    const zone = 'Europe/Paris'
    const friday = Date.UTC(2026, 2, 27, 8, 9)
    const nextFriday = Date.UTC(2026, 3, 3, 7, 0)
    expect(nextFriday - friday).toBeLessThan(7 * day)
    const history = [{ status: 'completed' as const, enteredAt: friday }]
    expect(ask({ policy: 'after_days', days: 7 }, history, { now: nextFriday, zone })).toBe('enter')
    expect(ask({ policy: 'after_days', days: 8 }, history, { now: nextFriday, zone })).toBe('too_soon')
  })

  test('nobody enters a journey that is not live, nor an erased lead, nor one the entry rule does not fit', () => {
    expect(ask({ policy: 'always' }, [], { journeyStatus: 'paused' })).toBe('journey_not_live')
    expect(ask({ policy: 'always' }, [], { erased: true })).toBe('lead_erased')
    const no = { value: false, trace: { sentence: 'city is "Oslo"', value: false } }
    expect(ask({ policy: 'always' }, [], { only: no })).toBe('not_matching')
    expect(ask({ policy: 'always' }, [], { only: { ...no, value: true } })).toBe('enter')
  })

  test('a refusal says why in words', () => {
    const decision = decideEntry({
      journeyStatus: 'live',
      settings: { reenrollment: { policy: 'after_days', days: 7 } },
      history: [past(2)],
      now,
      zone: 'UTC',
      erased: false,
      only: null,
    })
    expect(decision).toMatchObject({
      enter: false,
      reason: 'It entered this journey on 2026-06-13, 2 of 7 days ago (re-enrollment "after_days").',
    })
  })
})
