import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveSegment } from '#activities/segments/save-segment.ts'
import { tellResting } from '#activities/segments/tell-resting.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { enrollments } from '#db/schema/journeys.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** A segment whose rule is changed: whoever rests on a rule that names it looks again. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine()
})
afterAll(() => engine?.stop())

const inCity = (city: string): Rule => ({ kind: 'compare', field: 'city', op: 'is', value: city })
const inSegment = (segment: string): Rule => ({ kind: 'in_segment', segment })

async function change(key: string, rule: Rule): Promise<number> {
  const deps = { db: engine.db, poker: engine.poker, registry: createStepRegistry() }
  const saved = await saveSegment(deps, { key, name: key, rule }, 'test')
  expect(saved).toMatchObject({ saved: true })
  return tellResting(deps, { pages: 20, size: 2 })
}

async function resting(leadIds: string[]): Promise<void> {
  await until('the leads rest', async () => {
    const rows = await engine.db.select().from(enrollments).where(eq(enrollments.status, 'active'))
    return leadIds.every((id) => rows.some(({ leadId, state }) => leadId === id && state.rest !== null))
  })
}

test('leads that wait for it, by another segment too, go on; a goal that names it is reached; others stay', async () => {
  await engine.db.transaction((tx) =>
    saveResources(tx, {
      segments: [
        { key: 'near', name: 'Near', rule: inCity('Kiel') },
        { key: 'wanted', name: 'Wanted', rule: { kind: 'any', rules: [inSegment('near'), inCity('Bonn')] } },
        { key: 'other', name: 'Other', rule: inCity('Rome') },
      ],
    }),
  )
  const waitFor = (rule: Rule, more = {}) =>
    publishDefinition(engine.db, {
      steps: {
        wait: ['wait_for_rule', { rule, timeout: 'P30D' }, { true: 'in', timeout: 'out' }],
        in: ['exit', { reason: 'In' }],
        out: ['exit', { reason: 'Out' }],
      },
      ...more,
    })
  const waiting = await waitFor(inSegment('wanted'))
  const elsewhere = await waitFor(inSegment('other'))
  const never: Rule = { kind: 'has_tag', tag: 'never' }
  const withGoal = await waitFor(never, {
    settings: { goal: inSegment('near') },
    watch: [{ rule: inSegment('near'), on: [] }],
  })
  const inUlm = await Promise.all(Array.from({ length: 5 }, () => addLead(engine.db, { city: 'Ulm' })))
  const inOslo = await addLead(engine.db, { city: 'Oslo' })
  const now = Date.now()
  for (const lead of [...inUlm, inOslo]) await enrol(engine, lead, waiting, now)
  const [first = '', second = ''] = inUlm
  await enrol(engine, first, withGoal, now)
  const stranger = await addLead(engine.db, { city: 'Ulm' })
  await enrol(engine, stranger, elsewhere, now)
  await resting([...inUlm, inOslo, stranger])
  await until('both journeys of the first lead rest', async () => {
    const rows = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, first))
    return rows.length === 2 && rows.every(({ dependsOn }) => dependsOn.includes('segment:near'))
  })

  expect(await change('near', inCity('Ulm'))).toBe(6)
  await untilFinished(engine, inUlm)
  const ends = async (leadId: string) =>
    (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId)))
      .map(({ stepId, status, goalMet }) => `${stepId} ${status}${goalMet ? ' goal' : ''}`)
      .sort()
  expect(await ends(first)).toEqual(['in completed', 'wait completed goal'])
  expect(await ends(second)).toEqual(['in completed'])
  expect(await ends(inOslo)).toEqual(['wait active'])
  expect(await ends(stranger)).toEqual(['wait active'])
  // The same rule again is no change.
  expect(await change('near', inCity('Ulm'))).toBe(0)
})
