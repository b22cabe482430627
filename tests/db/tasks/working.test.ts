import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeTask, undoOutcome } from '#activities/controls/complete-task.ts'
import type { Poker } from '#activities/poker.ts'
import { tendTasks } from '#activities/tasks/tend-tasks.ts'
import {
  claimTask,
  commentTask,
  reassignTask,
  releaseTask,
  snoozeTask,
  takeNext,
} from '#activities/tasks/work-on-task.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { notifications } from '#db/schema/people.ts'
import { leads } from '#db/schema/leads.ts'
import { tasks } from '#db/schema/tasks.ts'
import { emptyLibrary } from '#engine/library.ts'
import { addLead, publishDefinition } from '../../support/engine.ts'
import { addPerson, addQueue, taskLogOf, taskOf } from '../../support/people.ts'
import { enrolAt, leadAt, logOf, moveClock, openTurnWorld, turn, turnAt, type TurnWorld } from '../turn/turn-world.ts'

/** Claiming, putting off, passing on and ending tasks; tasks that end by themselves. */
let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
  for (const key of ['ann', 'ben']) await addPerson(world.db, key)
  await addQueue(world.db, 'open', ['ann', 'ben'], { rule: 'take' })
  await addQueue(world.db, 'handed', ['ann', 'ben'], { rule: 'take', choosing: false })
})
afterAll(() => world?.close())

const poker = { poke: () => Promise.resolve() } as unknown as Poker
const ann = { person: 'ann', actor: 'user:ann' }
const ben = { person: 'ben', actor: 'user:ben' }

/** Noon in Brussels on a Tuesday, where calls are allowed. */
const noon = '2026-03-03T11:00:00.000Z'

async function givenTask(type: 'create_task' | 'escalate_to_call', config: Record<string, unknown> = {}, at = noon) {
  const base = { title: 'Do it', queue: 'open', sla: 'P1D' }
  const own =
    type === 'create_task' ? { waitForOutcome: true } : { reason: 'Hot', outcomes: [{ id: 'yes', label: 'Yes' }] }
  const journey = await publishDefinition(world.db, {
    needs: { events: ['downloaded'] },
    steps: {
      work: [
        type,
        { ...base, ...own, ...config },
        { 'outcome:yes': 'won', 'outcome:done': 'won', expired: 'over', refused: 'let-be' },
      ],
      won: ['exit', { reason: 'Won' }],
      over: ['exit', { reason: 'Over' }],
      'let-be': ['exit', { reason: 'Let be' }],
    },
  })
  const lead = await leadAt(world.db, at, { phone: '+32 2 555 01 01', zone: 'Europe/Brussels', country: 'BE' })
  await enrolAt(world.db, lead, journey, at)
  await turn(world.db, lead)
  return { lead, id: (await taskOf(world.db, lead)).id }
}

const stepsOf = async (lead: string) => (await logOf(world.db, lead)).map((line) => line.split(' @')[0])

describe('one task, two people', () => {
  test('of two who claim at once one has it, the other is told who; released, it can be taken', async () => {
    const { id } = await givenTask('create_task')
    const results = await Promise.all([claimTask(world, id, ann), claimTask(world, id, ben)])
    const [won, lost] = results[0].done ? [ann, results[1]] : [ben, results[0]]
    expect(results.filter((result) => result.done)).toHaveLength(1)
    expect(lost).toMatchObject({ done: false, code: 'TASK_CLAIMED' })
    expect(lost).toHaveProperty(
      'message',
      expect.stringMatching(won === ann ? /Ann works on this task since/ : /Ben works on/) as string,
    )
    expect(await claimTask(world, id, won)).toEqual({ done: true })
    const other = won === ann ? ben : ann
    const outcome = { taskId: id, outcome: 'done', actor: other.actor, person: other.person }
    expect(await completeTask({ ...world, poker }, outcome)).toMatchObject({ code: 'TASK_CLAIMED' })
    expect(await releaseTask(world, id, won)).toEqual({ done: true })
    // It stays assigned to whom it was; they pass it on.
    expect(await claimTask(world, id, other)).toMatchObject({ code: 'TASK_NOT_YOURS' })
    expect(await reassignTask(world, id, { person: other.person, reason: 'Lunch' }, won)).toEqual({ done: true })
    expect(await claimTask(world, id, other)).toEqual({ done: true })
    expect((await taskLogOf(world.db, id)).map(({ action }) => action)).toEqual([
      'created',
      'assigned',
      'claimed',
      'released',
      'reassigned',
      'assigned',
      'claimed',
    ])
  })

  test('a queue that hands out lets nobody choose, and gives the most urgent that may be worked on', async () => {
    const made: { lead: string; id: string }[] = []
    for (const sla of ['P3D', 'P1D', 'P2D']) {
      const one = await givenTask('create_task', { queue: 'handed', sla })
      // Real leads: a test lead's tasks are not handed out.
      await world.db.update(tasks).set({ isTest: false }).where(eq(tasks.id, one.id))
      made.push(one)
    }
    expect(await claimTask(world, made[1]?.id ?? '', ann)).toMatchObject({ code: 'CHOOSING_FORBIDDEN' })
    const both = await Promise.all([takeNext(world, 'handed', ann), takeNext(world, 'handed', ben)])
    expect(new Set(both.map((given) => given.done && given.taskId))).toEqual(new Set([made[1]?.id, made[2]?.id]))
    // Who has one gets the same again.
    expect(await takeNext(world, 'handed', ann)).toEqual(both[0])
  })
})

describe('calls only when they may be made', () => {
  test('claimed by day, refused by night with the hour from which on it may; an outcome at night is kept with a warning', async () => {
    const { lead, id } = await givenTask('escalate_to_call')
    await moveClock(world.db, lead, '2026-03-03T23:30:00.000Z')
    const refused = await claimTask(world, id, ann)
    expect(refused).toMatchObject({ done: false, code: 'CALL_NOT_NOW' })
    expect(refused).toHaveProperty('message', expect.stringMatching(/From 2026-03-04T/))
    await moveClock(world.db, lead, '2026-03-04T11:00:00.000Z')
    expect(await claimTask(world, id, ann)).toEqual({ done: true })

    const late = await givenTask('escalate_to_call')
    await moveClock(world.db, late.lead, '2026-03-03T23:30:00.000Z')
    const done = await completeTask({ ...world, poker }, { taskId: late.id, outcome: 'yes', actor: 'user:ann' })
    expect(done.done && done.warning).toMatch(/may not be called/)
    expect((await taskLogOf(world.db, late.id)).at(-1)?.detail).toMatchObject({ warning: expect.any(String) as string })
  })

  test('a lead that came onto the list between two looks cannot be claimed', async () => {
    const { lead, id } = await givenTask('escalate_to_call')
    // Past the one path for facts, so that the task is still there when it is claimed.
    await world.db.update(leads).set({ doNotCall: true }).where(eq(leads.id, lead))
    expect(await claimTask(world, id, ann)).toMatchObject({ code: 'CALL_REFUSED' })
    const other = await givenTask('create_task')
    await world.db.update(leads).set({ doNotCall: true }).where(eq(leads.id, other.lead))
    expect(await claimTask(world, other.id, ann)).toEqual({ done: true })
  })
})

test('a snoozed task sleeps, wakes by the keeper and says so; it must be put off to later, and not for ever', async () => {
  const { lead, id } = await givenTask('create_task', { assignee: 'ann' })
  const until = Date.parse('2026-03-03T15:00:00.000Z')
  expect(await snoozeTask(world, id, { until: until - 86_400_000 }, ann)).toMatchObject({ code: 'SNOOZE_INVALID' })
  expect(await snoozeTask(world, id, { until: until + 400 * 86_400_000, reason: 'x' }, ann)).toMatchObject({
    code: 'SNOOZE_INVALID',
  })
  expect(await snoozeTask(world, id, { until }, ben)).toMatchObject({ code: 'TASK_NOT_YOURS' })
  expect(await snoozeTask(world, id, { until }, ann)).toEqual({ done: true })
  expect(await tendTasks(world)).toMatchObject({ woken: 0 })
  await moveClock(world.db, lead, '2026-03-03T15:00:00.000Z')
  expect(await tendTasks(world)).toMatchObject({ woken: 1 })
  expect((await taskOf(world.db, lead)).snoozedUntil).toBeNull()
  const told = await world.db.select().from(notifications).where(eq(notifications.taskId, id))
  expect(told.map(({ kind }) => kind).sort()).toEqual(['assigned', 'snooze_over'])
})

describe('an outcome', () => {
  test('moves the lead at once', async () => {
    const { lead, id } = await givenTask('create_task')
    await completeTask({ ...world, poker }, { taskId: id, outcome: 'done', actor: 'user:ann' })
    await turn(world.db, lead)
    expect(await stepsOf(lead)).toEqual(['entry next', 'work outcome:done', 'won end'])
  })

  test('counts only when the time to take it back is over; taken back, the task is as it was', async () => {
    const { lead, id } = await givenTask('create_task')
    await claimTask(world, id, ann)
    const given = { taskId: id, outcome: 'done', note: 'Nice', actor: 'user:ann', undoSeconds: 5 }
    // The test lead's clock stands still: what is now, and five seconds from now, is where the test puts it.
    await world.db
      .update(leads)
      .set({ clock: { realStart: Date.now(), virtualStart: Date.parse(noon), speed: 1 } })
      .where(eq(leads.id, lead))
    const first = await completeTask({ ...world, poker }, given)
    const { wakeAt } = await turn(world.db, lead)
    expect(wakeAt).not.toBeNull()
    expect(await stepsOf(lead)).toEqual(['entry next'])
    expect(await undoOutcome({ ...world, poker }, { taskId: id, actor: 'user:ann' })).toMatchObject({ done: true })
    await turn(world.db, lead)
    expect(await taskOf(world.db, lead)).toMatchObject({ status: 'open', outcome: null, note: null, claimedBy: 'ann' })
    const again = await completeTask({ ...world, poker }, given)
    const effectiveAt = again.done ? (again.effectiveAt ?? 0) : 0
    expect(effectiveAt).toBeGreaterThan(first.done ? (first.effectiveAt ?? Infinity) - 1 : Infinity)
    await turnAt(world.db, lead, new Date(effectiveAt).toISOString())
    expect(await stepsOf(lead)).toEqual(['entry next', 'work outcome:done', 'won end'])
    expect(await undoOutcome({ ...world, poker }, { taskId: id, actor: 'user:ann' })).toMatchObject({
      code: 'UNDO_TOO_LATE',
    })
  })
})

describe('a task its lead made pointless closes itself, with the fact', () => {
  const change = (lead: string, leadChange: Record<string, unknown>) =>
    world.db.transaction((tx) =>
      applyLeadChanges(tx, [{ leadId: lead, ...leadChange } as LeadChange], { library: emptyLibrary(), actor: 'crm' }),
    )
  const event = (lead: string, type: string) =>
    world.db.transaction((tx) => ingestEvents(tx, [{ lead: { id: lead }, type }], { library: emptyLibrary() }))

  for (const [name, config, act, reason] of [
    [
      'a stage of customer',
      {},
      (lead: string) => change(lead, { kind: 'set_stage', stage: 'customer' }),
      'The lead became a customer on 2026-03-03.',
    ],
    ['a purchase', {}, (lead: string) => event(lead, 'purchased'), 'The lead became a customer on 2026-03-03.'],
    [
      'a stage of lost',
      {},
      (lead: string) => change(lead, { kind: 'set_stage', stage: 'lost' }),
      'The lead was given up on 2026-03-03.',
    ],
    [
      'a reply, where the author said so',
      { closeOn: ['replied'] },
      (lead: string) => event(lead, 'replied'),
      'The lead replied on 2026-03-03.',
    ],
  ] as const) {
    test(`by ${name}; the lead leaves by "Not done"`, async () => {
      const { lead, id } = await givenTask('escalate_to_call', config)
      const { leadIds } = await act(lead)
      expect(leadIds).toContain(lead)
      expect(await taskOf(world.db, lead)).toMatchObject({ status: 'cancelled', closedReason: reason })
      expect((await taskLogOf(world.db, id)).at(-1)).toMatchObject({ action: 'closed', detail: { reason } })
      expect(await claimTask(world, id, ann)).toMatchObject({ code: 'TASK_CLOSED' })
      await turn(world.db, lead)
      expect(await stepsOf(lead)).toEqual(['entry next', 'work expired', 'over end'])
    })
  }

  test('not by a reply when nobody said so, nor by a stage on the way', async () => {
    const { lead } = await givenTask('escalate_to_call')
    await event(lead, 'replied')
    await change(lead, { kind: 'set_stage', stage: 'opportunity' })
    expect((await taskOf(world.db, lead)).status).toBe('open')
  })

  test('also by another journey of the same lead, in its turn', async () => {
    const { lead } = await givenTask('escalate_to_call')
    const other = await publishDefinition(world.db, {
      steps: {
        win: ['promote', { stage: 'customer', reason: 'Paid' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    await enrolAt(world.db, lead, other, noon)
    await turn(world.db, lead)
    expect(await taskOf(world.db, lead)).toMatchObject({
      status: 'cancelled',
      closedReason: 'The lead became a customer on 2026-03-03.',
    })
    expect((await stepsOf(lead)).slice(-2)).toEqual(['work expired', 'over end'])
  })

  test('without a journey, and with a word of a colleague in its log', async () => {
    const lead = await addLead(world.db, { isTest: false })
    const [row] = await world.db
      .insert(tasks)
      .values({
        id: sql`gen_random_uuid()`,
        leadId: lead,
        kind: 'task',
        title: 'By hand',
        reason: '',
        queue: 'open',
        outcomes: [],
        closeOn: ['bought'],
        createdFor: new Date(),
        dueAt: new Date(Date.now() + 1000),
      })
      .returning({ id: tasks.id })
    expect(await commentTask(world, row?.id ?? '', 'Called twice', ann)).toEqual({ done: true })
    await change(lead, { kind: 'set_stage', stage: 'customer' })
    expect((await taskLogOf(world.db, row?.id ?? '')).map(({ action }) => action)).toEqual(['commented', 'closed'])
  })
})
