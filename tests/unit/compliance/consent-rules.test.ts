import { describe, expect, test } from 'vitest'
import { consentNeed, consentRules } from '#engine/compliance/consent-rules.ts'
import { explainReason } from '#engine/gate/explain.ts'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import { reasonTexts } from '#engine/gate/reason-texts.ts'
import { contactPolicySchema } from '#engine/library.ts'
import { contactChannels, gateReasons, type ConsentBasis, type ContactChannel } from '#engine/vocabulary.ts'

const individuals = contactPolicySchema.parse({})
const businesses = contactPolicySchema.parse({ leadsAre: 'businesses' })
const today = Date.UTC(2026, 10, 22)
const dayMs = 86_400_000

function verdict(
  channel: ContactChannel,
  country: string | null,
  given: { basis: ConsentBasis; expiresAt?: number } | 'denied' | null,
  more: { now?: number; policy?: typeof individuals } = {},
): string {
  const { now = today + dayMs / 2, policy = individuals } = more
  const context: GateContext = {
    facts: {
      erased: false,
      fields: { email: 'ada@example.test', country },
      totals: {},
      deliveries: [],
      consents:
        given === null
          ? {}
          : {
              [`nurture:${channel}`]:
                given === 'denied'
                  ? { state: 'denied', at: 0, expiresAt: null }
                  : { state: 'granted', at: 0, expiresAt: given.expiresAt ?? null, basis: given.basis },
            },
      suppressed: {},
      doNot: { email: false, postcard: false, phone: false },
    },
    library: { policy: { ...policy, callWindow: { ...policy.callWindow, from: '00:00', to: '00:00' } } },
    settings: { callCoolOff: 'PT0S' },
    zone: 'UTC',
  }
  const decision = decideDelivery({ channel, purpose: 'nurture', now, staleAt: null, overCap: 'defer' }, context)
  return decision.verdict === 'queued' ? 'allowed' : decision.reason
}

describe('each consent rule', () => {
  test.each(consentRules.map((rule) => [rule.id, rule] as const))(
    '%s refuses without and allows with a consent',
    (_, rule) => {
      const country = rule.countries[0] ?? ''
      // On a Monday morning no law of hours stands against a call.
      const now = Date.UTC(2026, 10, 23, 10)
      expect(verdict(rule.channel, country, null, { now })).toBe('no_consent')
      expect(verdict(rule.channel, country, 'denied', { now })).toBe('no_consent')
      expect(verdict(rule.channel, country, { basis: 'legitimate_interest' }, { now })).toBe('no_consent')
      for (const basis of rule.bases)
        expect(['allowed', 'outside_window']).toContain(verdict(rule.channel, country, { basis }, { now }))
      const ends = { basis: 'consent' as const, expiresAt: now }
      expect(verdict(rule.channel, country, { ...ends, expiresAt: now }, { now })).toBe('consent_expired')
      expect(['allowed', 'outside_window']).toContain(
        verdict(rule.channel, country, { ...ends, expiresAt: now + 60_000 }, { now }),
      )
    },
  )

  test.each(consentRules.map((rule) => [rule.id, rule] as const))('%s binds from its day on', (_, rule) => {
    const country = rule.countries[0] ?? ''
    const begins = Date.parse(`${rule.since}T00:00:00Z`)
    expect(consentNeed(rule.channel, country, begins, individuals).rule).toBe(rule.id)
    expect(consentNeed(rule.channel, country, begins - 60_000, individuals).rule).not.toBe(rule.id)
    expect(rule.citation.length).toBeGreaterThan(8)
  })

  test('laws for individuals do not bind a company whose leads are businesses; others do', () => {
    expect(verdict('email', 'France', null, { policy: businesses })).toBe('allowed')
    expect(verdict('email', 'Germany', null, { policy: businesses })).toBe('no_consent')
    expect(verdict('email', 'Canada', null, { policy: businesses })).toBe('no_consent')
  })

  test('where no law asks for one, the company does or does not; an unknown country is the company’s to decide', () => {
    const strict = contactPolicySchema.parse({ requireConsent: true })
    for (const country of ['US', 'India', 'Atlantis', null]) {
      expect(verdict('email', country, null)).toBe('allowed')
      expect(verdict('email', country, null, { policy: strict })).toBe('no_consent')
      expect(verdict('email', country, { basis: 'legitimate_interest' }, { policy: strict })).toBe('allowed')
    }
  })

  test('France: calls without consent end on 11 August 2026, local law and UTC day', () => {
    const before = Date.UTC(2026, 7, 10, 10)
    expect(verdict('phone', 'FR', null, { now: before })).toBe('allowed')
    expect(verdict('phone', 'FR', null, { now: before + dayMs })).toBe('no_consent')
  })

  test('no two rules speak of the same country and channel', () => {
    const keys = consentRules.flatMap(({ countries, channel }) => countries.map((country) => `${country}:${channel}`))
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(consentRules.map(({ channel }) => channel)).size).toBeLessThanOrEqual(contactChannels.length)
  })
})

describe('explainReason()', () => {
  test.each(gateReasons)('%s has words and something a person can do', (reason) => {
    expect(reasonTexts[reason].words).toMatch(/^[A-Z].+\.$/)
    expect(reasonTexts[reason].remedy).toMatch(/^[A-Z].+/)
    expect(explainReason(reason)).toMatchObject({ reason, rule: reason, notBefore: null })
  })
})
