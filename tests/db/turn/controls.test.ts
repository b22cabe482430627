import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LeadInput } from '#db/repositories/inputs.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { publishDefinition, type TestSteps } from '../../support/engine.ts'
import {
  effectsOf,
  enrolAt,
  enrollmentOf,
  input,
  leadAt,
  logOf,
  messagesOf,
  openTurnWorld,
  outcomesOf,
  tasksOf,
  turn,
  turnAt,
  type TurnWorld,
} from './turn-world.ts'

let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

const start = '2026-03-02T09:00:00Z'
const later = '2026-03-02T10:00:00Z'
const mail = { subject: 'Hello', body: 'Hello', purpose: 'transactional' }
const steps: TestSteps = {
  first: ['send_email', mail, { next: 'wait' }],
  wait: ['wait', { duration: 'P3D' }, { next: 'end' }],
  again: ['send_email', mail, { next: 'rest' }],
  rest: ['wait', { duration: 'P5D' }, { next: 'end' }],
  call: ['escalate_to_call', { reason: 'Why', sla: 'PT4H' }, {}],
  hook: ['webhook', { url: 'https://hooks.example.test' }, { next: 'end' }],
  end: ['exit', { reason: 'End' }, {}],
}

type Action = Extract<LeadInput, { kind: 'control' }>['action']

async function waiting(of: TestSteps = steps): Promise<{ leadId: string; enrollmentId: string }> {
  const journeyId = await publishDefinition(world.db, { steps: of })
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, journeyId, start)
  await turn(world.db, leadId)
  return { leadId, enrollmentId: (await enrollmentOf(world.db, leadId)).id }
}

function act(enrollmentId: string, action: Action, more: object = {}): LeadInput {
  return { kind: 'control', action, enrollmentId, reason: 'because', actor: 'ann', ...more }
}

describe('moving a lead', () => {
  test('to a message step sends that message; only what was queued before is taken back', async () => {
    const { leadId, enrollmentId } = await waiting()
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'again' }))
    await turnAt(world.db, leadId, later)
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 cancelled', 'again:1 queued'])
    expect((await enrollmentOf(world.db, leadId)).stepId).toBe('rest')
  })

  test('to a call makes a task that stays open', async () => {
    const { leadId, enrollmentId } = await waiting()
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'call' }))
    await turnAt(world.db, leadId, later)
    expect(await tasksOf(world.db, leadId)).toEqual(['call:1 open'])
  })

  test('to a webhook opens an effect that is performed', async () => {
    const { leadId, enrollmentId } = await waiting()
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'hook' }))
    const result = await turnAt(world.db, leadId, later)
    expect(result.openEffects).toHaveLength(1)
    expect((await effectsOf(world.db, leadId)).map((row) => row.status)).toEqual(['open'])
  })

  test('to a wait does not leave it by the port of the message that the move took back', async () => {
    const { leadId, enrollmentId } = await waiting()
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'rest' }))
    await turnAt(world.db, leadId, later)
    await turnAt(world.db, leadId, '2026-03-07T10:00:00Z')
    expect((await logOf(world.db, leadId)).slice(-2)).toEqual(['rest next @ 03-07T10:00', 'end end @ 03-07T10:00'])
  })

  test('and taking it out in the same turn takes back what the moved-to step had queued', async () => {
    const { leadId, enrollmentId } = await waiting()
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'again' }))
    await input(world.db, leadId, '2026-03-02T10:05:00Z', act(enrollmentId, 'exit'))
    await turnAt(world.db, leadId, '2026-03-02T11:00:00Z')
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 cancelled', 'again:1 cancelled'])
    expect((await enrollmentOf(world.db, leadId)).status).toBe('exited')
  })

  test('frees the place its queued message had under the cap', async () => {
    await world.db.execute(
      `insert into settings (key, value) values ('contact_policy', '{"caps":[{"within":"P7D","max":1}]}') on conflict (key) do update set value = excluded.value`,
    )
    const nurture = { ...mail, purpose: 'nurture' }
    const { leadId, enrollmentId } = await waiting({
      first: ['send_email', nurture, { next: 'wait' }],
      wait: ['wait', { duration: 'P3D' }, {}],
      again: ['send_email', nurture, { next: 'wait' }],
    })
    await input(world.db, leadId, later, act(enrollmentId, 'move', { stepId: 'again' }))
    await turnAt(world.db, leadId, later)
    await world.db.execute(`delete from settings where key = 'contact_policy'`)
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 cancelled', 'again:1 queued'])
    const { state } = await enrollmentOf(world.db, leadId)
    expect(state.lastMessage).toBe('again:1')
    const [, again] = await world.db.query.deliveries.findMany({
      orderBy: (table, { asc }) => asc(table.id),
      where: (table, { eq }) => eq(table.leadId, leadId),
    })
    expect(again?.notBefore).toBeNull()
  })
})

describe('skipping a parked step', () => {
  const failing: TestSteps = {
    first: ['send_email', mail, { next: 'task' }],
    task: ['create_task', { title: 'Look', sla: 'PT4H' }, { next: 'hook' }],
    hook: ['webhook', { url: 'https://hooks.example.test' }, { next: 'again' }],
    again: ['send_email', mail, { next: 'wait' }],
    wait: ['wait', { duration: 'P3D' }, {}],
  }

  test('keeps the messages and tasks of the steps before it, and sends what comes after it', async () => {
    const { leadId, enrollmentId } = await waiting(failing)
    const [effect] = await effectsOf(world.db, leadId)
    await turnAt(world.db, leadId, later, { failedEffects: [{ id: effect?.id ?? '', generation: 1, code: 'GONE' }] })
    expect((await enrollmentOf(world.db, leadId)).status).toBe('parked')
    await input(world.db, leadId, later, act(enrollmentId, 'skip'))
    await turnAt(world.db, leadId, later)
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 queued', 'again:1 queued'])
    expect(await tasksOf(world.db, leadId)).toEqual(['task:1 open'])
    expect((await effectsOf(world.db, leadId)).map((row) => row.status)).toEqual(['cancelled'])
  })

  test('retrying it opens its effect again, as a new generation', async () => {
    const { leadId, enrollmentId } = await waiting(failing)
    const [effect] = await effectsOf(world.db, leadId)
    await turnAt(world.db, leadId, later, { failedEffects: [{ id: effect?.id ?? '', generation: 1, code: 'GONE' }] })
    await input(world.db, leadId, later, act(enrollmentId, 'retry'))
    const { openEffects } = await turnAt(world.db, leadId, later)
    expect(openEffects.map((open) => open.generation)).toEqual([2])
    // What the first generation says now is about something else.
    await turn(world.db, leadId, { failedEffects: [{ id: effect?.id ?? '', generation: 1, code: 'LATE' }] })
    expect((await effectsOf(world.db, leadId)).map((row) => row.status)).toEqual(['open'])
  })
})

test('a lead taken out may enter again in the same turn, when it may after its exit', async () => {
  const journeyId = await publishDefinition(world.db, { steps, settings: { reenrollment: { policy: 'after_exit' } } })
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, journeyId, start)
  await turn(world.db, leadId)
  const { id } = await enrollmentOf(world.db, leadId)
  await enrolAt(world.db, leadId, journeyId, later)
  await input(world.db, leadId, later, act(id, 'exit'))
  await enrolAt(world.db, leadId, journeyId, later)
  await turnAt(world.db, leadId, later)
  const outcomes = await outcomesOf(world.db, leadId)
  expect(outcomes.slice(1).map((text) => text?.split(':')[0])).toEqual(['refused', 'exited', 'entered'])
})

test('a lead put on another step of a new version leaves its old task behind, closed', async () => {
  const { leadId, enrollmentId } = await waiting({
    call: ['escalate_to_call', { reason: 'Why', sla: 'PT4H' }, {}],
    end: ['exit', { reason: 'End' }, {}],
  })
  expect(await tasksOf(world.db, leadId)).toEqual(['call:1 open'])
  await input(world.db, leadId, later, act(enrollmentId, 'migrate', { version: 1, stepId: 'end' }))
  await turnAt(world.db, leadId, later)
  expect(await tasksOf(world.db, leadId)).toEqual(['call:1 cancelled'])
  expect((await enrollmentOf(world.db, leadId)).status).toBe('completed')
})

describe('a publish that moves those who stand on a step', () => {
  const from = (stepId: string, visit = 1) => ({ from: { stepId, visit } })

  /** The journey's second version, beside the first. */
  async function secondVersion(leadId: string, of: TestSteps): Promise<void> {
    const { journeyId } = await enrollmentOf(world.db, leadId)
    const other = await publishDefinition(world.db, { steps: of })
    await world.db.execute(sql`
      insert into journey_versions (journey_id, version, hash, graph, layout, definition, published_by)
      select ${journeyId}, 2, hash, graph, layout, definition, published_by from journey_versions where journey_id = ${other}`)
  }

  test('takes back the queued message of the step it leaves, and none of an earlier one', async () => {
    const waits: TestSteps = {
      early: ['send_email', mail, { next: 'ask' }],
      ask: ['escalate_to_call', { reason: 'Why', sla: 'PT4H' }, {}],
    }
    const { leadId, enrollmentId } = await waiting(waits)
    await secondVersion(leadId, { late: ['wait', { duration: 'P9D' }, {}] })
    await input(world.db, leadId, later, act(enrollmentId, 'migrate', { version: 2, stepId: 'late', ...from('ask') }))
    await turnAt(world.db, leadId, later)
    const row = await enrollmentOf(world.db, leadId)
    expect([row.version, row.stepId, row.status]).toEqual([2, 'late', 'active'])
    expect(await tasksOf(world.db, leadId)).toEqual(['ask:1 cancelled'])
    expect(await messagesOf(world.db, leadId)).toEqual(['early:1 queued'])
    const log = await world.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(stepLog.id)
    expect(log.map((entry) => [entry.stepId, entry.version])).toEqual([
      ['entry', 1],
      ['early', 1],
      ['ask', 1],
    ])
    expect(log.at(-1)?.reason).toBe('Moved to version 2 at "late": because')
  })

  test('leaves a lead alone that has moved on, or is on that version already', async () => {
    const { leadId, enrollmentId } = await waiting()
    await secondVersion(leadId, { wait: ['wait', { duration: 'P9D' }, {}] })
    await input(world.db, leadId, later, act(enrollmentId, 'exit', from('first')))
    await input(world.db, leadId, later, act(enrollmentId, 'migrate', { version: 2, stepId: 'wait', ...from('wait') }))
    await input(world.db, leadId, later, act(enrollmentId, 'migrate', { version: 2, stepId: 'wait', ...from('wait') }))
    await turnAt(world.db, leadId, later)
    expect((await outcomesOf(world.db, leadId)).slice(1)).toEqual([
      'ignored: the lead has moved on to "wait"',
      'moved to version 2',
      'ignored: the lead is on version 2 already',
    ])
    const row = await enrollmentOf(world.db, leadId)
    // The same visit goes on, by the new duration from when it began.
    expect([row.version, row.stepId, row.state.visit]).toEqual([2, 'wait', 1])
    expect(row.wakeAt?.toISOString()).toBe('2026-03-11T09:00:00.000Z')
  })

  test('a step that is another kind now is entered anew; a parked lead goes on there', async () => {
    const { leadId, enrollmentId } = await waiting({ hook: ['webhook', { url: 'https://hooks.example.test' }, {}] })
    const [effect] = await effectsOf(world.db, leadId)
    await turnAt(world.db, leadId, later, { failedEffects: [{ id: effect?.id ?? '', generation: 1, code: 'GONE' }] })
    await secondVersion(leadId, { hook: ['wait', { duration: 'P9D' }, {}] })
    await input(world.db, leadId, later, act(enrollmentId, 'migrate', { version: 2, stepId: 'hook', ...from('hook') }))
    await turnAt(world.db, leadId, later)
    const row = await enrollmentOf(world.db, leadId)
    expect([row.version, row.stepId, row.state.visit, row.status]).toEqual([2, 'hook', 2, 'active'])
    expect((await effectsOf(world.db, leadId)).map(({ status }) => status)).toEqual(['cancelled'])
  })
})
