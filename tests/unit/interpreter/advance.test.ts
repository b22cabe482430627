import { describe, expect, test } from 'vitest'
import type { Definition, DefinitionStep } from '#engine/definition/types.ts'
import type { Facts, Instant } from '#engine/facts.ts'
import { settingsSchema, type Tries } from '#engine/graph/schema.ts'
import { advance, beginEnrollment, type AdvanceResult } from '#engine/interpreter/advance.ts'
import type { EnrollmentState } from '#engine/interpreter/state.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { aLead, aLibrary, dayMs, monday } from '../../support/step-visit.ts'

const registry = createStepRegistry()

type Steps = Record<string, [type: string, config: Record<string, unknown>, next?: Record<string, string>]>

function journeyOf(steps: Steps, more: Partial<Definition> = {}, disabled: readonly string[] = []): Definition {
  const compiled = Object.entries(steps).map(([id, [type, config, next = {}]]): [string, DefinitionStep] => [
    id,
    {
      type,
      name: id,
      config: registry.get(type)?.config.parse(config) as Record<string, unknown>,
      next,
      ...(disabled.includes(id) ? { disabled: true as const } : {}),
    },
  ])
  return {
    format: 1,
    entry: Object.keys(steps)[0] ?? '',
    triggers: [],
    steps: Object.fromEntries(compiled),
    settings: settingsSchema.parse({}),
    segments: [],
    needs: { events: [], surveys: [], deliveries: true, received: true },
    watch: [],
    ...more,
  }
}

function run(
  definition: Definition,
  given: { facts?: Facts; state?: EnrollmentState; now?: Instant } = {},
): AdvanceResult {
  const { facts = aLead(), now = monday } = given
  return advance({
    definition,
    stepType: (type) => registry.get(type),
    library: aLibrary(),
    facts,
    state: given.state ?? beginEnrollment(definition, monday),
    enrollment: { id: 'enrollment', journeyId: 'journey', enteredAt: monday, properties: {} },
    now,
  })
}

const ways = ({ log }: AdvanceResult): string[] =>
  log.map(({ stepId, visit, port }) => `${stepId}:${visit} ${port ?? 'end'}`)
const mail = { subject: 'A', body: 'B' }
const noMail = aLead({ doNot: { email: true, postcard: false, phone: false } })

describe('ways out', () => {
  test('a message that may not be sent goes on by "next" when nobody drew the way for it', () => {
    const drawn = { next: 'sent', skipped: 'unsent' }
    const steps = (next: Record<string, string>): Steps => ({
      mail: ['send_email', mail, next],
      sent: ['exit', {}],
      unsent: ['exit', {}],
    })
    expect(ways(run(journeyOf(steps({ next: 'sent' })), { facts: structuredClone(noMail) }))).toEqual([
      'mail:1 skipped',
      'sent:1 end',
    ])
    expect(ways(run(journeyOf(steps(drawn)), { facts: structuredClone(noMail) }))).toEqual([
      'mail:1 skipped',
      'unsent:1 end',
    ])
  })

  test('a message refused after it was queued leads the wait after it to that message’s own way', () => {
    for (const [next, expected] of [
      [{ next: 'wait', skipped: 'unsent' }, 'unsent:1 end'],
      [{ next: 'wait' }, 'after:1 end'],
    ] as const) {
      const definition = journeyOf({
        mail: ['send_email', mail, next],
        wait: ['wait', { duration: 'P1D' }, { next: 'after' }],
        after: ['exit', {}],
        unsent: ['exit', {}],
      })
      const facts = aLead()
      const first = run(definition, { facts })
      expect(first.wakeAt).toBe(monday + dayMs)
      const held = run(definition, { facts, state: first.state, now: monday + dayMs })
      expect([held.wakeAt, held.dependsOn, held.log]).toEqual([null, ['sent:mail:1'], []])
      const own = facts.own.deliveries['mail:1']
      if (own) facts.own.deliveries['mail:1'] = { ...own, status: 'failed', reason: 'bounced' }
      const last = run(definition, { facts, state: held.state, now: monday + 2 * dayMs })
      expect(ways(last)).toEqual(['wait:1 message_failed', expected])
    }
  })

  test('a switched-off step is passed through by its first way, and a last one ends the path', () => {
    const definition = journeyOf({ wait: ['wait', { duration: 'P9D' }, { next: 'goal' }], goal: ['goal', {}] }, {}, [
      'wait',
      'goal',
    ])
    const result = run(definition)
    expect(ways(result)).toEqual(['wait:1 next', 'goal:1 next'])
    expect([result.state.status, result.goalMet]).toEqual(['completed', false])
  })

  test('"go to" jumps as often as it may, then leaves by its limit', () => {
    const result = run(
      journeyOf({
        tag: ['add_tag', { tag: 'a' }, { next: 'again' }],
        again: ['go_to', { target: 'tag', maxVisits: 2 }, { limit: 'end' }],
        end: ['exit', {}],
      }),
    )
    expect(ways(result).slice(-3)).toEqual(['tag:3 next', 'again:3 limit', 'end:1 end'])
  })

  test('a failed effect without a way for it waits for a person, where it stands', () => {
    const definition = journeyOf({
      hook: ['webhook', { url: 'https://x.example' }, { next: 'end' }],
      end: ['exit', {}],
    })
    const facts = aLead()
    const { state } = run(definition, { facts })
    facts.own.effects['hook:1'] = {
      status: 'failed',
      port: null,
      output: null,
      error: { code: 'GONE', message: 'x' },
      at: monday,
    }
    const result = run(definition, { facts, state })
    expect([result.state.status, result.state.stepId, result.state.error?.code]).toEqual(['parked', 'hook', 'GONE'])
    expect(result.log).toEqual([])
  })

  test('an effect is tried as often, and for as long, as its step says; what it leaves out is as its type has it', () => {
    const definition = journeyOf({ hook: ['webhook', { url: 'https://x.example' }] })
    const opened = (tries?: Tries) => {
      const steps = Object.fromEntries(
        Object.entries(definition.steps).map(([id, step]) => [id, tries === undefined ? step : { ...step, tries }]),
      )
      const [issued] = run({ ...definition, steps }).commands
      return issued?.command.kind === 'open_effect' ? [issued.command.maxAttempts, issued.command.timeoutMs] : null
    }
    expect(opened()).toEqual([8, 15_000])
    expect(opened({ maxAttempts: 2 })).toEqual([2, 15_000])
    expect(opened({ timeoutSeconds: 60 })).toEqual([8, 60_000])
    expect(opened({ maxAttempts: 1, timeoutSeconds: 1 })).toEqual([1, 1000])
  })

  test('steps may be called like members that every object has', () => {
    const steps: [string, Steps[string]][] = [
      ['constructor', ['add_tag', { tag: 'toString' }, { next: 'toString' }]],
      ['toString', ['exit', {}]],
    ]
    const result = run(journeyOf(Object.fromEntries(steps)))
    expect(ways(result)).toEqual(['constructor:1 next', 'toString:1 end'])
    const lost = run(journeyOf({ first: ['add_tag', { tag: 'a' }, { next: 'valueOf' }] }))
    expect(lost.failure?.code).toBe('STEP_NOT_FOUND')
  })
})

describe('a walk', () => {
  test('that would never rest does nothing at all', () => {
    const definition = journeyOf({
      tag: ['add_tag', { tag: 'a' }, { next: 'mail' }],
      mail: ['send_email', mail, { next: 'tag' }],
    })
    const state = beginEnrollment(definition, monday)
    const result = run(definition, { state })
    expect(result.failure?.code).toBe('STEP_LIMIT')
    expect([result.log, result.commands, result.changed, result.state]).toEqual([[], [], [], state])
  })

  test('whose rest came back from the database with its members in another order has not moved', () => {
    const definition = journeyOf({ wait: ['wait', { duration: 'P1D' }, {}] })
    const { state } = run(definition)
    const { rest } = state
    if (rest === null) throw new Error('It does not rest.')
    const stored = { on: rest.on, memory: rest.memory, reason: rest.reason, wakeAt: rest.wakeAt }
    expect(run(definition, { state: { ...state, rest: stored }, now: monday + 1 }).moved).toBe(false)
  })

  test('in which a step sets the lead’s zone waits by that zone', () => {
    const result = run(
      journeyOf({
        zone: ['set_field', { field: 'zone', value: 'Asia/Tokyo' }, { next: 'wait' }],
        wait: ['wait_until_time', { time: '09:00' }, {}],
      }),
    )
    expect(new Date(result.wakeAt ?? 0).toISOString()).toBe('2026-03-03T00:00:00.000Z')
  })

  test('in which a step forbids mail sends none', () => {
    const result = run(
      journeyOf({
        forbid: ['set_field', { field: 'do_not_email', value: true }, { next: 'mail' }],
        mail: ['send_email', mail, {}],
      }),
    )
    expect(ways(result)).toEqual(['forbid:1 next', 'mail:1 skipped'])
  })

  test('is cut short by a goal that one of its steps reaches', () => {
    const goal = { kind: 'compare', field: 'score', op: 'gte', value: 5 } as const
    const definition = journeyOf(
      {
        score: ['score', { amount: 5 }, { next: 'mail' }],
        mail: ['send_email', mail, {}],
      },
      { settings: settingsSchema.parse({ goal }), watch: [{ rule: goal, on: ['field:score'] }] },
    )
    const result = run(definition)
    expect([result.goalMet, result.interrupted, result.state.status]).toEqual([true, true, 'completed'])
    expect(result.commands.map(({ command }) => command.kind)).toEqual(['add_score'])
  })
})
