import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { weekdays, type BusinessCalendar, type Weekday } from '#engine/graph/schema.ts'
import { addBusinessDays, addBusinessTime, nextBusinessInstant } from '#engine/schedule/business.ts'
import { wallByIntl, zoneAndInstant } from './awkward-zones.ts'

const seed = 20_261_122
const quarterMs = 900_000
const dayMs = 86_400_000

const hour = fc.integer({ min: 0, max: 23 }).map((value) => `${String(value).padStart(2, '0')}:00`)
const calendarNear = (instant: number): fc.Arbitrary<BusinessCalendar> =>
  fc
    .record({
      days: fc.subarray<Weekday>([...weekdays], { minLength: 1 }),
      hours: fc.uniqueArray(hour, { minLength: 2, maxLength: 2 }),
      holidays: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 4 }),
    })
    .map(({ days, hours, holidays }) => ({
      days,
      from: hours.toSorted()[0] ?? '09:00',
      to: hours.toSorted()[1] ?? '17:00',
      holidays: holidays.map((day) => new Date(instant + day * dayMs).toISOString().slice(0, 10)),
    }))
const moment = zoneAndInstant.chain(({ zone, instant }) =>
  fc.record({
    zone: fc.constant(zone),
    instant: fc.constant(Math.floor(instant / quarterMs) * quarterMs),
    calendar: calendarNear(instant),
  }),
)

/** Open by the wall clock of Intl; a repeated hour at closing time is the one case where this differs from the code. */
function isOpenByIntl(instant: number, calendar: BusinessCalendar, zone: string): boolean {
  const wall = wallByIntl(instant, zone)
  const date = new Date(wall)
  const text = date.toISOString()
  const weekday = weekdays[(date.getUTCDay() + 6) % 7] ?? 'mon'
  const time = text.slice(11, 16)
  return (
    calendar.days.includes(weekday) &&
    !calendar.holidays.includes(text.slice(0, 10)) &&
    time >= calendar.from &&
    time < calendar.to
  )
}

/** True when the clocks of the zone go back anywhere near: readings come twice then. */
function clocksGoBackNear(from: number, to: number, zone: string): boolean {
  for (let at = from - dayMs; at <= to + dayMs; at += quarterMs) {
    if (wallByIntl(at + quarterMs, zone) - wallByIntl(at, zone) < quarterMs) return true
  }
  return false
}

describe('business time', () => {
  test('n open quarters of an hour later is where counting them one by one ends', () => {
    let compared = 0
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 60 }), ({ zone, instant, calendar }, quarters) => {
        const end = addBusinessTime(instant, quarters * quarterMs, calendar, zone)
        expect(end).toBeGreaterThan(instant)
        if (clocksGoBackNear(instant, Math.min(end, instant + 20 * dayMs), zone)) return
        compared += 1
        let open = 0
        for (let at = instant; at < end; at += quarterMs) if (isOpenByIntl(at, calendar, zone)) open += 1
        expect(open).toBe(quarters)
        expect(isOpenByIntl(end - quarterMs, calendar, zone)).toBe(true)
      }),
      { seed, numRuns: 400 },
    )
    expect(compared).toBeGreaterThan(150)
  })

  test('is monotone in the instant and in the time, and adds up', () => {
    fc.assert(
      fc.property(
        moment,
        fc.nat(200),
        fc.nat(200),
        fc.nat(5 * dayMs),
        ({ zone, instant, calendar }, one, two, later) => {
          const add = (from: number, quarters: number): number =>
            addBusinessTime(from, quarters * quarterMs, calendar, zone)
          expect(add(instant + later, one)).toBeGreaterThanOrEqual(add(instant, one))
          expect(add(instant, one + two)).toBeGreaterThanOrEqual(add(instant, one))
          expect(two === 0 || add(add(instant, one), two) === add(instant, one + two)).toBe(true)
        },
      ),
      { seed, numRuns: 1500 },
    )
  })

  test('the next business instant is open and nothing before it is', () => {
    fc.assert(
      fc.property(moment, ({ zone, instant, calendar }) => {
        const next = nextBusinessInstant(instant, calendar, zone)
        expect(next).toBeGreaterThanOrEqual(instant)
        expect(nextBusinessInstant(next, calendar, zone)).toBe(next)
        if (clocksGoBackNear(instant, Math.min(next, instant + 20 * dayMs), zone)) return
        expect(isOpenByIntl(next, calendar, zone)).toBe(true)
        for (let at = instant; at < next; at += quarterMs) expect(isOpenByIntl(at, calendar, zone)).toBe(false)
      }),
      { seed, numRuns: 400 },
    )
  })

  test('n business days later is a business day, n of them on', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 15 }), ({ zone, instant, calendar }, days) => {
        const end = addBusinessDays(instant, days, calendar, zone)
        expect(end).toBeGreaterThan(instant)
        const first = Math.floor(wallByIntl(instant, zone) / dayMs)
        const last = Math.floor(wallByIntl(end, zone) / dayMs)
        let counted = 0
        for (let day = first + 1; day <= last; day += 1) {
          const date = new Date(day * dayMs)
          const skipped = zone === 'Pacific/Apia' && date.toISOString().startsWith('2011-12-30')
          const weekday = weekdays[(date.getUTCDay() + 6) % 7] ?? 'mon'
          const holiday = calendar.holidays.includes(date.toISOString().slice(0, 10))
          if (!skipped && calendar.days.includes(weekday) && !holiday) counted += 1
        }
        expect(counted).toBe(days)
      }),
      { seed, numRuns: 2000 },
    )
  })
})
