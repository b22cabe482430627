import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelQueued, insertDelivery, releaseHeld } from '#db/repositories/deliveries.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { deliveries, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { leadInputs, leadPokes } from '#db/schema/inputs.ts'
import { leadAssets } from '#db/schema/leads.ts'
import { claim, enrolled, fateOf, openWorld, queued, recordInvited, rowOf, totalsOf, type World } from './given.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const day = 86_400_000

describe('the ledger', () => {
  test('holds one row per visit, however often the turn is repeated', async () => {
    const lead = await enrolled(world)
    const first = await queued(world, lead)
    const again = await queued(world, lead, { content: { body: 'another text' } })
    expect(again).toBe(first)
    expect((await rowOf(world, first)).content.subject).toBe('Hello')
    expect(await queued(world, lead, { visit: 2 })).not.toBe(first)
  })

  test('keeps the instants of a deferred message, on the lead’s clock and on the wall', async () => {
    const realStart = Date.now()
    const virtualStart = Date.UTC(2030, 0, 1)
    const lead = await enrolled(world, { lead: { clock: { realStart, virtualStart, speed: 86_400 } } })
    const id = await queued(world, lead, {
      queuedAt: virtualStart,
      decision: { verdict: 'deferred', notBefore: virtualStart + day, reason: 'quiet_hours' },
    })
    const row = await rowOf(world, id)
    expect([row.status, row.reason]).toEqual(['queued', 'quiet_hours'])
    expect(row.notBefore?.getTime()).toBe(virtualStart + day)
    expect(row.countedAt.getTime()).toBe(virtualStart + day)
    expect(row.claimableAt.getTime()).toBe(realStart + 1000)
  })

  test('a retry uses the row of a message that was not sent, and only of one', async () => {
    const lead = await enrolled(world)
    const skipped = await queued(world, lead, { decision: { verdict: 'skipped', reason: 'no_consent' } })
    expect(await fateOf(world, skipped)).toEqual(['skipped', 'no_consent'])
    expect(await queued(world, lead)).toBe(skipped)
    expect(await fateOf(world, skipped)).toEqual(['skipped', 'no_consent'])
    expect(await queued(world, lead, { retry: true })).toBe(skipped)
    expect(await fateOf(world, skipped)).toEqual(['queued', null])
    await world.db.update(deliveries).set({ status: 'accepted' }).where(eq(deliveries.id, skipped))
    const again = await world.db.transaction((tx) =>
      insertDelivery(tx, {
        leadId: lead.leadId,
        enrollmentId: lead.enrollmentId,
        journeyId: world.journeyId,
        stepId: 'mail',
        visit: 1,
        channel: 'email',
        purpose: 'nurture',
        content: { body: '' },
        decision: { verdict: 'queued' },
        priority: 3,
        assetLineage: null,
        countsAs: null,
        queuedAt: 0,
        staleAt: null,
        clock: null,
        isTest: false,
        retry: true,
      }),
    )
    expect(again).toEqual({ id: skipped, isNew: false })
    expect((await rowOf(world, skipped)).status).toBe('accepted')
  })
})

describe('cancelling what is queued', () => {
  test('takes the counted invitation back, with the exact totals of those that remain', async () => {
    const lead = await enrolled(world)
    const other = await enrolled(world)
    const at = Date.now() - 9 * day
    await recordInvited(world.db, lead.leadId, new Date(at))
    await recordInvited(world.db, other.leadId, new Date(at))
    const id = await queued(world, lead, { counts: true, queuedAt: at + 3 * day })
    expect(await totalsOf(world, lead.leadId)).toEqual({ count: 2, firstAt: at, lastAt: at + 3 * day })
    await world.db.transaction((tx) => cancelQueued(tx, { enrollmentId: lead.enrollmentId }, 'left'))
    expect(await fateOf(world, id)).toEqual(['cancelled', 'left'])
    expect(await totalsOf(world, lead.leadId)).toEqual({ count: 1, firstAt: at, lastAt: at })
    const [event] = await world.db
      .select()
      .from(events)
      .where(eq(events.id, (await rowOf(world, id)).countedEventId ?? 0))
    expect(event?.voidedAt).not.toBeNull()
    await world.db.transaction((tx) => cancelQueued(tx, { enrollmentId: lead.enrollmentId }, 'again'))
    expect(await totalsOf(world, lead.leadId)).toEqual({ count: 1, firstAt: at, lastAt: at })
    expect(await totalsOf(world, other.leadId)).toEqual({ count: 1, firstAt: at, lastAt: at })
  })

  test('leaves no counter at zero', async () => {
    const lead = await enrolled(world)
    await queued(world, lead, { counts: true })
    await world.db.transaction((tx) => cancelQueued(tx, { enrollmentId: lead.enrollmentId }, 'left'))
    expect(await totalsOf(world, lead.leadId)).toBeNull()
  })

  test('an asset that only this message would have brought was not received; one of before stays', async () => {
    const lead = await enrolled(world)
    const at = Date.now() - day
    await world.db.insert(leadAssets).values([
      { leadId: lead.leadId, lineage: 'guide', receivedAt: new Date(at) },
      { leadId: lead.leadId, lineage: 'video', receivedAt: new Date(at - day) },
    ])
    await queued(world, lead, { queuedAt: at, assetLineage: 'guide' })
    await queued(world, lead, { queuedAt: at, assetLineage: 'video', visit: 2 })
    await world.db.transaction((tx) => cancelQueued(tx, { enrollmentId: lead.enrollmentId }, 'left'))
    const left = await world.db.select().from(leadAssets).where(eq(leadAssets.leadId, lead.leadId))
    expect(left.map((row) => row.lineage)).toEqual(['video'])
  })

  test('does not touch what a provider already has', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    await claim(world)
    await world.db.transaction((tx) => cancelQueued(tx, { enrollmentId: lead.enrollmentId }, 'left'))
    expect((await rowOf(world, id)).status).toBe('sending')
  })
})

describe('suppressing a lead', () => {
  test('cancels its messages on those channels in every journey and says which are under way', async () => {
    const lead = await enrolled(world)
    const gone = await queued(world, lead)
    await claim(world)
    const waiting = await queued(world, lead, { visit: 2 })
    const card = await queued(world, lead, { visit: 3, channel: 'postcard' })
    const second = await enrolled(world, { leadId: lead.leadId })
    const elsewhere = await queued(world, second)
    const at = Date.now()
    const result = await world.db.transaction((tx) =>
      suppressLead(tx, {
        leadId: lead.leadId,
        channels: ['email', 'phone'],
        reason: 'unsubscribed',
        source: 'page',
        at,
      }),
    )
    expect(result.cancelled.toSorted()).toEqual([waiting, elsewhere].toSorted())
    expect(result.underWay).toEqual([gone])
    expect(await fateOf(world, waiting)).toEqual(['cancelled', 'suppressed'])
    expect((await rowOf(world, card)).status).toBe('queued')
    const rows = await world.db.select().from(suppressions).where(eq(suppressions.leadId, lead.leadId))
    expect(rows.map((row) => `${row.channel}: ${row.reason}`).toSorted()).toEqual([
      'email: unsubscribed',
      'phone: unsubscribed',
    ])
  })

  test('keeps the first reason when it is repeated', async () => {
    const { leadId } = await enrolled(world)
    for (const reason of ['unsubscribed', 'hard_bounce']) {
      await world.db.transaction((tx) =>
        suppressLead(tx, { leadId, channels: ['email', 'email'], reason, source: 'page', at: Date.now() }),
      )
    }
    const rows = await world.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))
    expect(rows.map((row) => row.reason)).toEqual(['unsubscribed'])
  })

  test.each([
    ['the enrollment that waits for this message', ['sent:mail:1'], 1],
    ['one that waits for another visit', ['sent:mail:2'], 0],
    ['one whose rule counts invitations', ['event:invited'], 1],
    ['one that waits for something else', ['event:downloaded', 'field:city'], 0],
  ] as const)('wakes only who rests on it: %s', async (_, dependsOn, inputs) => {
    const lead = await enrolled(world, { dependsOn: [...dependsOn] })
    const id = await queued(world, lead, { counts: true })
    const { leadIds } = await world.db.transaction((tx) =>
      suppressLead(tx, { leadId: lead.leadId, channels: ['email'], reason: 'x', source: 'x', at: Date.now() }),
    )
    const rows = await world.db.select().from(leadInputs).where(eq(leadInputs.leadId, lead.leadId))
    expect(rows).toHaveLength(inputs)
    expect(leadIds).toHaveLength(inputs)
    for (const row of rows) expect([row.kind, row.payload]).toEqual(['delivery', { deliveryId: id }])
    expect(await world.db.select().from(leadPokes).where(eq(leadPokes.leadId, lead.leadId))).toHaveLength(inputs)
  })

  test('an enrollment is not woken by a message of another that has its step’s name', async () => {
    const lead = await enrolled(world)
    await queued(world, lead)
    await enrolled(world, { leadId: lead.leadId, dependsOn: ['sent:mail:1'] })
    await world.db.transaction((tx) =>
      suppressLead(tx, { leadId: lead.leadId, channels: ['email'], reason: 'x', source: 'x', at: Date.now() }),
    )
    expect(await world.db.select().from(leadInputs).where(eq(leadInputs.leadId, lead.leadId))).toHaveLength(0)
  })
})

test('releasing held messages makes them due at once, and no others', async () => {
  const lead = await enrolled(world, { status: 'paused' })
  const held = await queued(world, lead)
  const later = await queued(world, lead, {
    visit: 2,
    decision: { verdict: 'deferred', notBefore: Date.now() + day, reason: 'cap_reached' },
  })
  await claim(world)
  expect(await fateOf(world, held)).toEqual(['queued', 'enrollment_paused'])
  expect((await rowOf(world, held)).claimableAt.getTime()).toBeGreaterThan(Date.now())
  await releaseHeld(world.db, { enrollmentId: lead.enrollmentId })
  expect((await rowOf(world, held)).claimableAt.getTime()).toBeLessThanOrEqual(Date.now())
  expect((await rowOf(world, later)).claimableAt.getTime()).toBeGreaterThan(Date.now())
})
