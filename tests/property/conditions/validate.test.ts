import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRule } from '#db/rules/compile.ts'
import { evaluate } from '#engine/conditions/evaluate.ts'
import { compareOps, countOps, type PropertyFilter, type Rule, type RuleValue } from '#engine/conditions/schema.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import { EngineError } from '#engine/errors.ts'
import type { Library } from '#engine/library.ts'
import { exampleLeads, exampleLibrary, factsOf } from '../../support/lead-facts.ts'
import { allPropertyOps } from '../../support/rule-cases.ts'

const seed = 11
const leads = exampleLeads(20, seed).map(factsOf)
const library: Library = {
  ...exampleLibrary(),
  segments: {
    good: { kind: 'has_tag', tag: 'x' },
    circular: { kind: 'not', rule: { kind: 'in_segment', segment: 'circular' } },
    broken: { kind: 'any', rules: [{ kind: 'compare', field: 'gone', op: 'known' }] },
  },
}

/** Any value an author, a file or another program might write. */
const scalarArb = fc.constantFrom<string | number>(
  '',
  'x',
  '\0',
  'gold',
  'golf',
  '2026-01-01',
  '2026-02-30',
  '2026-01-01T09:00Z',
  'P3D',
  'P0D',
  'soon',
  5,
  -1,
  0.5,
)
const valueArb = fc.option(
  fc.oneof(scalarArb, fc.boolean(), fc.array(scalarArb, { maxLength: 3 })) as fc.Arbitrary<RuleValue>,
  {
    nil: undefined,
  },
)
const given = (value: object) => Object.fromEntries(Object.entries(value).filter((entry) => entry[1] !== undefined))
const filterArb = fc
  .record({
    property: fc.constantFrom('asset', 'amount', '\0'),
    op: fc.constantFrom(...allPropertyOps),
    value: valueArb,
  })
  .map((filter) => given(filter) as PropertyFilter)
const withinArb = fc.constantFrom(undefined, 'P3D', 'P0D', 'P1Y')

const conditionArb: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .record({
      kind: fc.constant('compare' as const),
      field: fc.constantFrom(
        'company',
        'amount',
        'vip',
        'tier',
        'stage',
        'interests',
        'birthday',
        'renewed_at',
        'created_at',
        'gone',
        'toString',
      ),
      op: fc.constantFrom(...compareOps),
      value: valueArb,
    })
    .map((rule) => given(rule) as Rule),
  fc
    .record({
      kind: fc.constant('count' as const),
      event: fc.constantFrom('downloaded', '\0'),
      where: fc.option(fc.array(filterArb, { maxLength: 2 }), { nil: undefined }),
      within: withinArb,
      op: fc.constantFrom(...countOps),
      n: fc.nat(3),
    })
    .map((rule) => given(rule) as Rule),
  fc
    .record({
      kind: fc.constant('answered' as const),
      survey: fc.constantFrom('why', 'gone'),
      question: fc.constantFrom('reason', 'gone'),
      op: fc.option(fc.constantFrom(...allPropertyOps), { nil: undefined }),
      value: valueArb,
    })
    .map((rule) => given(rule) as Rule),
  fc.constantFrom('good', 'circular', 'broken', 'gone').map((segment): Rule => ({ kind: 'in_segment', segment })),
)

const ruleArb: fc.Arbitrary<Rule> = fc.oneof(
  { arbitrary: conditionArb, weight: 4 },
  fc.array(conditionArb, { minLength: 1, maxLength: 3 }).map((rules): Rule => ({ kind: 'all', rules })),
  conditionArb.map((rule): Rule => ({ kind: 'not', rule })),
)

function throwsWhenUsed(rule: Rule): boolean {
  try {
    for (const facts of leads) evaluate(rule, { facts, library, now: 0, zone: 'UTC' })
    compileRule(rule, { library, now: new Date(0), zone: 'UTC' })
    return false
  } catch (error) {
    if (error instanceof EngineError && error.code === 'RULE_UNCOMPILABLE') return true
    throw error
  }
}

test('a rule without issues is never refused later, and one that would be refused has an issue', () => {
  const seen = { sound: 0, refused: 0 }
  fc.assert(
    fc.property(ruleArb, (rule) => {
      const isSound = validateRule(rule, library).length === 0
      const isRefused = throwsWhenUsed(rule)
      seen.sound += isSound ? 1 : 0
      seen.refused += isRefused ? 1 : 0
      expect(isSound && isRefused).toBe(false)
    }),
    { seed, numRuns: 10_000 },
  )
  expect(seen.sound).toBeGreaterThan(500)
  expect(seen.refused).toBeGreaterThan(500)
})
