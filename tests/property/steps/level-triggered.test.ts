import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts, Instant } from '#engine/facts.ts'
import { surveySchema } from '#engine/library.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { aLead, aLibrary, dayMs, hourMs, monday, visit, type Given } from '#tests/support/step-visit.ts'

const seed = 20_260_302
const rule = { kind: 'compare', field: 'score', op: 'gte', value: 10 }
/** Each step type with the settings that make it do most. */
const configs: Record<string, Record<string, unknown>> = {
  entry: { triggers: [{ id: 'manual', kind: 'manual' }] },
  send_email: { subject: 'A', body: 'B', overCap: 'escalate' },
  send_postcard: { headline: 'A', body: 'B' },
  send_asset: { pool: 'pool', whenDry: 'wait', lookAgainAfter: 'P2D', giveUpAfter: 'P5D' },
  invite: { pool: 'pool', limit: 3, whenDry: 'wait' },
  notify: { message: 'A' },
  wait: { duration: 'P2D', businessDays: true, time: '09:00' },
  wait_until_date: { field: 'birthday', yearly: true, ifMissing: 'wait' },
  wait_for_event: { event: 'clicked', timeout: 'P3D' },
  wait_for_rule: { rule, timeout: 'P3D' },
  branch: { cases: [{ id: 'a', when: rule }] },
  go_to: { target: 'a', maxVisits: 2 },
  send_survey: { survey: 'why' },
  ask_question: { survey: 'why' },
  branch_on_answer: { survey: 'why', question: 'reason', cases: [{ id: 'a', values: ['a'] }] },
  escalate_to_call: { reason: 'A', sla: 'PT4H', expireAfter: 'P2D' },
  create_task: { title: 'A', sla: 'PT4H', waitForOutcome: true },
  assign_owner: { owners: [{ id: 'eva' }, { id: 'max' }] },
  promote: { stage: 'engaged', coolDownDays: 2 },
  demote: { attention: 'inactive' },
  set_field: { field: 'company', value: 'Acme' },
  add_tag: { tag: 'vip' },
  remove_tag: { tag: 'vip' },
  set_consent: { wording: 'A' },
  enroll_in: { journey: 'a' },
  leave_journey: { journey: 'a' },
  record_event: { event: 'clicked' },
  webhook: { url: 'https://x.example' },
}
const survey = surveySchema.parse({
  key: 'why',
  title: 'Why',
  questions: [{ id: 'reason', text: 'Why?', type: 'text' }],
})
const library = aLibrary(
  [
    { key: 'one', title: 'One', url: 'https://x.example' },
    { key: 'two', title: 'Two', url: 'https://x.example' },
  ],
  { surveys: { why: survey }, fields: { birthday: { key: 'birthday', label: 'Birthday', type: 'date' } } },
)

const instant = fc.integer({ min: -5 * 24, max: 10 * 24 }).map((hours) => monday + hours * hourMs)
const later = fc.integer({ min: 0, max: 8 * 24 }).map((hours) => monday + hours * hourMs)
const facts: fc.Arbitrary<Facts> = fc
  .record({
    score: fc.constantFrom(0, 10),
    tags: fc.constantFrom({}, { vip: monday }),
    clickedAt: fc.option(instant),
    birthday: fc.constantFrom(null, '1990-03-04', '1990-03-01'),
    received: fc.constantFrom({}, { one: 1 }, { one: 1, two: 1 }),
    answers: fc.constantFrom({}, { why: { reason: { value: 'a', at: monday } } }),
    doNot: fc.record({ email: fc.boolean(), postcard: fc.boolean(), phone: fc.boolean() }),
    message: fc.constantFrom('queued', 'sending', 'accepted', 'skipped', 'unknown'),
    acceptedAt: later,
  })
  .map(({ clickedAt, birthday, message, acceptedAt, score, tags, ...more }) =>
    aLead({
      ...structuredClone(more),
      tags: { ...tags },
      score,
      fields: { birthday, score },
      events: clickedAt === null ? {} : { clicked: [{ type: 'clicked', occurredAt: clickedAt, properties: {} }] },
      own: {
        deliveries: {
          'mail:1': {
            status: message,
            queuedAt: monday,
            notBefore: null,
            acceptedAt: message === 'accepted' ? acceptedAt : null,
            reason: null,
          },
        },
        tasks: {},
        effects: {},
      },
    }),
  )

describe.each(builtInSteps.map((step) => [step.type, step] as const))('%s', (type, step: StepType) => {
  const config = configs[type] ?? {}
  const given = (lead: Facts): Given => ({ facts: lead, library, lastMessage: 'mail:1', anchorAt: monday })

  test('says the same twice at one instant, and changes nothing by being asked', () => {
    fc.assert(
      fc.property(facts, later, (lead, now) => {
        const at = visit(step, config, given(lead))
        const before = structuredClone(lead)
        const first = at.peek(now)
        expect(at.peek(now)).toEqual(first)
        expect(lead).toEqual(before)
      }),
      { seed, numRuns: 100 },
    )
  })

  test('once at rest, wakes for nothing do no harm: it asks for nothing, and rests until the same instant', () => {
    fc.assert(
      fc.property(facts, fc.array(later, { maxLength: 6 }), (lead, wakes) => {
        const at = visit(step, config, given(lead))
        const rest = at.run(monday)
        if (rest.kind !== 'rest') return
        for (const now of wakes.sort((one, other) => one - other)) {
          if (rest.wakeAt !== null && now >= rest.wakeAt) return
          // What the world did meanwhile is visible only when it is not in the future of this wake.
          if (hasHappened(lead, monday, now)) return
          const again = at.run(now)
          expect(again.commands ?? []).toEqual([])
          expect(again).toMatchObject({ kind: 'rest', wakeAt: rest.wakeAt })
        }
      }),
      { seed, numRuns: 100 },
    )
  })

  test('a due instant is final: it moves on there, or names a later one', () => {
    fc.assert(
      fc.property(facts, (lead) => {
        const at = visit(step, config, given(lead))
        let now: Instant = monday
        for (let wakes = 0; wakes < 12; wakes += 1) {
          const outcome = at.run(now)
          if (outcome.kind !== 'rest' || outcome.wakeAt === null) return
          expect(outcome.wakeAt).toBeGreaterThan(now)
          now = outcome.wakeAt
          if (now > monday + 400 * dayMs) return
        }
      }),
      { seed, numRuns: 100 },
    )
  })
})

function hasHappened(lead: Facts, after: Instant, until: Instant): boolean {
  return (lead.events['clicked'] ?? []).some(({ occurredAt }) => occurredAt > after && occurredAt <= until)
}
