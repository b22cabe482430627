import { describe, expect, test } from 'vitest'
import type { OwnDelivery } from '#engine/facts.ts'
import { waitForEvent } from '#engine/steps/wait-for-event.ts'
import { waitForRule } from '#engine/steps/wait-for-rule.ts'
import { waitUntilDate } from '#engine/steps/wait-until-date.ts'
import { waitUntilTime } from '#engine/steps/wait-until-time.ts'
import { wait } from '#engine/steps/wait.ts'
import {
  aLead,
  aLibrary,
  dayMs,
  hourMs,
  minuteMs,
  monday,
  portOf,
  problemsOf,
  visit,
  wakeOf,
} from '#tests/support/step-visit.ts'

const friday = Date.parse('2026-03-06T15:00:00Z')

function delivery(more: Partial<OwnDelivery> = {}): OwnDelivery {
  return { status: 'queued', queuedAt: monday, notBefore: null, acceptedAt: null, reason: null, ...more }
}
function leadWithMessage(more: Partial<OwnDelivery> = {}) {
  return aLead({ own: { deliveries: { 'mail:1': delivery(more) }, tasks: {}, effects: {} } })
}

describe('wait', () => {
  test('rests until the time is over and leaves exactly then', () => {
    const at = visit(wait, { duration: 'P3D' })
    expect(wakeOf(at.run())).toBe('2026-03-05T12:00:00.000Z')
    expect(wakeOf(at.run(monday + 3 * dayMs - 1))).toBe('2026-03-05T12:00:00.000Z')
    expect(portOf(at.run(monday + 3 * dayMs))).toBe('next')
  })

  test('P1D is the same local time over a change of clocks, PT24H is 24 hours', () => {
    const before = Date.parse('2026-03-28T08:00:00Z') // 09:00 in Zurich, the clocks go forward that night
    expect(wakeOf(visit(wait, { duration: 'P1D' }, { enteredAt: before, zone: 'Europe/Zurich' }).run())).toBe(
      '2026-03-29T07:00:00.000Z',
    )
    expect(wakeOf(visit(wait, { duration: 'PT24H' }, { enteredAt: before, zone: 'Europe/Zurich' }).run())).toBe(
      '2026-03-29T08:00:00.000Z',
    )
  })

  test('counts business days past a weekend and a holiday, and business hours past closing time', () => {
    const settings = {
      calendar: {
        days: ['mon' as const, 'tue' as const, 'wed' as const, 'thu' as const, 'fri' as const],
        from: '09:00',
        to: '17:00',
        holidays: ['2026-03-09'],
      },
    }
    const given = { enteredAt: friday, settings }
    expect(wakeOf(visit(wait, { duration: 'P1D', businessDays: true }, given).run())).toBe('2026-03-10T15:00:00.000Z')
    expect(wakeOf(visit(wait, { duration: 'PT4H', businessDays: true }, given).run())).toBe('2026-03-10T11:00:00.000Z')
    expect(wakeOf(visit(wait, { duration: 'P1W', businessDays: true }, { ...given, settings: {} }).run())).toBe(
      '2026-03-13T15:00:00.000Z',
    )
  })

  test('rounds to a time of day, and into a window', () => {
    expect(wakeOf(visit(wait, { duration: 'PT1H', time: '09:00' }).run())).toBe('2026-03-03T09:00:00.000Z')
    const window = { days: ['mon'], from: '08:00', to: '10:00' }
    expect(wakeOf(visit(wait, { duration: 'P1D', window }).run())).toBe('2026-03-09T08:00:00.000Z')
  })

  test('refuses a length of nothing, of centuries, and business months', () => {
    expect(problemsOf(wait, { duration: 'P0D' })).toEqual(['DURATION_INVALID duration'])
    expect(problemsOf(wait, { duration: 'P100Y' })).toEqual(['DURATION_INVALID duration'])
    expect(problemsOf(wait, { duration: 'P1M', businessDays: true })).toEqual(['DURATION_INVALID duration'])
    expect(problemsOf(wait, { duration: 'PT5M', businessDays: true })).toEqual([])
    expect(problemsOf(wait, {})).toEqual([])
  })
})

describe('a wait after a message', () => {
  const given = (facts = leadWithMessage()) => ({ facts, lastMessage: 'mail:1' })

  test('counts from the acceptance when that came noticeably later', () => {
    const at = visit(wait, { duration: 'P3D' }, given())
    expect(wakeOf(at.run())).toBe('2026-03-05T12:00:00.000Z')
    at.facts.own.deliveries['mail:1'] = delivery({ status: 'accepted', acceptedAt: monday + 5 * hourMs })
    expect(wakeOf(at.run(monday + 3 * dayMs))).toBe('2026-03-05T17:00:00.000Z')
    expect(portOf(at.run(monday + 3 * dayMs + 5 * hourMs))).toBe('next')
  })

  test('does not arm a second timer for the seconds a provider takes', () => {
    const at = visit(wait, { duration: 'P3D' }, given())
    at.run()
    at.facts.own.deliveries['mail:1'] = delivery({ status: 'accepted', acceptedAt: monday + 9 * minuteMs })
    expect(portOf(at.run(monday + 3 * dayMs))).toBe('next')
  })

  test('rests on the message while it is still under way, and goes on counting once it is accepted', () => {
    const at = visit(wait, { duration: 'P3D' }, given())
    at.run()
    at.facts.own.deliveries['mail:1'] = delivery({ notBefore: monday + 10 * dayMs })
    const held = at.run(monday + 3 * dayMs)
    expect(held).toMatchObject({ kind: 'rest', wakeAt: null, on: ['sent:mail:1'] })
    at.facts.own.deliveries['mail:1'] = delivery({ status: 'accepted', acceptedAt: monday + 10 * dayMs })
    expect(wakeOf(at.run(monday + 10 * dayMs))).toBe('2026-03-15T12:00:00.000Z')
    expect(portOf(at.run(monday + 13 * dayMs))).toBe('next')
  })

  test.each(['skipped', 'failed', 'cancelled'] as const)(
    'leaves by message_failed when the message was %s after all',
    (status) => {
      const at = visit(wait, { duration: 'P3D' }, given())
      at.run()
      at.facts.own.deliveries['mail:1'] = delivery({ status, reason: 'cap_reached' })
      expect(wakeOf(at.run(monday + dayMs))).toBe('2026-03-05T12:00:00.000Z')
      expect(portOf(at.run(monday + 3 * dayMs))).toBe('message_failed')
    },
  )

  test('a message that was settled on arrival changes nothing', () => {
    const at = visit(wait, { duration: 'P1D' }, given(leadWithMessage({ status: 'failed' })))
    at.run()
    expect(portOf(at.run(monday + dayMs))).toBe('next')
  })
})

describe('wait until a day and time', () => {
  test('waits for the next Friday 09:00 in the lead’s zone, strictly later', () => {
    const zone = 'America/New_York'
    expect(wakeOf(visit(waitUntilTime, { days: ['fri'], time: '09:00' }, { zone }).run())).toBe(
      '2026-03-06T14:00:00.000Z',
    )
    const exactly = Date.parse('2026-03-06T14:00:00Z')
    // The week after the clocks have gone forward there.
    expect(wakeOf(visit(waitUntilTime, { days: ['fri'] }, { zone, enteredAt: exactly }).run())).toBe(
      '2026-03-13T13:00:00.000Z',
    )
  })

  test('a fixed zone wins over the lead’s, and an unknown one is refused', () => {
    const at = visit(waitUntilTime, { days: ['fri'], zone: 'Asia/Tokyo' }, { zone: 'America/New_York' })
    expect(wakeOf(at.run())).toBe('2026-03-06T00:00:00.000Z')
    expect(problemsOf(waitUntilTime, { zone: 'Mars/Olympus' })).toEqual(['ZONE_UNKNOWN zone'])
  })

  test('passes over closed days', () => {
    const settings = { calendar: { holidays: ['2026-03-03'] } }
    expect(wakeOf(visit(waitUntilTime, { businessDays: true }, { settings }).run())).toBe('2026-03-04T09:00:00.000Z')
    expect(wakeOf(visit(waitUntilTime, { businessDays: true, time: '20:00' }, { enteredAt: friday }).run())).toBe(
      '2026-03-06T20:00:00.000Z',
    )
    expect(wakeOf(visit(waitUntilTime, { businessDays: true }, { enteredAt: friday }).run())).toBe(
      '2026-03-09T09:00:00.000Z',
    )
  })
})

describe('wait until a date', () => {
  const library = aLibrary([], { fields: { lease_end: { key: 'lease_end', label: 'Lease end', type: 'date' } } })
  const given = (value: string | number | null, more = {}) => ({
    facts: aLead({ fields: { lease_end: value } }),
    library,
    ...more,
  })

  test('waits for the date and its offset at the time of day', () => {
    const at = visit(waitUntilDate, { field: 'lease_end', offsetDays: -90 }, given('2026-07-01'))
    expect(at.run()).toMatchObject({ wakeAt: Date.parse('2026-04-02T09:00:00Z'), on: ['field:lease_end'] })
    expect(portOf(at.run(Date.parse('2026-04-02T09:00:00Z')))).toBe('next')
  })

  test('follows a date that changes meanwhile', () => {
    const at = visit(waitUntilDate, { field: 'lease_end' }, given('2026-07-01'))
    at.run()
    at.facts.fields['lease_end'] = '2026-05-01'
    expect(wakeOf(at.run(monday + dayMs))).toBe('2026-05-01T09:00:00.000Z')
    at.facts.fields['lease_end'] = '2026-03-03'
    expect(portOf(at.run(monday + 3 * dayMs))).toBe('next')
  })

  test('reads a datetime field on the calendar of the zone', () => {
    const at = visit(
      waitUntilDate,
      { field: 'lease_end' },
      given(Date.parse('2026-07-01T23:30:00Z'), { zone: 'Asia/Tokyo' }),
    )
    expect(wakeOf(at.run())).toBe('2026-07-02T00:00:00.000Z')
  })

  test('an unknown date leaves by its port or waits to be known', () => {
    for (const value of [null, 'soon', '2026-02-30']) {
      expect(portOf(visit(waitUntilDate, { field: 'lease_end' }, given(value)).run())).toBe('missing')
    }
    const waiting = visit(waitUntilDate, { field: 'lease_end', ifMissing: 'wait' }, given(null))
    expect(waiting.run()).toMatchObject({ kind: 'rest', wakeAt: null, on: ['field:lease_end'] })
  })

  test('a past date goes on or leaves by its port; yearly it comes again', () => {
    expect(portOf(visit(waitUntilDate, { field: 'lease_end' }, given('2026-01-01')).run())).toBe('next')
    expect(portOf(visit(waitUntilDate, { field: 'lease_end', ifPast: 'leave' }, given('2026-01-01')).run())).toBe(
      'past',
    )
    expect(wakeOf(visit(waitUntilDate, { field: 'lease_end', yearly: true }, given('1990-03-01')).run())).toBe(
      '2027-03-01T09:00:00.000Z',
    )
  })

  test('the field must exist and hold dates', () => {
    expect(problemsOf(waitUntilDate, { field: 'nothing' }, library)).toEqual(['FIELD_UNKNOWN field'])
    expect(problemsOf(waitUntilDate, { field: 'company' }, library)).toEqual(['STEP_CONFIG_INVALID field'])
    expect(problemsOf(waitUntilDate, { field: 'lease_end' }, library)).toEqual([])
  })
})

describe('wait for an event', () => {
  const clicked = (at: number, link = 'price') => ({ type: 'clicked', occurredAt: at, properties: { link } })

  test('an answer between the message and the wait counts; one before the message does not', () => {
    const anchorAt = monday - dayMs
    const early = visit(
      waitForEvent,
      { event: 'clicked', timeout: 'P7D' },
      { anchorAt, facts: aLead({ events: { clicked: [clicked(anchorAt - 1)] } }) },
    )
    expect(wakeOf(early.run())).toBe('2026-03-09T12:00:00.000Z')
    const between = visit(
      waitForEvent,
      { event: 'clicked', timeout: 'P7D' },
      { anchorAt, facts: aLead({ events: { clicked: [clicked(anchorAt + 1)] } }) },
    )
    expect(portOf(between.run())).toBe('happened')
  })

  test('uses up the first matching event, so that a loop over it does not see it twice', () => {
    const events = { clicked: [clicked(monday + 5, 'home'), clicked(monday + 30), clicked(monday + 20)] }
    const where = [{ property: 'link', op: 'is', value: 'PRICE' }]
    const first = visit(waitForEvent, { event: 'clicked', where, timeout: 'P1D' }, { facts: aLead({ events }) }).run(
      monday + 60,
    )
    expect(first).toMatchObject({ port: 'happened', lookBackFrom: monday + 20 })
    const second = visit(
      waitForEvent,
      { event: 'clicked', where, timeout: 'P1D' },
      { facts: aLead({ events }), anchorAt: monday + 20, visit: 2 },
    )
    expect(second.run(monday + 60)).toMatchObject({ port: 'happened', lookBackFrom: monday + 30 })
    const third = visit(
      waitForEvent,
      { event: 'clicked', where, timeout: 'P1D' },
      { facts: aLead({ events }), anchorAt: monday + 30, visit: 3 },
    )
    expect(third.run(monday + 60).kind).toBe('rest')
  })

  test('does not see the future, and times out exactly', () => {
    const at = visit(
      waitForEvent,
      { event: 'clicked', timeout: 'P1D' },
      { facts: aLead({ events: { clicked: [clicked(monday + 2 * dayMs)] } }) },
    )
    expect(at.run(monday + dayMs - 1)).toMatchObject({ kind: 'rest', on: ['event:clicked'] })
    expect(portOf(at.run(monday + dayMs))).toBe('timeout')
  })

  test('the timeout counts from the acceptance of the message', () => {
    const at = visit(
      waitForEvent,
      { event: 'clicked', timeout: 'P1D' },
      { facts: leadWithMessage(), lastMessage: 'mail:1' },
    )
    at.run()
    expect(at.run(monday + dayMs)).toMatchObject({ wakeAt: null, on: ['event:clicked', 'sent:mail:1'] })
    at.facts.own.deliveries['mail:1'] = delivery({ status: 'accepted', acceptedAt: monday + 2 * dayMs })
    expect(wakeOf(at.run(monday + 2 * dayMs))).toBe('2026-03-05T12:00:00.000Z')
  })

  test('an event whose name is that of a built-in property is nothing special', () => {
    expect(visit(waitForEvent, { event: 'constructor', timeout: 'P1D' }).run().kind).toBe('rest')
  })

  test('needs a timeout, and conditions that make sense', () => {
    expect(problemsOf(waitForEvent, { event: 'clicked' })).toEqual(['WAIT_WITHOUT_TIMEOUT timeout'])
    expect(problemsOf(waitForEvent, { event: 'clicked', timeout: 'PT0S' })).toEqual(['DURATION_INVALID timeout'])
    const where = [{ property: 'n', op: 'gt', value: 'many' }]
    expect(problemsOf(waitForEvent, { event: 'clicked', timeout: 'P1D', where })).toEqual([
      'RULE_VALUE_INVALID where.0.value',
    ])
  })
})

describe('wait until true', () => {
  const hot = { kind: 'compare', field: 'score', op: 'gte', value: 10 }

  test('leaves as soon as the rule is true, else at the timeout', () => {
    const at = visit(waitForRule, { rule: hot, timeout: 'P7D' }, { facts: aLead({ fields: { score: 1 }, score: 1 }) })
    expect(at.run()).toMatchObject({ kind: 'rest', on: ['field:score'], wakeAt: monday + 7 * dayMs })
    at.facts.fields['score'] = 10
    at.facts.score = 10
    expect(portOf(at.run(monday + dayMs))).toBe('true')
    expect(portOf(visit(waitForRule, { rule: hot, timeout: 'P7D' }).run(monday + 7 * dayMs))).toBe('timeout')
  })

  test('looks again when time alone can make it true', () => {
    const quiet = { kind: 'not', rule: { kind: 'count', event: 'clicked', within: 'P2D', op: 'gte', n: 1 } }
    const facts = aLead({
      events: { clicked: [{ type: 'clicked', occurredAt: monday - dayMs, properties: {} }] },
      totals: { clicked: { count: 1, firstAt: monday - dayMs, lastAt: monday - dayMs } },
    })
    const at = visit(waitForRule, { rule: quiet, timeout: 'P7D' }, { facts })
    const rest = at.run()
    if (rest.kind !== 'rest' || rest.wakeAt === null) throw new Error('does not rest')
    expect(rest.wakeAt).toBeGreaterThan(monday + dayMs - 1)
    expect(rest.wakeAt).toBeLessThan(monday + dayMs + 2)
    expect(portOf(at.run(rest.wakeAt))).toBe('true')
  })
})
