/** Rehearsals can be trusted to be the same again, and not to know the future. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { personaFacts } from '#engine/simulation/persona.ts'
import { simulate } from '#engine/simulation/simulate.ts'
import type { Happening, SimulationInput } from '#engine/simulation/types.ts'
import { journeys, library, registry } from './interpreter/random-journeys.ts'

const dayMs = 86_400_000
const startAt = Date.parse('2026-03-20T10:00:00Z')
const stepType = (type: string) => registry.get(type)
const at = fc.integer({ min: 0, max: 40 * 24 }).map((hours) => startAt + hours * 3_600_000)

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.record({
    at,
    act: fc.constantFrom<Happening['act'][]>(
      { kind: 'event', type: 'clicked' },
      { kind: 'event', type: 'replied' },
      { kind: 'answers', survey: 'why', answers: { reason: 'price' }, asked: 'question' },
      { kind: 'task', outcome: 'done' },
      { kind: 'add_score', delta: 8 },
      { kind: 'set_field', field: 'birthday', value: '1990-04-02' },
      { kind: 'set_stage', stage: 'customer' },
      { kind: 'unsubscribe', channels: ['email'] },
      { kind: 'refuse_messages' },
      { kind: 'effect', port: 'error' },
    ),
  }),
  { maxLength: 6 },
)

const inputs: fc.Arbitrary<SimulationInput> = fc
  .record({
    definition: journeys,
    happenings,
    assume: fc.constantFrom('nothing' as const, 'likely' as const, 'chance' as const),
    zone: fc.constantFrom('Europe/London', 'America/New_York', 'Pacific/Apia'),
    seed: fc.string({ maxLength: 5 }),
  })
  .map(({ zone, ...given }) => ({
    ...given,
    library,
    journey: { id: 'journey', key: 'journey' },
    lead: personaFacts({ name: 'Ada', zone, did: [{ event: 'clicked', times: 2 }] }, startAt),
    startAt,
    entries: [{ at: startAt }],
    replyHold: 'P3D',
  }))

test('the same input gives the same rehearsal, and nothing that was given is changed', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const before = structuredClone(input)
      const until = startAt + 60 * dayMs
      const run = simulate(input, stepType, until)
      expect(simulate(input, stepType, until)).toEqual(run)
      expect(input).toEqual(before)
    }),
    { numRuns: 60 },
  )
})

test('dragging back shows what was known then: every rehearsal begins like the longer one', () => {
  fc.assert(
    fc.property(inputs, at, (input, until) => {
      const whole = simulate(input, stepType, startAt + 60 * dayMs)
      const part = simulate(input, stepType, until)
      expect(whole.lines.slice(0, part.lines.length)).toEqual(part.lines)
      expect(whole.steps.slice(0, part.steps.length)).toEqual(part.steps)
      const later = whole.lines.slice(part.lines.length)
      expect(later.every((line) => line.at > until)).toBe(true)
      if (part.nextAt !== null) expect(part.nextAt).toBeGreaterThan(until)
    }),
    { numRuns: 60 },
  )
})

test('time only goes on, visits follow one another, and messages count once', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { lines, steps, deliveries, enrollments } = simulate(input, stepType, startAt + 60 * dayMs)
      for (const [index, line] of lines.entries())
        expect(line.at).toBeGreaterThanOrEqual(lines[index - 1]?.at ?? startAt)
      for (const [index, step] of steps.entries()) {
        const before = steps.slice(0, index).findLast((one) => one.enrollment === step.enrollment)
        expect(step.enteredAt).toBe(before?.leftAt ?? startAt)
      }
      const keys = deliveries.map(({ enrollment, stepId, visit }) => `${String(enrollment)}:${stepId}:${String(visit)}`)
      expect(new Set(keys).size).toBe(keys.length)
      expect(enrollments).toHaveLength(1)
    }),
    { numRuns: 60 },
  )
})
