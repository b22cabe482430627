import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Definition } from '#engine/definition/types.ts'
import type { Facts, Instant } from '#engine/facts.ts'
import { advance, beginEnrollment, type AdvanceResult } from '#engine/interpreter/advance.ts'
import type { EnrollmentState } from '#engine/interpreter/state.ts'
import { maxStepsPerTurn } from '#engine/vocabulary.ts'
import { aLead, monday } from '../../support/step-visit.ts'
import { happen, happenings, journeys, library, registry, throughJsonb, type Happening } from './random-journeys.ts'

/** The machine keeps its word in any journey, whatever happens to the lead. */
const seed = 20_261_122
const numRuns = 400

function look(definition: Definition, facts: Facts, state: EnrollmentState, now: Instant): AdvanceResult {
  return advance({
    definition,
    stepType: (type) => registry.get(type),
    library,
    facts,
    state,
    enrollment: { id: 'enrollment', journeyId: 'journey', enteredAt: monday, properties: {} },
    now,
  })
}

interface Run {
  results: AdvanceResult[]
  instants: Instant[]
  facts: Facts
}

/** Lives through what happens; `between` is done to the state from one look to the next. */
function live(
  definition: Definition,
  script: readonly Happening[],
  between: (state: EnrollmentState) => EnrollmentState = (state) => state,
  check: (result: AdvanceResult, before: { facts: Facts; state: EnrollmentState }, now: Instant) => void = () => {},
): Run {
  const facts = aLead({ fields: { birthday: '1990-04-01' }, isTest: true })
  const run: Run = { results: [], instants: [], facts }
  let now = monday
  let state = beginEnrollment(definition, now)
  let wakeAt: Instant | null = null
  for (const happening of [{ kind: 'look' } as const, ...script]) {
    now = happen(happening, facts, now, wakeAt)
    const before = { facts: structuredClone(facts), state }
    const result = look(definition, facts, state, now)
    check(result, before, now)
    run.results.push(result)
    run.instants.push(now)
    if (result.failure !== null || result.state.status !== 'active') break
    state = between(result.state)
    wakeAt = result.wakeAt
  }
  return run
}

const inAnyLife = (property: (definition: Definition, script: readonly Happening[]) => void): void => {
  fc.assert(fc.property(journeys, happenings, property), { seed, numRuns })
}

test('it comes to rest, to an end or to a person, and never fails but for a loop in which no time passes', () => {
  inAnyLife((definition, script) => {
    live(definition, script, undefined, (result) => {
      expect(result.log.length).toBeLessThanOrEqual(maxStepsPerTurn + 1)
      const { failure, log, commands, changed } = result
      expect([undefined, 'STEP_LIMIT']).toContain(failure?.code)
      // Such a loop leaves nothing behind.
      expect(failure === null || [...log, ...commands, ...changed].length === 0).toBe(true)
    })
  })
})

test('it wakes in the future or not at all, and says what else it waits for', () => {
  inAnyLife((definition, script) => {
    live(definition, script, undefined, (result, _, now) => {
      const { state, failure, wakeAt, dependsOn } = result
      const rests = state.status === 'active' && failure === null
      expect(wakeAt ?? Infinity).toBeGreaterThan(now)
      expect(rests).toBe(wakeAt !== null || dependsOn.length > 0)
      expect(rests && state.rest === null).toBe(false)
      expect(result.dependsOn).toEqual([...new Set(result.dependsOn)].sort())
    })
  })
})

test('a second look at the same instant changes nothing', () => {
  inAnyLife((definition, script) => {
    live(definition, script, undefined, (result, before, now) => {
      if (result.failure !== null || result.state.status !== 'active') return
      // Leaves these facts as the first look has left its own.
      look(definition, before.facts, before.state, now)
      const again = look(definition, structuredClone(before.facts), throughJsonb(result.state), now)
      expect(again).toMatchObject({ moved: false, log: [], commands: [], changed: [] })
      expect([again.wakeAt, again.dependsOn]).toEqual([result.wakeAt, result.dependsOn])
      expect(again.state).toEqual(result.state)
    })
  })
})

test('the same life, and one whose state was in the database in between, give the same log', () => {
  inAnyLife((definition, script) => {
    const first = live(definition, script)
    expect(live(definition, script)).toEqual(first)
    expect(live(definition, script, throughJsonb)).toEqual(first)
  })
})

test('no visit is logged twice, none asks for the same thing twice, and time never runs back', () => {
  inAnyLife((definition, script) => {
    const { results } = live(definition, script)
    const log = results.flatMap((result) => result.log)
    const visits = log.map(({ stepId, visit }) => `${stepId}:${String(visit)}`)
    expect(new Set(visits).size).toBe(visits.length)
    for (const [index, entry] of log.entries()) {
      expect(entry.leftAt).toBeGreaterThanOrEqual(entry.enteredAt)
      expect(entry.enteredAt).toBe(log[index - 1]?.leftAt ?? monday)
    }
    const rows = results
      .flatMap((result) => result.commands)
      .filter(({ command }) => ['deliver', 'create_task', 'open_effect'].includes(command.kind))
      .map(({ stepId, visit, command }) => `${command.kind} ${stepId}:${String(visit)}`)
    expect(new Set(rows).size).toBe(rows.length)
  })
})
