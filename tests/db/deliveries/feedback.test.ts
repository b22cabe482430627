import { asc, eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordDeliveryFeedback } from '#activities/mailroom/outcomes.ts'
import { countMail, readMailCounts } from '#db/repositories/journey-breaker.ts'
import { readSendingStops, releaseSending } from '#db/repositories/sending-stops.ts'
import { suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { deliveryFeedback } from '#db/schema/sending.ts'
import { enrolled, fateOf, openWorld, queued, setPolicy, type World } from './given.ts'

let world: World
let poked: string[]
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  poked = []
})
afterEach(() => world.close())

const record = (deliveryId: string, kind: 'hard_bounce' | 'soft_bounce' | 'complaint', code = '5.1.1') =>
  recordDeliveryFeedback(
    {
      db: world.db,
      poker: {
        poke: (leadIds) => {
          poked.push(...leadIds)
          return Promise.resolve({ failed: 0 })
        },
      },
    },
    { deliveryId, kind, code, at: Date.now() },
  )

describe('feedback from mailboxes', () => {
  test('a hard bounce suppresses the email, cancels what is queued, and is an event; told twice it counts once', async () => {
    const lead = await enrolled(world, { dependsOn: ['event:email_bounced'] })
    const bounced = await queued(world, lead)
    const next = await queued(world, lead, { visit: 2 })
    const first = await record(bounced, 'hard_bounce')
    expect(first).toMatchObject({ isNew: true, suppressed: true })
    expect(first.cancelled).toContain(next)
    expect(await record(bounced, 'hard_bounce', '5.1.2')).toMatchObject({ isNew: false, leadIds: [] })
    expect(await fateOf(world, next)).toEqual(['cancelled', 'suppressed'])
    expect(await world.db.select().from(suppressions)).toMatchObject([
      { leadId: lead.leadId, channel: 'email', reason: 'hard_bounce' },
    ])
    expect(await world.db.select().from(events)).toMatchObject([
      { type: 'email_bounced', properties: { delivery: bounced, kind: 'hard_bounce', code: '5.1.1' } },
    ])
    expect(await world.db.select().from(deliveryFeedback)).toHaveLength(1)
    expect(poked).toContain(lead.leadId)
  })

  test('a soft bounce suppresses nothing, a complaint does; neither is a sign of life', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    expect(await record(id, 'soft_bounce', '4.2.2')).toMatchObject({ isNew: true, suppressed: false })
    expect(await world.db.select().from(suppressions)).toEqual([])
    expect(await record(id, 'complaint', 'abuse')).toMatchObject({ isNew: true, suppressed: true })
    const kept = await world.db.select({ type: events.type }).from(events).orderBy(asc(events.id))
    expect(kept.map((event) => event.type)).toEqual(['email_bounced', 'email_complained'])
    const [row] = await world.db.query.leads.findMany({ where: (leads, { eq: is }) => is(leads.id, lead.leadId) })
    expect(row?.lastActivityAt).toBeNull()
  })

  test('of what went to a colleague, nothing falls on the lead or its journey', async () => {
    const lead = await enrolled(world, { dependsOn: ['event:email_bounced'] })
    const told = {
      channel: 'notification',
      purpose: 'internal',
      content: { body: 'Look', to: 'gone@company.example' },
    } as const
    const notice = await queued(world, lead, { ...told, stepId: 'notify/x/gone' })
    const inward = await queued(world, lead, { purpose: 'internal', content: told.content, visit: 2 })
    const next = await queued(world, lead, { visit: 3 })
    for (const id of [notice, inward]) {
      for (const kind of ['hard_bounce', 'soft_bounce', 'complaint'] as const)
        expect(await record(id, kind)).toEqual({ isNew: false, suppressed: false, cancelled: [], leadIds: [] })
    }
    expect(await fateOf(world, next)).toEqual(['queued', null])
    expect(await world.db.select().from(suppressions)).toEqual([])
    expect(await world.db.select().from(events)).toEqual([])
    expect(await readMailCounts(world.db, [world.journeyId], 24)).toEqual(new Map())
    expect(poked).toEqual([])
  })

  test('of a message nobody knows, nothing is recorded', async () => {
    expect(await record('018f0000-0000-7000-8000-000000000000', 'complaint')).toMatchObject({ isNew: false })
    expect(await world.db.select().from(deliveryFeedback)).toEqual([])
  })
})

describe('the circuit breaker of a journey', () => {
  test('stops its mail at 5 % hard bounces of 100 mails, not at 4 %; released, it counts from there', async () => {
    await countMail(world.db, [{ journeyId: world.journeyId, accepted: 100 }])
    const made: string[] = []
    for (let lead = 0; lead < 7; lead += 1) made.push(await queued(world, await enrolled(world)))
    for (const id of made.slice(0, 4)) await record(id, 'hard_bounce')
    expect(await readSendingStops(world.db)).toEqual([])
    await record(made[4] ?? '', 'hard_bounce')
    expect(await readSendingStops(world.db)).toMatchObject([
      { kind: 'journey', subject: world.journeyId, actor: 'system', reason: expect.stringMatching(/^5 of 100 mails/) },
    ])
    const audited = await world.db.select().from(auditLog).where(eq(auditLog.action, 'sending.stopped'))
    expect(audited).toMatchObject([{ actor: 'system', subjectKind: 'journey', subjectId: world.journeyId }])

    await world.db.transaction((tx) =>
      releaseSending(tx, { kind: 'journey', subject: world.journeyId, reason: 'list cleaned', actor: 'owner' }),
    )
    expect(await readMailCounts(world.db, [world.journeyId], 24)).toEqual(new Map())
    await record(made[5] ?? '', 'hard_bounce')
    expect(await readSendingStops(world.db)).toEqual([])
    expect((await readMailCounts(world.db, [world.journeyId], 24)).get(world.journeyId)?.hardBounces).toBe(1)
  })

  test('one complaint of 100 mails stops nothing, the second does; below 100 mails nothing is judged', async () => {
    await countMail(world.db, [{ journeyId: world.journeyId, accepted: 99 }])
    const made: string[] = []
    for (let lead = 0; lead < 4; lead += 1) made.push(await queued(world, await enrolled(world)))
    for (const id of made.slice(0, 2)) await record(id, 'complaint')
    expect(await readSendingStops(world.db)).toEqual([])
    await countMail(world.db, [{ journeyId: world.journeyId, accepted: 1 }])
    await record(made[2] ?? '', 'complaint')
    expect(await readSendingStops(world.db)).toMatchObject([{ reason: expect.stringMatching(/reported as spam/) }])
  })
})
