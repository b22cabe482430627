import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeRule } from '#engine/conditions/describe.ts'
import { evaluate } from '#engine/conditions/evaluate.ts'
import { ruleNeeds } from '#engine/conditions/needs.ts'
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import type { Facts } from '#engine/facts.ts'
import { emptyLibrary } from '#engine/library.ts'
import { anchors, exampleLeads, exampleLibrary, factsOf } from '../../support/lead-facts.ts'
import { combine, compareRules, otherRules, withSegments } from '../../support/rule-cases.ts'

const seed = 7
const leaves = [...compareRules(exampleLibrary(), 4, seed), ...otherRules(10, seed)]
const library = withSegments(exampleLibrary(), leaves, seed)
const leads = exampleLeads(150, seed).map(factsOf)
const dayMs = 86_400_000

/** A lead, a moment next to something that happened to it or to a change of clocks, and a zone. */
const momentArb = fc
  .tuple(fc.constantFrom(...leads), fc.constantFrom(...anchors), fc.nat(), fc.integer({ min: -2, max: 2 }))
  .map(([facts, { at, zone }, pick, nudge]) => {
    const happened = Object.values(facts.events)
      .flat()
      .map(({ occurredAt }) => occurredAt)
    return { facts, zone, now: ([at, ...happened][pick % (happened.length + 1)] ?? at) + nudge }
  })

/** The values at instants before `recheckAt`: early, last of all, and at a share of the way. */
function valuesUntilRecheck(
  rule: Rule,
  { facts, zone, now }: { facts: Facts; zone: string; now: number },
  share: number,
) {
  const first = evaluate(rule, { facts, library, now, zone })
  const end = first.recheckAt ?? now + 40 * 365 * dayMs
  const instants = [now + 1, now + Math.floor((end - 1 - now) * share), end - 1].filter((later) => later < end)
  const later = instants.map((instant) => evaluate(rule, { facts, library, now: instant, zone, trace: false }))
  return {
    isLater: end > now,
    values: [first.value, ...later.map(({ value }) => value)],
    rechecks: later.map(({ recheckAt }) => (recheckAt ?? Infinity) >= end),
  }
}

describe('recheckAt', () => {
  test('until then the value of any rule stays what it is', () => {
    const rules = [...leaves, ...combine(leaves, Object.keys(library.segments), 500, seed)]
    fc.assert(
      fc.property(
        fc.constantFrom(...rules),
        momentArb,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rule, moment, share) => {
          const { isLater, values, rechecks } = valuesUntilRecheck(rule, moment, share)
          expect(isLater).toBe(true)
          expect(new Set(values).size).toBe(1)
          // Asking again earlier never brings the promise forward.
          expect(rechecks).not.toContain(false)
        },
      ),
      { seed, numRuns: 20_000 },
    )
  })

  test('at that instant a single condition does change: nobody is woken for nothing', () => {
    const timed = leaves.filter((rule) => rule.kind === 'compare' || rule.kind === 'count' || rule.kind === 'delivered')
    let changes = 0
    fc.assert(
      fc.property(fc.constantFrom(...timed), momentArb, (rule, { facts, zone, now }) => {
        const { value, recheckAt } = evaluate(rule, { facts, library, now, zone })
        if (recheckAt === null) return
        changes += 1
        expect(evaluate(rule, { facts, library, now: recheckAt, zone }).value).toBe(!value)
      }),
      { seed, numRuns: 20_000 },
    )
    expect(changes).toBeGreaterThan(1000)
  })
})

describe('evaluate()', () => {
  test('does not depend on whether a trace is asked for, and the trace says the same', () => {
    const rules = [...leaves, ...combine(leaves, Object.keys(library.segments), 200, seed)]
    fc.assert(
      fc.property(fc.constantFrom(...rules), momentArb, (rule, { facts, zone, now }) => {
        const traced = evaluate(rule, { facts, library, now, zone })
        const plain = evaluate(rule, { facts, library, now, zone, trace: false })
        expect([plain.value, plain.recheckAt, plain.dependsOn]).toEqual([
          traced.value,
          traced.recheckAt,
          traced.dependsOn,
        ])
        expect(traced.trace.value).toBe(traced.value)
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('looks at nothing that its needs do not name', () => {
    const rules = [...leaves, ...combine(leaves, Object.keys(library.segments), 300, seed)]
    fc.assert(
      fc.property(fc.constantFrom(...rules), momentArb, (rule, { facts, zone, now }) => {
        const { needs } = ruleNeeds(rule, library)
        const pick = <Value>(from: Record<string, Value>, keys: readonly string[]) =>
          Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)))
        const loaded = {
          ...facts,
          events: pick(facts.events, needs.events),
          totals: pick(facts.totals, needs.events),
          answers: pick(facts.answers, needs.surveys),
          received: needs.received ? facts.received : {},
          deliveries: needs.deliveries ? facts.deliveries : [],
        }
        const all = evaluate(rule, { facts, library, now, zone })
        expect(evaluate(rule, { facts: loaded, library, now, zone })).toEqual(all)
      }),
      { seed, numRuns: 3000 },
    )
  })
})

test('describeRule() has a sentence for every rule, whether or not what it names exists', () => {
  const rules = [...leaves, ...combine(leaves, Object.keys(library.segments), 300, seed)]
  for (const rule of rules) {
    for (const known of [library, emptyLibrary()]) {
      const sentence = describeRule(rule, known)
      expect(sentence).not.toBe('')
      expect(sentence).not.toMatch(/undefined|\[object|NaN/)
    }
  }
})

test('every generated rule survives a round trip through its schema', () => {
  for (const rule of leaves) expect(ruleSchema.parse(JSON.parse(JSON.stringify(rule)))).toEqual(rule)
})
