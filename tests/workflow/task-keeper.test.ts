import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { notifications } from '#db/schema/people.ts'
import { tasks } from '#db/schema/tasks.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import { addPerson, addQueue, taskOf } from '#tests/support/people.ts'

/** What Temporal does for tasks: the keeper's rounds, and an outcome that counts when the time to take it back is over. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({
    withoutMailroom: true,
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
  })
  await addPerson(engine.db, 'ann', { capacity: 1 })
  await addQueue(engine.db, 'desk', ['ann'])
})
afterAll(() => engine?.stop())

async function leadWithTask(): Promise<string> {
  const journey = await publishDefinition(engine.db, {
    steps: {
      ask: [
        'create_task',
        { title: 'Ask', queue: 'desk', sla: 'P1D', waitForOutcome: true },
        { 'outcome:done': 'end' },
      ],
      end: ['exit', { reason: 'End' }],
    },
  })
  const lead = await addLead(engine.db, { isTest: false })
  await enrol(engine, lead, journey, Date.now())
  await until(
    'there is a task',
    async () => (await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))).length > 0,
  )
  return lead
}

const round = () =>
  engine.client.workflow.execute('taskKeeperWorkflow', {
    workflowId: `${engine.queuePrefix}keeper-${randomUUID()}`,
    taskQueue: `${engine.queuePrefix}segments`,
  }) as Promise<{ woken: number; assigned: number }>

test('a round wakes what was put off and finds somebody for what waited; the lead goes on when its outcome counts', async () => {
  const [first, second] = [await leadWithTask(), await leadWithTask()]
  expect(await taskOf(engine.db, first)).toMatchObject({ assignee: 'ann' })
  expect(await taskOf(engine.db, second)).toMatchObject({
    assignee: null,
    unassignedReason: 'Nobody is free: ann has 1 of 1 open tasks.',
  })
  const { id } = await taskOf(engine.db, first)
  await engine.db
    .update(tasks)
    .set({ snoozedUntil: new Date(Date.now() - 1000) })
    .where(eq(tasks.id, id))
  expect(await round()).toEqual({ woken: 1, assigned: 0 })
  const told = await engine.db.select().from(notifications).where(eq(notifications.taskId, id))
  expect(told.map(({ kind }) => kind)).toEqual(['assigned', 'snooze_over'])

  const before = Date.now()
  const done = await completeTask(engine, { taskId: id, outcome: 'done', actor: 'ann', undoSeconds: 2 })
  const effectiveAt = done.done ? (done.effectiveAt ?? 0) : 0
  expect(effectiveAt).toBeGreaterThan(before)
  await untilFinished(engine, [first])
  const log = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, first))
  expect(log.find(({ stepId }) => stepId === 'ask')).toMatchObject({
    port: 'outcome:done',
    leftAt: new Date(effectiveAt),
  })

  // Her one place is free again.
  expect(await round()).toEqual({ woken: 0, assigned: 1 })
  expect(await taskOf(engine.db, second)).toMatchObject({ assignee: 'ann', unassignedReason: null })
})
