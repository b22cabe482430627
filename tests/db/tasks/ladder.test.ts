import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask, snoozeTask } from '#activities/tasks/work-on-task.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { notifications } from '#db/schema/people.ts'
import { tasks } from '#db/schema/tasks.ts'
import { publishDefinition } from '../../support/engine.ts'
import { addPerson, addQueue, taskLogOf, taskOf } from '../../support/people.ts'
import { enrolAt, leadAt, openTurnWorld, turnAt, type TurnWorld } from '../turn/turn-world.ts'

/** The ladder of an overdue task, at a virtual clock, in the hours of its queue: over a weekend in which clocks change. */
let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

const newYork = {
  hours: { days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', to: '17:00', holidays: [] },
  zone: 'America/New_York',
}
const ladder = {
  sla: 'PT2H',
  escalation: [
    { after: 'PT1H', action: 'remind' },
    { after: 'PT4H', action: 'reassign' },
    { after: 'P1D', action: 'manager' },
  ],
}

/** A lead whose task is made on Friday 16:30 in New York; the journey itself keeps UTC hours, which do not count here. */
async function overdueTask(queue: string, config: Record<string, unknown> = {}) {
  for (const key of ['ann', 'ben']) await addPerson(world.db, `${queue}-${key}`, { manager: `${queue}-max` })
  await addPerson(world.db, `${queue}-max`)
  await addQueue(world.db, queue, [`${queue}-ann`, `${queue}-ben`], {
    ...newYork,
    hours: { ...newYork.hours, days: [...newYork.hours.days] },
  })
  const journey = await publishDefinition(world.db, {
    steps: { ask: ['create_task', { title: 'Ask', queue, waitForOutcome: true, ...ladder, ...config }] },
  })
  const friday = '2026-03-06T21:30:00.000Z'
  const lead = await leadAt(world.db, friday)
  await enrolAt(world.db, lead, journey, friday)
  return { lead, wake: (await turnAt(world.db, lead, friday)).wakeAt }
}

/** Lets the clock run from wake to wake. */
async function runOut(lead: string, from: number | null): Promise<string[]> {
  const wakes: string[] = []
  for (let wake = from; wake !== null && wakes.length < 10;) {
    const iso = new Date(wake).toISOString()
    wakes.push(iso)
    wake = (await turnAt(world.db, lead, iso)).wakeAt
  }
  return wakes
}

test('remind, somebody else, manager: in open hours, the Sunday of the clock change between, each once and told', async () => {
  const { lead, wake } = await overdueTask('ny')
  const task = await taskOf(world.db, lead)
  // Half an hour on Friday, the rest on Monday: 10:30 in New York is 14:30 UTC since Sunday, not 15:30.
  expect(task.dueAt.toISOString()).toBe('2026-03-09T14:30:00.000Z')
  const before = task.assignee
  expect(await runOut(lead, wake)).toEqual([
    '2026-03-09T15:30:00.000Z',
    '2026-03-09T18:30:00.000Z',
    '2026-03-10T14:30:00.000Z',
  ])
  const after = await taskOf(world.db, lead)
  expect(new Set([before, after.assignee])).toEqual(new Set(['ny-ann', 'ny-ben']))
  const log = await taskLogOf(world.db, task.id)
  expect(log.map(({ action, detail }) => `${action} ${(detail as { action?: string }).action ?? ''}`.trim())).toEqual([
    'created',
    'assigned',
    'escalated remind',
    'escalated reassign',
    'assigned',
    'escalated manager',
  ])
  const told = await world.db
    .select()
    .from(notifications)
    .where(eq(notifications.taskId, task.id))
    .orderBy(notifications.id)
  expect(told.map(({ kind, person }) => `${kind} ${person}`)).toEqual([
    `assigned ${before ?? ''}`,
    `reminder ${before ?? ''}`,
    `assigned ${after.assignee ?? ''}`,
    'escalated ny-max',
  ])
  const mails = await world.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
  expect(mails.every((mail) => mail.isTest && mail.purpose === 'internal')).toBe(true)
  // Later looks climb no rung twice.
  await turnAt(world.db, lead, '2026-03-12T12:00:00.000Z')
  expect(await taskLogOf(world.db, task.id)).toHaveLength(log.length)
})

test('a task somebody works on after it was due stays with them; the manager hears of it all the same', async () => {
  const { lead, wake } = await overdueTask('kept')
  const task = await taskOf(world.db, lead)
  await turnAt(world.db, lead, new Date(wake ?? 0).toISOString())
  const claimed = await claimTask({ db: world.db }, task.id, { person: task.assignee ?? '', actor: 'user:x' })
  expect(claimed).toEqual({ done: true })
  await runOut(lead, Date.parse('2026-03-09T18:30:00.000Z'))
  const after = await taskOf(world.db, lead)
  expect(after).toMatchObject({ assignee: task.assignee, claimedBy: task.assignee })
  const log = await taskLogOf(world.db, task.id)
  expect(log.filter(({ action }) => action === 'escalated').map(({ detail }) => detail)).toMatchObject([
    { action: 'remind' },
    { action: 'reassign', keptBy: task.assignee },
    { action: 'manager', to: 'kept-max' },
  ])
})

test('what nobody touched is taken from whoever claimed it before it was due; a snooze with a reason keeps it', async () => {
  const early = await overdueTask('early')
  const claimedEarly = await taskOf(world.db, early.lead)
  await claimTask({ db: world.db }, claimedEarly.id, { person: claimedEarly.assignee ?? '', actor: 'user:x' })
  await runOut(early.lead, early.wake)
  const taken = await taskOf(world.db, early.lead)
  expect(taken.assignee).not.toBe(claimedEarly.assignee)
  expect(taken.claimedBy).toBeNull()

  const slept = await overdueTask('slept')
  const snoozed = await taskOf(world.db, slept.lead)
  const worker = { person: snoozed.assignee ?? '', actor: 'user:x' }
  const until = Date.parse('2026-03-20T14:00:00.000Z')
  expect(await snoozeTask({ db: world.db }, snoozed.id, { until }, worker)).toMatchObject({ code: 'SNOOZE_INVALID' })
  expect(await snoozeTask({ db: world.db }, snoozed.id, { until, reason: 'On holiday till then' }, worker)).toEqual({
    done: true,
  })
  await runOut(slept.lead, slept.wake)
  expect(await taskOf(world.db, slept.lead)).toMatchObject({ assignee: snoozed.assignee })
})

test('the hours of the person a task is for go before those of the queue', async () => {
  await addPerson(world.db, 'owl', {
    zone: 'Asia/Tokyo',
    workingHours: { days: ['sat'], from: '10:00', to: '12:00', holidays: [] },
  })
  const { lead } = await overdueTask('owls', { assignee: 'owl' })
  // Saturday 12:00 in Tokyo.
  expect((await taskOf(world.db, lead)).dueAt.toISOString()).toBe('2026-03-07T03:00:00.000Z')
  expect((await world.db.select().from(tasks).where(eq(tasks.assignee, 'owl'))).length).toBe(1)
})
