import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { tendTasks } from '#activities/tasks/tend-tasks.ts'
import { leads } from '#db/schema/leads.ts'
import { notifications } from '#db/schema/people.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { tasks } from '#db/schema/tasks.ts'
import { and, eq, inArray } from 'drizzle-orm'
import { createSmtpProvider } from '#activities/providers/smtp.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { addLead, publishDefinition, until } from '../../support/engine.ts'
import { startSmtpSink } from '../../support/smtp-sink.ts'
import { withMailroom } from '../deliveries/given.ts'
import { addPerson, addQueue, taskLogOf, taskOf } from '../../support/people.ts'
import { enrolAt, logOf, openTurnWorld, turn, type TurnWorld } from '../turn/turn-world.ts'

let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

const day = 86_400_000
const away = [{ from: new Date(Date.now() - day).toISOString(), until: new Date(Date.now() + 3 * day).toISOString() }]
const poker = { poke: () => Promise.resolve() } as unknown as Parameters<typeof completeTask>[0]['poker']

/** A journey that gives each lead a task and waits for it. */
function taskJourney(queue: string, config: Record<string, unknown> = {}): Promise<string> {
  return publishDefinition(world.db, {
    steps: { ask: ['create_task', { title: 'Ask', queue, sla: 'P1D', waitForOutcome: true, ...config }] },
  })
}

/** Many leads come to the step at the same time, each in a turn of its own. */
async function rush(journeyId: string, count: number, fields: Parameters<typeof addLead>[1] = {}): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => addLead(world.db, { isTest: false, ...fields })))
  const now = new Date().toISOString()
  for (const id of ids) await enrolAt(world.db, id, journeyId, now)
  await Promise.all(ids.map((id) => turn(world.db, id)))
  return ids
}

async function sharesOf(leadIds: string[]): Promise<Record<string, number>> {
  const rows = await world.db
    .select()
    .from(tasks)
    .where(and(inArray(tasks.leadId, leadIds), eq(tasks.status, 'open')))
  const shares: Record<string, number> = {}
  for (const { assignee } of rows) shares[assignee ?? 'nobody'] = (shares[assignee ?? 'nobody'] ?? 0) + 1
  return shares
}

describe('tasks of a queue go round, at once and exactly', () => {
  test('thirty tasks for three people: ten each', async () => {
    for (const key of ['ada', 'bob', 'cyd']) await addPerson(world.db, key)
    await addQueue(world.db, 'even', ['ada', 'bob', 'cyd'])
    expect(await sharesOf(await rush(await taskJourney('even'), 30))).toEqual({ ada: 10, bob: 10, cyd: 10 })
  })

  test('capacity is never passed and the absent get nothing; what is left waits with the reason', async () => {
    await addPerson(world.db, 'dan', { capacity: 4 })
    await addPerson(world.db, 'eva', { capacity: 7 })
    await addPerson(world.db, 'fay', { absences: away })
    await addPerson(world.db, 'gus', { active: false })
    await addQueue(world.db, 'tight', ['dan', 'eva', 'fay', 'gus'])
    const ids = await rush(await taskJourney('tight'), 20)
    expect(await sharesOf(ids)).toEqual({ dan: 4, eva: 7, nobody: 9 })
    const waiting = (await Promise.all(ids.map((id) => taskOf(world.db, id)))).find((task) => task.assignee === null)
    expect(waiting?.unassignedReason).toMatch(
      /dan has 4 of 4 open tasks; eva has 7 of 7.*fay is away until \d{4}-.*gus no longer/,
    )

    // Two of Dan's are done: two more for him, by the keeper, and no more than that.
    const dans = (await Promise.all(ids.map((id) => taskOf(world.db, id)))).filter((task) => task.assignee === 'dan')
    for (const { id } of dans.slice(0, 2))
      await completeTask({ db: world.db, poker }, { taskId: id, outcome: 'done', actor: 'dan' })
    expect(await tendTasks({ db: world.db })).toMatchObject({ assigned: 2 })
    expect(await sharesOf(ids)).toEqual({ dan: 4, eva: 7, nobody: 7 })

    // Fay is back: the rest is hers. Nothing is left for a second round.
    await addPerson(world.db, 'fay')
    expect(await tendTasks({ db: world.db })).toMatchObject({ assigned: 7 })
    expect(await sharesOf(ids)).toEqual({ dan: 4, eva: 7, fay: 7 })
    expect(await tendTasks({ db: world.db })).toEqual({ woken: 0, assigned: 0, handedOn: 0, webhooks: 0 })
  })

  test('leads get owners the same way, within capacity, and the step says who or that nobody is free', async () => {
    await addPerson(world.db, 'hal')
    await addPerson(world.db, 'ida')
    await addPerson(world.db, 'jon', { absences: away })
    const owners = ['hal', 'ida', 'jon'].map((id) => ({ id }))
    const journey = await publishDefinition(world.db, {
      steps: {
        give: ['assign_owner', { owners }, { next: 'end', nobody: 'none' }],
        end: ['exit', { reason: 'x' }],
        none: ['exit', { reason: 'x' }],
      },
    })
    const ids = await rush(journey, 24)
    const rows = await world.db.select().from(leads).where(inArray(leads.id, ids))
    expect(rows.filter((row) => row.ownerId === 'hal')).toHaveLength(12)
    expect(rows.filter((row) => row.ownerId === 'ida')).toHaveLength(12)
    expect((await logOf(world.db, ids[0] ?? '')).map((line) => line.split(' @')[0])).toEqual([
      'entry next',
      'give next',
      'end end',
    ])

    for (const key of ['hal', 'ida']) await addPerson(world.db, key, { absences: away })
    const [late] = await rush(journey, 1)
    expect((await logOf(world.db, late ?? '')).map((line) => line.split(' @')[0])).toEqual([
      'entry next',
      'give nobody',
      'none end',
    ])
  })

  test('twice the share, twice as often; names nobody has are drawn as before', async () => {
    await addPerson(world.db, 'kim')
    await addPerson(world.db, 'lou')
    const weighted = await publishDefinition(world.db, {
      steps: {
        give: [
          'assign_owner',
          {
            owners: [
              { id: 'kim', weight: 2 },
              { id: 'lou', weight: 1 },
            ],
          },
          {},
        ],
      },
    })
    const ids = await rush(weighted, 30)
    const kims = await world.db
      .select()
      .from(leads)
      .where(and(inArray(leads.id, ids), eq(leads.ownerId, 'kim')))
    expect(kims.length).toBeGreaterThanOrEqual(18)
    expect(kims.length).toBeLessThanOrEqual(22)
    const strangers = await publishDefinition(world.db, {
      steps: { give: ['assign_owner', { owners: [{ id: 'nobody-here' }] }, {}] },
    })
    const [lead] = await rush(strangers, 1)
    const [row] = await world.db
      .select()
      .from(leads)
      .where(eq(leads.id, lead ?? ''))
    expect(row?.ownerId).toBe('nobody-here')
  })
})

describe('who a task is meant for', () => {
  test('an owner who is there comes first, their deputy while they are away, then the queue', async () => {
    await addPerson(world.db, 'mia', { capacity: 1 })
    await addPerson(world.db, 'ned')
    await addPerson(world.db, 'olu', { absences: away.map((one) => ({ ...one, deputy: 'ned' })) })
    await addPerson(world.db, 'pia')
    await addQueue(world.db, 'owners', ['pia'], { rule: 'owner_first' })
    const journey = await taskJourney('owners')
    expect(await sharesOf(await rush(journey, 2, { ownerId: 'mia' }))).toEqual({ mia: 1, pia: 1 })
    expect(await sharesOf(await rush(journey, 1, { ownerId: 'olu' }))).toEqual({ ned: 1 })
    expect(await sharesOf(await rush(await taskJourney('owners', { assignee: 'olu' }), 1))).toEqual({ ned: 1 })
  })

  test('a test run takes from nobody: neither their capacity nor their turn', async () => {
    await addPerson(world.db, 'quy', { capacity: 1 })
    await addQueue(world.db, 'one', ['quy'])
    const journey = await taskJourney('one')
    const clock = { realStart: Date.now(), virtualStart: Date.now(), speed: 1 }
    expect(await sharesOf(await rush(journey, 2, { isTest: true, clock }))).toEqual({ quy: 1, nobody: 1 })
    expect(await sharesOf(await rush(journey, 1))).toEqual({ quy: 1 })
  })

  test('who goes away for longer than the task may wait loses it to somebody who is there; a task at work stays', async () => {
    await addPerson(world.db, 'ron')
    await addPerson(world.db, 'sue')
    await addQueue(world.db, 'moving', ['ron'])
    const ids = await rush(await taskJourney('moving'), 2)
    const [first, second] = await Promise.all(ids.map((id) => taskOf(world.db, id)))
    await world.db
      .update(tasks)
      .set({ claimedBy: 'ron' })
      .where(eq(tasks.id, second?.id ?? ''))
    await addQueue(world.db, 'moving', ['ron', 'sue'])
    await addPerson(world.db, 'ron', {
      absences: [{ from: away[0]?.from ?? '', until: new Date(Date.now() + 9 * day).toISOString() }],
    })
    expect(await tendTasks({ db: world.db })).toMatchObject({ handedOn: 1 })
    expect(await sharesOf(ids)).toEqual({ ron: 1, sue: 1 })
    expect((await taskLogOf(world.db, first?.id ?? '')).map(({ action }) => action)).toEqual([
      'created',
      'assigned',
      'assigned',
    ])
  })
})

test('who gets a task is told, once, by mail with a link; about a test lead only the mailbox knows', async () => {
  await addPerson(world.db, 'tom', {
    notifications: { email: true, webhookUrl: 'https://hooks.example/x' },
  })
  await addQueue(world.db, 'told', ['tom'])
  const journey = await taskJourney('told', { title: 'Ask {{ lead.email }}' })
  const [lead = ''] = await rush(journey, 1)
  const task = await taskOf(world.db, lead)
  expect(await world.db.select().from(notifications).where(eq(notifications.leadId, lead))).toMatchObject([
    { person: 'tom', kind: 'assigned', webhook: 'queued', taskId: task.id },
  ])
  const [mail] = await world.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
  expect(mail).toMatchObject({ channel: 'notification', purpose: 'internal', isTest: false })
  expect(mail?.content.to).toBe('tom@company.example')
  expect(mail?.content.subject).toContain('Ask {{ lead.email }}')
  expect(mail?.content.verbatim?.links).toEqual([expect.stringContaining(`/tasks?task=${task.id}`)])
  expect(mail?.content.body).toContain(`/tasks?task=${task.id}`)

  const clock = { realStart: Date.now(), virtualStart: Date.now(), speed: 1 }
  const [test = ''] = await rush(journey, 1, { isTest: true, clock })
  expect(await world.db.select().from(notifications).where(eq(notifications.leadId, test))).toMatchObject([
    { webhook: 'none' },
  ])
  const [testMail] = await world.db.select().from(deliveries).where(eq(deliveries.leadId, test))
  expect(testMail?.isTest).toBe(true)

  const sent: unknown[] = []
  await world.db
    .update(notifications)
    .set({ webhook: 'none' })
    .where(inArray(notifications.person, ['ada']))
  expect(await tendTasks({ db: world.db, send: (call) => Promise.resolve(void sent.push(call)) })).toMatchObject({
    webhooks: 1,
  })
  expect(sent).toMatchObject([{ url: 'https://hooks.example/x', payload: { kind: 'assigned', taskId: task.id } }])
})

test('a journey that tells a person or a queue writes to their addresses; a name nobody has stays as it is', async () => {
  await addPerson(world.db, 'uma')
  await addPerson(world.db, 'vic', { absences: away })
  await addQueue(world.db, 'duo', ['uma', 'vic', 'tom'])
  const steps = Object.fromEntries(
    ['uma', 'duo', 'stranger'].map((to, index) => [
      `tell${String(index)}`,
      ['notify', { to, message: 'Look' }, { next: `tell${String(index + 1)}` }] as [
        string,
        object,
        Record<string, string>,
      ],
    ]),
  )
  const [lead = ''] = await rush(
    await publishDefinition(world.db, { steps: { ...steps, tell3: ['exit', { reason: 'x' }] } as never }),
    1,
  )
  const rows = await world.db.select().from(deliveries).where(eq(deliveries.leadId, lead)).orderBy(deliveries.stepId)
  expect(rows.map((row) => [row.stepId, row.content.to])).toEqual([
    ['tell0', 'uma@company.example'],
    ['tell1/tom', 'tom@company.example'],
    ['tell1/uma', 'uma@company.example'],
    ['tell2', 'stranger'],
  ])

  const sink = await startSmtpSink()
  const notification = createSmtpProvider({
    url: sink.url,
    sender: () => Promise.resolve({ name: 'Company', email: 'news@company.example' }),
  })
  await setLiveSending(world.db, { on: true, actor: 'owner' })
  const settled = async () => {
    const left = await world.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
    return left.every((row) => row.status === 'accepted' || row.status === 'failed')
  }
  try {
    await withMailroom(world, { providers: { notification } }, () => until('all are told', settled), 'notification')
  } finally {
    notification.close()
    await sink.close()
  }
  const got = sink.taken().filter((mail) => mail.raw.includes('Subject: A lead needs your eye'))
  expect(got.map((mail) => mail.to.join()).toSorted()).toEqual([
    'tom@company.example',
    'uma@company.example',
    'uma@company.example',
  ])
})
