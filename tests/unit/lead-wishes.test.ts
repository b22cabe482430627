// What the lead chose in the preference centre binds the gate: to the minute, in its zone.
import { expect, test } from 'vitest'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import type { FactDelivery } from '#engine/facts.ts'
import type { MessageIntent } from '#engine/gate/types.ts'
import { contactPolicySchema } from '#engine/library.ts'

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
