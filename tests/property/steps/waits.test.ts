import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { weekdays } from '#engine/graph/schema.ts'
import { toLocal } from '#engine/schedule/zone.ts'
import { weekdayOf } from '#engine/schedule/calendar.ts'
import { waitUntilTime } from '#engine/steps/wait-until-time.ts'
import { wait } from '#engine/steps/wait.ts'
import { dayMs, hourMs, visit } from '#tests/support/step-visit.ts'

const seed = 20_260_302
const zone = fc.constantFrom(
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
)
/** Around the changes of clocks of 2026, and anywhere else. */
const instant = fc.oneof(
  fc.integer({ min: -72, max: 72 }).map((hours) => Date.parse('2026-03-29T01:00:00Z') + hours * hourMs),
  fc.integer({ min: -72, max: 72 }).map((hours) => Date.parse('2026-11-01T06:00:00Z') + hours * hourMs),
  fc.integer({ min: 0, max: 365 * 24 * 60 }).map((minutes) => Date.parse('2026-01-01T00:00:00Z') + minutes * 60_000),
)

function endOf(outcome: ReturnType<ReturnType<typeof visit>['run']>): number {
  if (outcome.kind !== 'rest' || outcome.wakeAt === null) throw new Error('does not rest')
  return outcome.wakeAt
}

test('a wait of N days ends N days later at the same local time, or at the end of the gap that took it', () => {
  fc.assert(
    fc.property(zone, instant, fc.integer({ min: 1, max: 40 }), (zone, enteredAt, days) => {
      const end = endOf(visit(wait, { duration: `P${days}D` }, { zone, enteredAt }).run())
      expect(Math.abs(end - enteredAt - days * dayMs)).toBeLessThanOrEqual(hourMs)
      const [from, to] = [toLocal(enteredAt, zone), toLocal(end, zone)]
      const shift = Math.abs((to.hour - from.hour) * 60 + (to.minute - from.minute))
      expect([0, 30, 60].some((gap) => shift <= gap)).toBe(true)
      // Shifted by a gap: the wall clock jumped right at the end of the wait.
      const before = toLocal(end - 1, zone)
      const jumped = before.hour * 60 + before.minute !== (to.hour * 60 + to.minute + 1439) % 1440
      expect(shift === 0 || jumped).toBe(true)
    }),
    { seed, numRuns: 2000 },
  )
})

test('a wait until a time of day ends there, later than asked, on a day that was chosen', () => {
  fc.assert(
    fc.property(
      zone,
      instant,
      fc.subarray([...weekdays], { minLength: 1 }),
      fc.integer({ min: 4, max: 23 }),
      (zone, enteredAt, days, hour) => {
        const time = `${String(hour).padStart(2, '0')}:30`
        const end = endOf(visit(waitUntilTime, { days, time }, { zone, enteredAt }).run())
        expect(end).toBeGreaterThan(enteredAt)
        const local = toLocal(end, zone)
        expect([local.hour, local.minute]).toEqual([hour, 30])
        expect(days).toContain(weekdayOf(local))
        expect(end - enteredAt).toBeLessThanOrEqual(7 * dayMs + hourMs)
      },
    ),
    { seed, numRuns: 2000 },
  )
})

test('business days: a wait ends on an open day, never earlier than the calendar days it names', () => {
  fc.assert(
    fc.property(zone, instant, fc.integer({ min: 1, max: 15 }), (zone, enteredAt, days) => {
      const end = endOf(visit(wait, { duration: `P${days}D`, businessDays: true }, { zone, enteredAt }).run())
      expect(['mon', 'tue', 'wed', 'thu', 'fri']).toContain(weekdayOf(toLocal(end, zone)))
      expect(end - enteredAt).toBeGreaterThanOrEqual(days * dayMs - hourMs)
      expect(end - enteredAt).toBeLessThanOrEqual((days * 7 * dayMs) / 5 + 4 * dayMs)
    }),
    { seed, numRuns: 1000 },
  )
})
