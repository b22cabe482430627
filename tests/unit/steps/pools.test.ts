import { describe, expect, test } from 'vitest'
import type { Facts } from '#engine/facts.ts'
import { invite } from '#engine/steps/invite.ts'
import { sendAsset } from '#engine/steps/send-asset.ts'
import {
  aLead,
  aLibrary,
  commandOf,
  dayMs,
  monday,
  portOf,
  problemsOf,
  visit,
  wakeOf,
  type Given,
} from '#tests/support/step-visit.ts'

const url = 'https://x.example/a'
const library = aLibrary([
  { key: 'brochure', title: 'Brochure', url, kind: 'promotional', commitment: 1 },
  { key: 'demo', title: 'Demo', url, commitment: 5 },
  { key: 'guide', title: 'Guide', url, commitment: 2, topics: ['Golf'] },
  { key: 'guide-de', title: 'Führer', url, commitment: 3, topics: ['golf'], lineage: 'guide' },
  { key: 'short', title: 'Short read', url, commitment: 1, topics: ['tennis'] },
  { key: 'pricing', title: 'Price list', url, commitment: 1, stages: ['sales_ready'] },
  { key: 'old', title: 'Old news', url, commitment: 1, expiresOn: '2026-03-01' },
  { key: 'general', title: 'For anyone', url, commitment: 2 },
])

/** Sends again and again until nothing is left. */
function drain(config: Record<string, unknown>, facts: Facts = aLead(), given: Given = {}): string[] {
  const sent: string[] = []
  for (let number = 1; number < 20; number += 1) {
    const outcome = visit(sendAsset, { pool: 'pool', ...config }, { library, ...given, facts, visit: number }).run()
    if (portOf(outcome) === 'dry') return sent
    sent.push(commandOf(outcome, 'deliver').content.assetKey ?? '')
  }
  throw new Error('never dry')
}

describe('next best asset', () => {
  test('educational only, lowest commitment first, each lineage once, no expired ones, stage matched', () => {
    expect(drain({})).toEqual(['short', 'guide', 'general', 'demo'])
  })

  test('promotional ones come last, and only when allowed', () => {
    expect(drain({ allowPromotional: true })).toEqual(['short', 'guide', 'general', 'demo', 'brochure'])
    expect(drain({ purpose: 'promotional' })).toEqual(['short', 'guide', 'general', 'demo', 'brochure'])
  })

  test('a copy of what was received anywhere counts as received', () => {
    expect(drain({}, aLead({ received: { guide: monday } }))).toEqual(['short', 'general', 'demo'])
    const onItsWay = {
      channel: 'email',
      purpose: 'nurture',
      status: 'queued',
      countedAt: monday,
      assetLineage: 'short',
    } as const
    expect(drain({}, aLead({ deliveries: [onItsWay] }))).toEqual(['guide', 'general', 'demo'])
  })

  test('topics come from the step, a field or the tags; an asset without topics suits everyone', () => {
    expect(drain({ topics: ['GOLF'] })).toEqual(['guide', 'general', 'demo'])
    const interested = aLead({ fields: { interest: 'tennis; sailing' } })
    expect(drain({ topicField: 'interest' }, interested)).toEqual(['short', 'general', 'demo'])
    expect(drain({ topicTags: true }, aLead({ tags: { golf: 1, Ringing: 1 } }))).toEqual(['guide', 'general', 'demo'])
  })

  test('when nothing is known of its interests, nothing is left out', () => {
    expect(drain({ topicField: 'interest' })).toEqual(['short', 'guide', 'general', 'demo'])
    expect(drain({ topicTags: true }, aLead({ tags: { Ringing: 1 } }))).toEqual(['short', 'guide', 'general', 'demo'])
  })

  test('what is on a refused topic is left out in the same tick; who gave up its last topic gets what has none', () => {
    const refusing = () => aLead({ fields: { topics: ['golf'], refused_topics: ['tennis'] } })
    expect(drain({}, refusing())).toEqual(['guide', 'general', 'demo'])
    expect(drain({ topics: ['tennis'] }, refusing())).toEqual(['general', 'demo'])
    const nothingLeft = { topics: null, refused_topics: ['golf'] }
    expect(drain({ topicField: 'topics' }, aLead({ fields: nothingLeft }))).toEqual(['general', 'demo'])
    expect(drain({}, aLead({ fields: nothingLeft }))).toEqual(['short', 'general', 'demo'])
    // A given asset is asked about by the gate.
    const given = visit(sendAsset, { asset: 'short' }, { library, facts: refusing() }).run()
    expect(commandOf(given, 'deliver').decision).toEqual({ verdict: 'skipped', reason: 'topic_refused' })
  })

  test('a stage opens what is made for it', () => {
    expect(drain({}, aLead({ stage: 'sales_ready' }))[0]).toBe('short')
    expect(drain({}, aLead({ stage: 'sales_ready' }))).toContain('pricing')
    expect(drain({ matchStage: false })).toContain('pricing')
  })

  test('an asset is good until the end of its last day on the lead’s calendar', () => {
    const lastHour = Date.parse('2026-03-02T04:00:00Z') // still 1 March in New York
    const outcome = visit(sendAsset, { pool: 'pool' }, { library, enteredAt: lastHour, zone: 'America/New_York' }).run()
    expect(commandOf(outcome, 'deliver').content.assetKey).toBe('short')
    expect(drain({}, aLead(), { enteredAt: lastHour, zone: 'America/New_York' })).toContain('old')
  })

  test('a refusal of the gate is about the lead: no other asset is tried', () => {
    const facts = aLead({ suppressed: { email: { at: monday, reason: 'asked' } } })
    const outcome = visit(sendAsset, { pool: 'pool' }, { library, facts }).run()
    expect(portOf(outcome)).toBe('skipped')
    expect(commandOf(outcome, 'deliver').decision).toEqual({ verdict: 'skipped', reason: 'suppressed' })
    expect(facts.received).toEqual({})
  })
})

describe('a dry pool', () => {
  const everything = () => aLead({ received: { short: 1, guide: 1, general: 1, demo: 1 } })

  test('takes the other pool', () => {
    const other = { ...library, pools: { ...library.pools, more: { key: 'more', name: 'More', assets: ['pricing'] } } }
    const config = { pool: 'pool', whenDry: 'other_pool', otherPool: 'more', matchStage: false }
    const facts = aLead({ received: { short: 1, guide: 1, general: 1, demo: 1 } })
    const first = visit(sendAsset, config, { library: other, facts }).run()
    expect(commandOf(first, 'deliver').content.assetKey).toBe('pricing')
    expect(portOf(visit(sendAsset, config, { library: other, facts, visit: 2 }).run())).toBe('dry')
  })

  test('looks again at fixed times, whatever else wakes it, and sends what has come', () => {
    const facts = everything()
    const step = visit(sendAsset, { pool: 'pool', whenDry: 'wait', lookAgainAfter: 'P7D' }, { library, facts })
    expect(wakeOf(step.run())).toBe('2026-03-09T12:00:00.000Z')
    expect(wakeOf(step.run(monday + 3 * dayMs))).toBe('2026-03-09T12:00:00.000Z')
    expect(wakeOf(step.run(monday + 7 * dayMs))).toBe('2026-03-16T12:00:00.000Z')
    facts.stage = 'sales_ready'
    expect(commandOf(step.run(monday + 14 * dayMs), 'deliver').content.assetKey).toBe('pricing')
  })

  test('gives up after the time the author set', () => {
    const step = visit(
      sendAsset,
      { pool: 'pool', whenDry: 'wait', giveUpAfter: 'P10D' },
      { library, facts: everything() },
    )
    step.run()
    expect(wakeOf(step.run(monday + 7 * dayMs))).toBe('2026-03-12T12:00:00.000Z')
    expect(portOf(step.run(monday + 10 * dayMs))).toBe('dry')
  })
})

describe('a given asset', () => {
  test('is not sent twice while nurturing, but again to who asks for it again', () => {
    const facts = aLead({ received: { guide: monday } })
    const twice = visit(sendAsset, { asset: 'guide-de' }, { library, facts }).run()
    expect(portOf(twice)).toBe('skipped')
    expect(commandOf(twice, 'deliver').decision).toEqual({ verdict: 'skipped', reason: 'duplicate' })
    expect(
      portOf(visit(sendAsset, { asset: 'guide-de', purpose: 'transactional' }, { library, facts, visit: 2 }).run()),
    ).toBe('next')
  })

  test('is the one the entry event names, else the one chosen', () => {
    const config = { assetProperty: 'asset', asset: 'general', purpose: 'transactional' }
    const named = visit(sendAsset, config, { library, properties: { asset: 'guide' } }).run()
    expect(commandOf(named, 'deliver').content.assetKey).toBe('guide')
    const unknown = visit(sendAsset, config, { library, properties: { asset: 'constructor' } }).run()
    expect(commandOf(unknown, 'deliver').content.assetKey).toBe('general')
    expect(portOf(visit(sendAsset, { assetProperty: 'asset' }, { library }).run())).toBe('skipped')
  })

  test('is left out when it is gone, expired or promotional', () => {
    for (const asset of ['gone', 'old', 'brochure']) {
      const outcome = visit(sendAsset, { asset }, { library }).run()
      expect(portOf(outcome)).toBe('skipped')
      expect(outcome.commands ?? []).toEqual([])
    }
  })

  test('problems are found before publishing', () => {
    expect(problemsOf(sendAsset, {}, library)).toEqual(['STEP_CONFIG_INVALID asset'])
    expect(problemsOf(sendAsset, { asset: 'guide', pool: 'pool' }, library)).toEqual(['STEP_CONFIG_INVALID pool'])
    expect(problemsOf(sendAsset, { asset: 'brochure' }, library)).toEqual(['PROMOTIONAL_IN_NURTURE asset'])
    expect(problemsOf(sendAsset, { asset: 'brochure', allowPromotional: true }, library)).toEqual([])
    expect(problemsOf(sendAsset, { pool: 'gone', topicField: 'x' }, library)).toEqual([
      'REFERENCE_MISSING pool',
      'FIELD_UNKNOWN topicField',
    ])
    expect(problemsOf(sendAsset, { pool: 'pool', whenDry: 'other_pool' }, library)).toEqual([
      'STEP_CONFIG_INVALID otherPool',
    ])
    const ads = { ...library, pools: { pool: { key: 'pool', name: 'Ads', assets: ['brochure'] } } }
    expect(problemsOf(sendAsset, { pool: 'pool' }, ads)).toEqual(['PROMOTIONAL_IN_NURTURE pool'])
  })
})

describe('invite', () => {
  const config = { pool: 'pool', limit: 2 }

  test('counts each invitation and stops at the limit', () => {
    const facts = aLead()
    for (const number of [1, 2]) {
      const outcome = visit(invite, config, { library, facts, visit: number }).run()
      expect(commandOf(outcome, 'deliver').countsAs).toBe('invited')
    }
    expect(facts.totals['invited']?.count).toBe(2)
    expect(portOf(visit(invite, config, { library, facts, visit: 3 }).run())).toBe('limit')
  })

  test('looked at again, the last invitation allowed is not taken for one too many', () => {
    const step = visit(invite, { pool: 'pool', limit: 1 }, { library })
    step.run()
    expect(portOf(step.run())).toBe('next')
  })

  test('a refused invitation does not count', () => {
    const facts = aLead({ fields: { email: null } })
    visit(invite, config, { library, facts }).run()
    expect(facts.totals['invited']).toBeUndefined()
  })
})
