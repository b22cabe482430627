import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdout } from '#engine/steps/holdout.ts'
import { sendAsset } from '#engine/steps/send-asset.ts'
import { split } from '#engine/steps/split.ts'
import { aLead, aLibrary, commandOf, monday, portOf, visit } from '#tests/support/step-visit.ts'

const seed = 20_260_302

describe('a sticky split', () => {
  test('takes each share, within five standard errors, whatever the weights and the step', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 5 })
      .filter((parts) => parts.some((part) => part > 0))
    fc.assert(
      fc.property(weights, fc.string({ minLength: 1, maxLength: 8 }), (parts, stepId) => {
        const total = parts.reduce((sum, part) => sum + part, 0)
        const ways = parts.map((part, index) => ({ id: `w${index}`, percent: (part / total) * 100 }))
        const leads = 2000
        const counts = new Map<string, number>()
        for (let lead = 0; lead < leads; lead += 1) {
          const port = portOf(visit(split, { ways }, { facts: aLead({ leadId: `lead-${lead}` }), stepId }).peek())
          counts.set(port, (counts.get(port) ?? 0) + 1)
        }
        for (const { id, percent } of ways) {
          const share = percent / 100
          const slack = 5 * Math.sqrt(leads * share * (1 - share))
          expect(Math.abs((counts.get(`way:${id}`) ?? 0) - leads * share)).toBeLessThanOrEqual(slack)
        }
      }),
      { seed, numRuns: 20 },
    )
  })

  test('two splits, and a split and a hold-out, are drawn independently', () => {
    let both = 0
    let held = 0
    const leads = 4000
    for (let lead = 0; lead < leads; lead += 1) {
      const facts = aLead({ leadId: `lead-${lead}` })
      const one = portOf(visit(split, {}, { facts, stepId: 'one' }).peek()) === 'way:a'
      if (one && portOf(visit(split, {}, { facts, stepId: 'two' }).peek()) === 'way:a') both += 1
      if (one && portOf(visit(holdout, { percent: 50 }, { facts, stepId: 'three' }).peek()) === 'held_out') held += 1
    }
    const slack = 5 * Math.sqrt(leads * 0.25 * 0.75)
    expect(Math.abs(both - leads / 4)).toBeLessThan(slack)
    expect(Math.abs(held - leads / 4)).toBeLessThan(slack)
  })
})

describe('a pool', () => {
  const assets = fc.uniqueArray(
    fc.record({
      key: fc.integer({ min: 0, max: 30 }).map((n) => `a${n}`),
      lineage: fc.option(
        fc.integer({ min: 0, max: 8 }).map((n) => `line${n}`),
        { nil: undefined },
      ),
      kind: fc.constantFrom('educational' as const, 'promotional' as const),
      commitment: fc.integer({ min: 1, max: 5 }),
      topics: fc.subarray(['golf', 'tennis']),
      stages: fc.subarray(['new' as const, 'customer' as const]),
      expiresOn: fc.constantFrom(undefined, '2026-03-01', '2027-01-01'),
    }),
    { selector: ({ key }) => key, maxLength: 15 },
  )

  test('never repeats a lineage, sends nothing that does not fit, and runs dry in the end', () => {
    fc.assert(
      fc.property(assets, fc.boolean(), fc.subarray(['golf', 'tennis']), (given, allowPromotional, topics) => {
        const library = aLibrary(
          given.map(({ lineage, expiresOn, ...asset }) => ({
            ...asset,
            title: asset.key,
            url: 'https://x.example',
            ...(lineage === undefined ? {} : { lineage }),
            ...(expiresOn === undefined ? {} : { expiresOn }),
          })),
        )
        const facts = aLead()
        const lineages: string[] = []
        const commitments: number[] = []
        for (let number = 1; ; number += 1) {
          expect(number).toBeLessThanOrEqual(given.length + 1)
          const outcome = visit(
            sendAsset,
            { pool: 'pool', allowPromotional, topics },
            { library, facts, visit: number },
          ).run()
          if (portOf(outcome) === 'dry') break
          const { content, assetLineage } = commandOf(outcome, 'deliver')
          const asset = library.assets[content.assetKey ?? '']
          if (asset === undefined) throw new Error('sent something that is not there')
          expect(lineages).not.toContain(assetLineage)
          lineages.push(assetLineage ?? '')
          commitments.push((asset.kind === 'promotional' ? 10 : 0) + asset.commitment)
          expect(asset.kind === 'promotional' && !allowPromotional).toBe(false)
          expect(asset.expiresOn === '2026-03-01').toBe(false)
          expect(asset.stages.length === 0 || asset.stages.includes('new')).toBe(true)
          const suits =
            topics.length === 0 || asset.topics.length === 0 || asset.topics.some((topic) => topics.includes(topic))
          expect(suits).toBe(true)
        }
        // What remains unsent is unsent for a reason: its lineage was sent, or it does not fit.
        const unsent = given.filter(({ key, lineage }) => !lineages.includes(lineage ?? key))
        for (const asset of unsent) {
          const fits =
            (asset.kind === 'educational' || allowPromotional) &&
            asset.expiresOn !== '2026-03-01' &&
            (asset.stages.length === 0 || asset.stages.includes('new')) &&
            (topics.length === 0 || asset.topics.length === 0 || asset.topics.some((topic) => topics.includes(topic)))
          expect(fits).toBe(false)
        }
        expect(commitments).toEqual(commitments.toSorted((one, other) => one - other))
      }),
      { seed, numRuns: 300 },
    )
  })

  test('the same lead asked at the same instant is given the same asset', () => {
    const library = aLibrary([
      { key: 'a', title: 'A', url: 'https://x.example' },
      { key: 'b', title: 'B', url: 'https://x.example' },
    ])
    const step = visit(sendAsset, { pool: 'pool' }, { library })
    expect(step.peek(monday)).toEqual(step.peek(monday))
  })
})
