import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayCall, nextCallInstant } from '#engine/compliance/call-windows.ts'
import type { Location } from '#engine/compliance/places.ts'
import { locationOf } from '#engine/compliance/places.ts'
import type { Facts, Instant } from '#engine/facts.ts'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import { explainDecision } from '#engine/gate/explain.ts'
import { weekdays } from '#engine/graph/schema.ts'
import { contactPolicySchema } from '#engine/library.ts'
import { consentBases, contactChannels, purposes } from '#engine/vocabulary.ts'

const seed = 20_262
const minute = 60_000
const start = Date.UTC(2026, 2, 1)

/** Any minute of 2026 and 2027, with its clock changes and holidays. */
const instant = fc.integer({ min: 0, max: 660 * 24 * 60 }).map((minutes) => start + minutes * minute)
const location: fc.Arbitrary<Location> = fc.record({
  country: fc.constantFrom('US', 'United States', 'FR', 'Canada', 'AU', 'ES', 'IN', 'RU', null),
  region: fc.constantFrom('TX', 'FL', 'PA', 'KY', 'NY', 'Utah', 'ON', 'NSW', 'nowhere', null),
  postalCode: fc.constantFrom('73301', '10001', '96813', 'M5V 2T6', null),
  zone: fc.constantFrom(
    'America/New_York',
    'America/Chicago',
    'Pacific/Honolulu',
    'Europe/Paris',
    'Asia/Kathmandu',
    null,
  ),
})
const time = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:30`)
const hours = fc.record({
  window: fc.record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: time, to: time }),
  zone: fc.constantFrom('UTC', 'Asia/Kolkata'),
})

describe('nextCallInstant()', () => {
  test('is allowed, is never in the past, and the minute before it is not allowed', () => {
    let [moved, never] = [0, 0]
    fc.assert(
      fc.property(location, instant, hours, (lead, now, own) => {
        const next = nextCallInstant(lead, now, own)
        const verdict = mayCall(lead, now, own)
        expect(verdict.nextInstant).toBe(next)
        expect(verdict.allowed).toBe(next === now)
        if (next === null) {
          never += 1
          return
        }
        expect(next).toBeGreaterThanOrEqual(now)
        expect(mayCall(lead, next, own).allowed).toBe(true)
        if (next === now) return
        moved += 1
        expect(mayCall(lead, next - 1, own).allowed).toBe(false)
        expect(mayCall(lead, Math.max(now, next - minute), own).allowed).toBe(false)
      }),
      { seed, numRuns: 700 },
    )
    expect(moved).toBeGreaterThan(150)
    expect(never).toBeLessThan(500)
  })

  test('to know more of a lead only ever opens hours: a state allows whatever the whole country allows', () => {
    fc.assert(
      fc.property(fc.constantFrom('TX', 'FL', 'PA', 'NY', 'HI', 'RI'), instant, (region, now) => {
        const own = { window: { days: [...weekdays], from: '00:00', to: '00:00' }, zone: 'UTC' }
        const nowhere = { country: 'US', region: null, postalCode: null, zone: null }
        if (mayCall(nowhere, now, own).allowed) expect(mayCall({ ...nowhere, region }, now, own).allowed).toBe(true)
      }),
      { seed, numRuns: 800 },
    )
  })
})

const consent = fc.record({
  state: fc.constantFrom('granted' as const, 'denied' as const),
  at: fc.constant(start),
  expiresAt: fc.option(instant),
  basis: fc.constantFrom(...consentBases),
})
const facts: fc.Arbitrary<GateContext['facts']> = fc
  .record({
    location,
    objected: fc.boolean(),
    consents: fc.dictionary(
      fc.constantFrom('nurture:email', 'promotional:email', 'nurture:phone', 'nurture:postcard'),
      consent,
    ),
    suppressed: fc.subarray([...contactChannels]),
    doNot: fc.record({ email: fc.boolean(), postcard: fc.boolean(), phone: fc.boolean() }),
    listedOn: fc.subarray(['us', 'company']),
    asOf: fc.option(instant),
    downloadedAt: fc.option(instant),
  })
  .map((parts) => ({
    erased: false,
    fields: {
      email: 'a@b.example',
      country: parts.location.country,
      region: parts.location.region,
      zone: parts.location.zone,
      objected: parts.objected,
    },
    totals: (parts.downloadedAt === null
      ? {}
      : { downloaded: { count: 1, firstAt: parts.downloadedAt, lastAt: parts.downloadedAt } }) as Facts['totals'],
    deliveries: [],
    consents: parts.consents,
    suppressed: Object.fromEntries(parts.suppressed.map((channel) => [channel, { at: start, reason: 'unsubscribed' }])),
    doNot: parts.doNot,
    callLists: {
      listedOn: parts.listedOn,
      registries: parts.asOf === null ? [] : [{ registry: 'us', asOf: parts.asOf }],
    },
  }))
const question = fc.record({
  channel: fc.constantFrom(...contactChannels),
  purpose: fc.constantFrom(...purposes),
  now: instant,
  staleAt: fc.constant(null),
  overCap: fc.constant('defer' as const),
})
const policy = fc
  .record({ requireConsent: fc.boolean(), leadsAre: fc.constantFrom('individuals' as const, 'businesses' as const) })
  .map((parts) => contactPolicySchema.parse(parts))

/** When it would go; infinity when never. */
function goesAt(intent: Parameters<typeof decideDelivery>[0], context: GateContext): Instant {
  const decision = decideDelivery(intent, context)
  return decision.verdict === 'skipped' ? Infinity : decision.verdict === 'queued' ? intent.now : decision.notBefore
}

describe('the gate is monotone', () => {
  const stricter: [string, (facts: GateContext['facts']) => GateContext['facts']][] = [
    ['suppressions', (known) => ({ ...known, suppressed: { ...known.suppressed, email: { at: start, reason: 'x' } } })],
    ['a do-not flag', (known) => ({ ...known, doNot: { ...known.doNot, phone: true } })],
    ['an objection', (known) => ({ ...known, fields: { ...known.fields, objected: true } })],
    [
      'a do-not-call list',
      (known) => ({ ...known, callLists: { listedOn: ['company'], registries: known.callLists?.registries ?? [] } }),
    ],
    [
      'a refusal',
      (known) => ({
        ...known,
        consents: { ...known.consents, 'nurture:email': { state: 'denied', at: start, expiresAt: null } },
      }),
    ],
  ]

  test.each(stricter)('%s added never turn a refusal into a yes, nor let anything go earlier', (_, add) => {
    fc.assert(
      fc.property(facts, question, policy, (known, intent, company) => {
        const context = { facts: known, library: { policy: company }, settings: { callCoolOff: 'P1D' }, zone: 'UTC' }
        const after = goesAt(intent, { ...context, facts: add(known) })
        expect(after).toBeGreaterThanOrEqual(goesAt(intent, context))
      }),
      { seed, numRuns: 600 },
    )
  })

  test('a company that asks for consent, or says its leads are persons, is never laxer than one that does not', () => {
    fc.assert(
      fc.property(facts, question, (known, intent) => {
        const under = (settings: Parameters<typeof contactPolicySchema.parse>[0]) =>
          goesAt(intent, {
            facts: known,
            library: { policy: contactPolicySchema.parse(settings) },
            settings: { callCoolOff: 'PT0S' },
            zone: 'UTC',
          })
        expect(under({ requireConsent: true })).toBeGreaterThanOrEqual(under({ requireConsent: false }))
        expect(under({ leadsAre: 'individuals' })).toBeGreaterThanOrEqual(under({ leadsAre: 'businesses' }))
      }),
      { seed, numRuns: 600 },
    )
  })

  test('every refusal is explained, and its instant is the gate’s own', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(facts, question, policy, (known, intent, company) => {
        const context = { facts: known, library: { policy: company }, settings: { callCoolOff: 'P1D' }, zone: 'UTC' }
        const { allowed, notBefore, why } = explainDecision(intent, context)
        expect(allowed).toBe(goesAt(intent, context) === intent.now)
        if (allowed || why === null) return
        seen.add(why.reason)
        expect(notBefore ?? Infinity).toBe(goesAt(intent, context))
        expect([why.words, why.remedy, why.rule].every((text) => text.length > 3)).toBe(true)
        if (why.reason === 'outside_window' && intent.channel === 'phone') {
          const hours = { window: company.callWindow, zone: 'UTC' }
          const refused = [intent.now, (notBefore ?? intent.now) - 1].map((at) =>
            mayCall(locationOf(known.fields), at, hours),
          )
          expect(refused.filter((one) => !one.allowed).map((one) => one.rule)).toContain(why.rule)
        }
      }),
      { seed, numRuns: 2000 },
    )
    for (const reason of [
      'objected',
      'suppressed',
      'do_not_call',
      'dnc_listed',
      'dnc_stale',
      'outside_window',
      'cool_off',
      'no_consent',
      'consent_expired',
      'no_address',
      'do_not_email',
    ])
      expect(seen).toContain(reason)
  })
})
