// What the lead chose in the preference centre binds the gate: to the minute, in its zone.
import { expect, test } from 'vitest'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import type { FactDelivery } from '#engine/facts.ts'
import type { MessageIntent } from '#engine/gate/types.ts'
import { contactPolicySchema } from '#engine/library.ts'
import { tightenWish } from '#engine/preferences.ts'

const minute = 60_000
const day = 86_400_000
/** Midnight in New York on 1 March 2027. */
const resumes = Date.UTC(2027, 2, 1, 5)

function ask(now: number, intent: Partial<MessageIntent> = {}): MessageIntent {
  return { channel: 'email', purpose: 'nurture', now, staleAt: null, overCap: 'defer', ...intent }
}

function given(fields: GateContext['facts']['fields'], deliveries: FactDelivery[] = []): GateContext {
  return {
    zone: 'America/New_York',
    library: { policy: contactPolicySchema.parse({ caps: [] }) },
    settings: { callCoolOff: 'P0D' },
    facts: {
      erased: false,
      fields: { email: 'ada@example.org', ...fields },
      totals: {},
      deliveries,
      consents: {},
      suppressed: {},
      doNot: { email: false, postcard: false, phone: false },
    },
  }
}

const sent = (countedAt: number): FactDelivery => ({
  channel: 'email',
  purpose: 'nurture',
  status: 'accepted',
  assetLineage: null,
  countedAt,
})

test('a pause holds nurture, promotion and calls until the day begins where the lead lives, and not a minute longer', () => {
  const paused = given({ paused_until: '2027-03-01', phone: '+1 212 555 0100' })
  for (const purpose of ['nurture', 'promotional'] as const) {
    expect(decideDelivery(ask(resumes - minute, { purpose }), paused)).toEqual({
      verdict: 'deferred',
      notBefore: resumes,
      reason: 'paused_by_lead',
    })
    expect(decideDelivery(ask(resumes, { purpose }), paused)).toEqual({ verdict: 'queued' })
  }
  const call = decideDelivery(ask(resumes - 30 * day, { channel: 'phone' }), paused)
  // Legal hours begin later on that day.
  expect(call).toMatchObject({ verdict: 'deferred', reason: 'paused_by_lead', notBefore: resumes + 8 * 60 * minute })
})

test('what the lead asked for itself, and notices to colleagues, go out all the same', () => {
  const paused = given({ paused_until: '2027-03-01', cadence: 'monthly' }, [sent(resumes - 2 * day)])
  expect(decideDelivery(ask(resumes - day, { purpose: 'transactional' }), paused)).toEqual({ verdict: 'queued' })
  expect(decideDelivery(ask(resumes - day, { purpose: 'internal', channel: 'notification' }), paused)).toEqual({
    verdict: 'queued',
  })
})

test('a chosen cadence is a cap of its own: the next message waits its week, and is left out if the step says so', () => {
  const at = Date.UTC(2027, 5, 1, 12)
  const weekly = given({ cadence: 'weekly' }, [sent(at)])
  expect(decideDelivery(ask(at + day), weekly)).toEqual({
    verdict: 'deferred',
    notBefore: at + 7 * day,
    reason: 'lead_cadence',
  })
  expect(decideDelivery(ask(at + 7 * day), weekly)).toEqual({ verdict: 'queued' })
  expect(decideDelivery(ask(at + day, { overCap: 'skip' }), weekly)).toEqual({
    verdict: 'skipped',
    reason: 'lead_cadence',
  })
  expect(decideDelivery(ask(at + day), given({ cadence: 'all' }, [sent(at)]))).toEqual({ verdict: 'queued' })
})

test('a day that is none, or a cadence the company no longer offers, binds nobody', () => {
  const odd = given({ paused_until: 'soon', cadence: 'hourly' }, [sent(resumes)])
  expect(decideDelivery(ask(resumes), odd)).toEqual({ verdict: 'queued' })
})

test('a refused topic stops nurture and promotion about it for good, and nothing else', () => {
  const context = given({ topics: ['milk'], refused_topics: ['cheese'] })
  const about = (topics: string[], more: Partial<MessageIntent> = {}) =>
    decideDelivery(ask(resumes, { topics, ...more }), context)
  for (const purpose of ['nurture', 'promotional'] as const) {
    expect(about(['milk', 'Cheese '], { purpose })).toEqual({ verdict: 'skipped', reason: 'topic_refused' })
    expect(about(['milk'], { purpose })).toEqual({ verdict: 'queued' })
    expect(about([], { purpose })).toEqual({ verdict: 'queued' })
  }
  expect(about(['cheese'], { purpose: 'transactional' })).toEqual({ verdict: 'queued' })
})

test('another’s word only tightens a wish', () => {
  expect(tightenWish('objected', true, false)).toBe(true)
  expect(tightenWish('do_not_call', false, true)).toBe(true)
  expect(tightenWish('paused_until', '2030-01-01', '2029-01-01')).toBe('2030-01-01')
  expect(tightenWish('paused_until', '2030-01-01', '2031-01-01')).toBe('2031-01-01')
  expect(tightenWish('paused_until', '2030-01-01', null)).toBe('2030-01-01')
  expect(tightenWish('refused_topics', ['milk'], ['cheese'])).toEqual(['milk', 'cheese'])
  expect(tightenWish('refused_topics', ['milk'], null)).toEqual(['milk'])
  expect(tightenWish('cadence', 'monthly', 'all')).toBe('monthly')
  expect(tightenWish('city', 'Bern', 'Basel')).toBe('Basel')
})
