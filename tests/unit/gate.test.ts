import { describe, expect, test } from 'vitest'
import type { FactDelivery, Facts, Instant } from '#engine/facts.ts'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import type { GateDecision, MessageIntent } from '#engine/gate/types.ts'
import { contactPolicySchema } from '#engine/library.ts'
import type { z } from 'zod'

const second = 1000
const minute = 60 * second
const day = 86_400_000
const noon = Date.UTC(2026, 10, 4, 12)

function ask(intent: Partial<MessageIntent> = {}): MessageIntent {
  return { channel: 'email', purpose: 'nurture', now: noon, staleAt: null, overCap: 'defer', ...intent }
}

interface Given {
  policy?: z.input<typeof contactPolicySchema>
  settings?: Partial<GateContext['settings']>
  zone?: string
  facts?: Partial<Facts>
}

function given({ policy = { caps: [] }, settings = {}, zone = 'UTC', facts = {} }: Given = {}): GateContext {
  return {
    zone,
    library: { policy: contactPolicySchema.parse({ leadsAre: 'businesses', ...policy }) },
    settings: { callCoolOff: 'P3D', ...settings },
    facts: {
      erased: false,
      fields: {
        email: 'ada@example.org',
        address_line1: '1 Road',
        city: 'Town',
        postal_code: 'LS1 1AA',
        country: 'GB',
      },
      totals: {},
      deliveries: [],
      consents: {},
      suppressed: {},
      doNot: { email: false, postcard: false, phone: false },
      ...facts,
    },
  }
}

function sent(countedAt: Instant, more: Partial<FactDelivery> = {}): FactDelivery {
  return { channel: 'email', purpose: 'nurture', status: 'accepted', assetLineage: null, countedAt, ...more }
}

function verdictOf(decision: GateDecision): string {
  return decision.verdict === 'skipped' ? decision.reason : decision.verdict
}

describe('a reply that waits for an answer', () => {
  const waiting = given({ facts: { replyHeldUntil: noon + day } })

  test.each(['nurture', 'promotional'] as const)(
    'holds %s mail and postcards until its instant, not longer',
    (purpose) => {
      const deferred = { verdict: 'deferred', notBefore: noon + day, reason: 'reply_pending' }
      expect(decideDelivery(ask({ purpose }), waiting)).toEqual(deferred)
      expect(decideDelivery(ask({ purpose, channel: 'postcard' }), waiting)).toEqual(deferred)
      expect(decideDelivery(ask({ purpose, now: noon + day }), waiting)).toEqual({ verdict: 'queued' })
    },
  )

  test('holds no thank-you, no notice to a colleague and no call', () => {
    expect(verdictOf(decideDelivery(ask({ purpose: 'transactional' }), waiting))).toBe('queued')
    expect(verdictOf(decideDelivery(ask({ channel: 'notification', purpose: 'internal' }), waiting))).toBe('queued')
    expect(verdictOf(decideDelivery(ask({ channel: 'phone' }), waiting))).toBe('queued')
  })

  test('what is of no use by then is left out', () => {
    expect(verdictOf(decideDelivery(ask({ staleAt: noon + day - 1 }), waiting))).toBe('stale')
  })
})

describe('decideDelivery() refuses what may never go', () => {
  test('queues a message that nothing speaks against', () => {
    expect(decideDelivery(ask(), given())).toEqual({ verdict: 'queued' })
  })

  test('nothing goes to an erased lead, not even a notice about it', () => {
    const context = given({ facts: { erased: true } })
    expect(decideDelivery(ask(), context)).toEqual({ verdict: 'skipped', reason: 'lead_erased' })
    expect(verdictOf(decideDelivery(ask({ channel: 'notification', purpose: 'internal' }), context))).toBe(
      'lead_erased',
    )
  })

  test.each([
    ['email', { email: null }, 'no_address'],
    ['email', { email: '   ' }, 'no_address'],
    ['email', { email: 'a@b.example' }, 'queued'],
    ['postcard', { address_line1: '1 Road', city: 'Town', postal_code: '12' }, 'no_address'],
    ['postcard', { address_line1: '1 Road', city: 'Town', country: 'GB', postal_code: '' }, 'no_address'],
    ['postcard', { address_line1: '1 Road', city: 'Town', postal_code: 'LS1 1AA', country: 'GB' }, 'queued'],
    ['postcard', { address_line1: '1 Road', city: 'Town', postal_code: '12', country: 'GB' }, 'address_incomplete'],
    ['postcard', { address_line1: '1 Road', city: 'Town', postal_code: '94105', country: 'us' }, 'address_incomplete'],
    [
      'postcard',
      { address_line1: '路1号', city: 'Town', postal_code: '100000', country: 'China' },
      'address_unprintable',
    ],
    ['phone', {}, 'queued'],
  ] as const)('%s to a lead with %j: %s', (channel, fields, expected) => {
    expect(verdictOf(decideDelivery(ask({ channel }), given({ facts: { fields } })))).toBe(expected)
  })

  test.each([
    ['email', 'do_not_email'],
    ['postcard', 'do_not_mail'],
    ['phone', 'do_not_call'],
  ] as const)(
    'the do-not flag of %s blocks it, also for transactional messages, and no other channel',
    (channel, reason) => {
      const facts = { doNot: { email: false, postcard: false, phone: false, [channel]: true } }
      expect(verdictOf(decideDelivery(ask({ channel }), given({ facts })))).toBe(reason)
      expect(verdictOf(decideDelivery(ask({ channel, purpose: 'transactional' }), given({ facts })))).toBe(reason)
      const other = channel === 'email' ? 'postcard' : 'email'
      expect(verdictOf(decideDelivery(ask({ channel: other }), given({ facts })))).toBe('queued')
    },
  )

  test('a suppression blocks every purpose on its channel, and no other channel', () => {
    const facts = { suppressed: { email: { at: 0, reason: 'hard_bounce' } } }
    expect(verdictOf(decideDelivery(ask(), given({ facts })))).toBe('suppressed')
    expect(verdictOf(decideDelivery(ask({ purpose: 'transactional' }), given({ facts })))).toBe('suppressed')
    expect(verdictOf(decideDelivery(ask({ channel: 'postcard' }), given({ facts })))).toBe('queued')
  })

  test('an objection stops its own purpose only; transactional messages need no consent', () => {
    const facts = { consents: { 'nurture:email': { state: 'denied' as const, at: 0, expiresAt: null } } }
    expect(verdictOf(decideDelivery(ask(), given({ facts })))).toBe('no_consent')
    expect(verdictOf(decideDelivery(ask({ purpose: 'promotional' }), given({ facts })))).toBe('queued')
    expect(verdictOf(decideDelivery(ask({ purpose: 'transactional' }), given({ facts })))).toBe('queued')
  })

  test('where consent is required, its absence refuses and its expiry refuses from that very millisecond', () => {
    const policy = { caps: [], requireConsent: true }
    const granted = (expiresAt: Instant | null) => ({
      consents: { 'nurture:email': { state: 'granted' as const, at: 0, expiresAt } },
    })
    expect(verdictOf(decideDelivery(ask(), given({ policy })))).toBe('no_consent')
    expect(verdictOf(decideDelivery(ask(), given({ policy, facts: granted(null) })))).toBe('queued')
    expect(verdictOf(decideDelivery(ask(), given({ policy, facts: granted(noon + 1) })))).toBe('queued')
    expect(verdictOf(decideDelivery(ask(), given({ policy, facts: granted(noon) })))).toBe('consent_expired')
    expect(verdictOf(decideDelivery(ask(), given({ policy: { caps: [] }, facts: granted(noon) })))).toBe('queued')
  })

  test('a consent that runs out before the deferred instant refuses at once', () => {
    const policy = { caps: [], requireConsent: true, quietHours: { from: '11:00', to: '14:00' } }
    const until = (expiresAt: Instant) =>
      given({ policy, facts: { consents: { 'nurture:email': { state: 'granted', at: 0, expiresAt } } } })
    expect(verdictOf(decideDelivery(ask(), until(noon + 2 * 60 * minute)))).toBe('consent_expired')
    expect(verdictOf(decideDelivery(ask(), until(noon + 2 * 60 * minute + 1)))).toBe('deferred')
  })

  test('a message past its last instant is stale, and so is one that only later hours would allow', () => {
    expect(verdictOf(decideDelivery(ask({ staleAt: noon }), given()))).toBe('queued')
    expect(verdictOf(decideDelivery(ask({ staleAt: noon - 1 }), given()))).toBe('stale')
    const policy = { caps: [], quietHours: { from: '11:00', to: '14:00' } }
    expect(verdictOf(decideDelivery(ask({ staleAt: noon + 120 * minute }), given({ policy })))).toBe('deferred')
    expect(verdictOf(decideDelivery(ask({ staleAt: noon + 120 * minute - 1 }), given({ policy })))).toBe('stale')
  })

  test('an internal notice needs neither address nor hour', () => {
    const context = given({ policy: { caps: [{ max: 0, within: 'P1D' }], quietHours: { from: '00:00', to: '00:00' } } })
    context.facts.fields = {}
    expect(decideDelivery(ask({ channel: 'notification', purpose: 'internal' }), context)).toEqual({
      verdict: 'queued',
    })
  })
})

/** Noon, quiet-hour ends and legal hours of two zones with different offsets, one of them not of whole hours. */
describe.each([
  ['America/New_York', -5 * 60],
  ['Asia/Kolkata', 5 * 60 + 30],
] as const)('decideDelivery() in %s', (zone, offsetMinutes) => {
  /** The instant of a local time on Wednesday 4 November 2026. */
  const local = (hour: number, minutes = 0, days = 0): Instant =>
    Date.UTC(2026, 10, 4 + days, hour, minutes) - offsetMinutes * minute

  test('quiet hours end at their minute and begin at theirs', () => {
    const context = given({ zone, policy: { caps: [], quietHours: { from: '20:00', to: '08:00' } } })
    const at = (now: Instant) => decideDelivery(ask({ now }), context)
    expect(at(local(19, 59))).toEqual({ verdict: 'queued' })
    expect(at(local(20))).toEqual({ verdict: 'deferred', notBefore: local(8, 0, 1), reason: 'quiet_hours' })
    expect(at(local(7, 59))).toEqual({ verdict: 'deferred', notBefore: local(8), reason: 'quiet_hours' })
    expect(at(local(8))).toEqual({ verdict: 'queued' })
    expect(decideDelivery(ask({ now: local(20), purpose: 'transactional' }), context)).toEqual({ verdict: 'queued' })
  })

  test('the send window waits for its next day', () => {
    const sendWindow = { days: ['mon', 'tue', 'wed'] as const, from: '09:00', to: '17:00' }
    const context = given({ zone, settings: { sendWindow: { ...sendWindow, days: [...sendWindow.days] } } })
    const at = (now: Instant) => decideDelivery(ask({ now }), context)
    expect(at(local(8, 59))).toEqual({ verdict: 'deferred', notBefore: local(9), reason: 'outside_window' })
    expect(at(local(9))).toEqual({ verdict: 'queued' })
    expect(at(local(16, 59))).toEqual({ verdict: 'queued' })
    expect(at(local(17))).toEqual({ verdict: 'deferred', notBefore: local(9, 0, 5), reason: 'outside_window' })
  })

  test('calls keep to the legal hours, 8:00 up to 21:00 of the called party', () => {
    const at = (now: Instant) => decideDelivery(ask({ now, channel: 'phone' }), given({ zone, facts: { fields: {} } }))
    expect(at(local(7, 59))).toEqual({ verdict: 'deferred', notBefore: local(8), reason: 'outside_window' })
    expect(at(local(8))).toEqual({ verdict: 'queued' })
    expect(at(local(20, 59))).toEqual({ verdict: 'queued' })
    expect(at(local(21))).toEqual({ verdict: 'deferred', notBefore: local(8, 0, 1), reason: 'outside_window' })
  })

  test('no call before the cool-off after the latest download has ended, nor then outside legal hours', () => {
    const context = (downloadedAt: Instant) =>
      given({
        zone,
        facts: {
          fields: { email: 'ada@example.org' },
          totals: { downloaded: { count: 2, firstAt: 0, lastAt: downloadedAt } },
        },
      })
    const call = ask({ now: local(12), channel: 'phone' })
    expect(decideDelivery(call, context(local(12, 0, -3)))).toEqual({ verdict: 'queued' })
    expect(decideDelivery(call, context(local(12, 1, -3)))).toEqual({
      verdict: 'deferred',
      notBefore: local(12, 1),
      reason: 'cool_off',
    })
    expect(decideDelivery(call, context(local(22, 0, -2)))).toEqual({
      verdict: 'deferred',
      notBefore: local(8, 0, 2),
      reason: 'cool_off',
    })
    expect(decideDelivery({ ...call, channel: 'email' }, context(local(12)))).toEqual({ verdict: 'queued' })
  })

  test('a cap has room again exactly when its oldest message leaves the window', () => {
    const deliveries = [sent(local(9, 30, -2)), sent(local(10)), sent(local(11))]
    const context = given({
      zone,
      policy: { caps: [{ channel: 'email', max: 3, within: 'P3D' }] },
      facts: { deliveries },
    })
    const ends = local(9, 30, 1)
    expect(decideDelivery(ask({ now: ends - 1 }), context)).toEqual({
      verdict: 'deferred',
      notBefore: ends,
      reason: 'cap_reached',
    })
    expect(decideDelivery(ask({ now: ends }), context)).toEqual({ verdict: 'queued' })
    expect(verdictOf(decideDelivery(ask({ now: ends - 1, overCap: 'skip' }), context))).toBe('cap_reached')
    expect(verdictOf(decideDelivery(ask({ now: ends, overCap: 'skip' }), context))).toBe('queued')
  })

  test('room that appears in quiet hours waits for their end', () => {
    const policy = { caps: [{ max: 1, within: 'P1D' }], quietHours: { from: '20:00', to: '08:00' } }
    const context = given({ zone, policy, facts: { deliveries: [sent(local(23, 0, -1))] } })
    expect(decideDelivery(ask({ now: local(12) }), context)).toEqual({
      verdict: 'deferred',
      notBefore: local(8, 0, 1),
      reason: 'cap_reached',
    })
  })
})

describe('decideDelivery() keeps the contact budget', () => {
  const policy = { caps: [{ channel: 'email' as const, max: 1, within: 'P7D' }] }

  test.each([
    ['queued', 'deferred'],
    ['sending', 'deferred'],
    ['accepted', 'deferred'],
    ['unknown', 'deferred'],
    ['skipped', 'queued'],
    ['failed', 'queued'],
    ['cancelled', 'queued'],
  ] as const)('a %s message: the next one is %s', (status, expected) => {
    const context = given({ policy, facts: { deliveries: [sent(noon - day, { status })] } })
    expect(decideDelivery(ask(), context).verdict).toBe(expected)
  })

  test('transactional messages and other channels do not count, unless the cap is over all channels', () => {
    const deliveries = [sent(noon - day, { purpose: 'transactional' }), sent(noon - day, { channel: 'postcard' })]
    expect(decideDelivery(ask(), given({ policy, facts: { deliveries } })).verdict).toBe('queued')
    const total = { caps: [{ max: 1, within: 'P7D' }] }
    expect(decideDelivery(ask(), given({ policy: total, facts: { deliveries } })).verdict).toBe('deferred')
    expect(
      decideDelivery(ask({ purpose: 'transactional' }), given({ policy: total, facts: { deliveries } })).verdict,
    ).toBe('queued')
  })

  test('a new message yields to one that is deferred to later', () => {
    const context = given({ policy, facts: { deliveries: [sent(noon + 3 * day, { status: 'queued' })] } })
    expect(decideDelivery(ask(), context)).toEqual({
      verdict: 'deferred',
      notBefore: noon + 10 * day,
      reason: 'cap_reached',
    })
  })

  test('asked again, a row does not count itself nor what is queued behind it, but what went before it', () => {
    const own = sent(noon, { status: 'queued' })
    const behind = sent(noon + 7 * day, { status: 'queued' })
    const late = ask({ now: noon + minute, exclude: { countedAt: noon } })
    expect(decideDelivery(late, given({ policy, facts: { deliveries: [own, behind] } })).verdict).toBe('queued')
    const before = sent(noon - minute, { status: 'queued' })
    expect(decideDelivery(late, given({ policy, facts: { deliveries: [own, before] } })).verdict).toBe('deferred')
    const gone = sent(noon + second, { status: 'sending' })
    expect(decideDelivery(late, given({ policy, facts: { deliveries: [own, gone] } })).verdict).toBe('deferred')
  })

  test('a cap of none refuses for ever instead of deferring for ever', () => {
    const context = given({ policy: { caps: [{ max: 0, within: 'P1D' }] } })
    expect(verdictOf(decideDelivery(ask(), context))).toBe('cap_reached')
  })

  test('hours that never suit refuse instead of looking for ever', () => {
    const never = given({
      policy: { caps: [], quietHours: { from: '08:00', to: '20:00' } },
      settings: { sendWindow: { days: ['mon'], from: '09:00', to: '17:00' } },
    })
    expect(decideDelivery(ask(), never).verdict).toBe('skipped')
    const always = given({ policy: { caps: [], quietHours: { from: '00:00', to: '00:00' } } })
    expect(verdictOf(decideDelivery(ask(), always))).toBe('quiet_hours')
  })
})
