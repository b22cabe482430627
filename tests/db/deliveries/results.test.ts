import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  markUnknown,
  recordAccepted,
  recordFailed,
  renewLease,
  resolveUnknown,
  type Refused,
} from '#db/repositories/delivery-results.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { auditLog } from '#db/schema/tasks.ts'
import {
  claim,
  enrolled,
  fateOf,
  openWorld,
  queued,
  rowOf,
  setPolicy,
  totalsOf,
  type Enrolled,
  type World,
} from './given.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
})
afterEach(() => world.close())

const accept = (deliveryId: string, leadId: string) =>
  world.db.transaction((tx) => recordAccepted(tx, [{ deliveryId, leadId, providerId: `provider:${deliveryId}` }]))

const refuse = (deliveryId: string, leadId: string, kind: Refused['kind'], reason: string = kind) =>
  world.db.transaction((tx) => recordFailed(tx, [{ deliveryId, leadId, kind, reason }]))

const inputsOf = ({ leadId }: Enrolled) => world.db.select().from(leadInputs).where(eq(leadInputs.leadId, leadId))

/** Makes every row due at once, whatever pause it was given. */
const makeDue = () => world.db.update(deliveries).set({ claimableAt: sql`now() - interval '1 second'` })

describe('an acceptance', () => {
  test('is recorded once, with its instant, and wakes the enrollment that rests on it', async () => {
    const lead = await enrolled(world, { dependsOn: ['sent:mail:1'] })
    const id = await queued(world, lead)
    await claim(world)
    const before = Date.now()
    expect(await accept(id, lead.leadId)).toEqual([lead.leadId])
    const row = await rowOf(world, id)
    expect([row.status, row.providerId]).toEqual(['accepted', `provider:${id}`])
    expect(row.acceptedAt?.getTime()).toBeGreaterThanOrEqual(before - 5)
    expect(row.countedAt).toEqual(row.acceptedAt)
    const [input] = await inputsOf(lead)
    expect([input?.kind, input?.payload, input?.at]).toEqual(['delivery', { deliveryId: id }, row.acceptedAt])
    expect(await accept(id, lead.leadId)).toEqual([])
    expect(await inputsOf(lead)).toHaveLength(1)
  })

  test('writes no input for a lead that does not rest on it', async () => {
    const lead = await enrolled(world, { dependsOn: ['event:downloaded'] })
    const id = await queued(world, lead)
    await claim(world)
    expect(await accept(id, lead.leadId)).toEqual([])
    expect(await inputsOf(lead)).toHaveLength(0)
  })

  test('of a test lead’s message has the instant it was meant for', async () => {
    const meant = Date.UTC(2030, 0, 2)
    const clock = { realStart: Date.now() - 60_000, virtualStart: Date.UTC(2030, 0, 1), speed: 86_400 }
    const lead = await enrolled(world, { lead: { clock } })
    const id = await queued(world, lead, {
      queuedAt: clock.virtualStart,
      decision: { verdict: 'deferred', notBefore: meant, reason: 'quiet_hours' },
    })
    await claim(world)
    await accept(id, lead.leadId)
    expect((await rowOf(world, id)).acceptedAt?.getTime()).toBe(meant)
  })

  test('that comes late still counts when the message was already given up as unknown', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    await claim(world)
    await markUnknown(world.db, { deliveryIds: [id] })
    await accept(id, lead.leadId)
    expect((await rowOf(world, id)).status).toBe('accepted')
  })
})

describe('a refusal', () => {
  test('for now is tried again after 30 s, doubling up to an hour, for a day; then it has failed and counts no more', async () => {
    const lead = await enrolled(world, { dependsOn: ['sent:mail:1'] })
    const id = await queued(world, lead, { counts: true })
    const pauses: number[] = []
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      await makeDue()
      expect((await claim(world)).claimed).toHaveLength(1)
      await refuse(id, lead.leadId, 'temporary', '451 later')
      const row = await rowOf(world, id)
      pauses.push(Math.round((row.claimableAt.getTime() - Date.now()) / 1000))
    }
    expect(pauses.slice(0, 9)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    expect(pauses.slice(0, 29).reduce((sum, seconds) => sum + seconds)).toBeGreaterThan(80_000)
    expect(await fateOf(world, id)).toEqual(['failed', '451 later'])
    expect(await totalsOf(world, lead.leadId)).toBeNull()
    expect(await inputsOf(lead)).toHaveLength(1)
  })

  test('for good fails at once; the retry of a person begins anew', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead, { counts: true })
    await claim(world)
    await refuse(id, lead.leadId, 'permanent', '550 no such mailbox')
    expect(await fateOf(world, id)).toEqual(['failed', '550 no such mailbox'])
    expect(await totalsOf(world, lead.leadId)).toBeNull()
    await queued(world, lead, { retry: true, counts: true })
    await claim(world)
    expect((await rowOf(world, id)).attempts).toBe(1)
    expect((await totalsOf(world, lead.leadId))?.count).toBe(1)
  })

  test('does not undo an acceptance', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    await claim(world)
    await accept(id, lead.leadId)
    await refuse(id, lead.leadId, 'permanent')
    expect((await rowOf(world, id)).status).toBe('accepted')
  })
})

describe('a batch that died', () => {
  const age = (id: string, seconds: number) =>
    world.db
      .update(deliveries)
      .set({ claimedAt: sql`now() - ${seconds} * interval '1 second'` })
      .where(eq(deliveries.id, id))

  test('leaves its messages unknown once its lease has passed, not before, and not while it renews it', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    await claim(world)
    await age(id, 9)
    expect(await markUnknown(world.db, { channel: 'email', leaseMs: 10_000 })).toBe(0)
    await age(id, 11)
    await renewLease(world.db, 'run-1', 'email')
    expect(await markUnknown(world.db, { channel: 'email', leaseMs: 10_000 })).toBe(0)
    await age(id, 11)
    expect(await markUnknown(world.db, { channel: 'postcard', leaseMs: 10_000 })).toBe(0)
    expect(await markUnknown(world.db, { channel: 'email', leaseMs: 10_000 })).toBe(1)
    expect(await fateOf(world, id)).toEqual(['unknown', 'outcome_unknown'])
  })

  test('mail is tried again, asked about anew; a postcard waits for a person', async () => {
    const lead = await enrolled(world)
    const mail = await queued(world, lead)
    const card = await queued(world, lead, { visit: 2, channel: 'postcard' })
    await world.db.execute(
      sql`update leads set address_line1 = '1 Road', city = 'Town', region = 'NY', postal_code = '10001', country = 'US'`,
    )
    await claim(world)
    await claim(world, { channel: 'postcard' })
    await markUnknown(world.db, { deliveryIds: [mail, card] })
    await makeDue()
    expect((await claim(world)).claimed.map(({ delivery }) => [delivery.id, delivery.attempts])).toEqual([[mail, 2]])
    expect((await claim(world, { channel: 'postcard' })).looked).toBe(0)
  })

  test('mail of unknown fate is not sent again to who has unsubscribed, and stays counted', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead, { counts: true })
    await claim(world)
    await markUnknown(world.db, { deliveryIds: [id] })
    await makeDue()
    await world.db.execute(
      sql`insert into suppressions (lead_id, channel, reason, source, at) values (${lead.leadId}, 'email', 'x', 'x', now())`,
    )
    expect((await claim(world)).claimed).toHaveLength(0)
    expect(await fateOf(world, id)).toEqual(['cancelled', 'suppressed'])
    expect((await totalsOf(world, lead.leadId))?.count).toBe(1)
  })

  test('mail that has died with its batch six times waits for a person, too', async () => {
    const lead = await enrolled(world)
    const id = await queued(world, lead)
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      expect((await claim(world)).claimed).toHaveLength(1)
      await markUnknown(world.db, { deliveryIds: [id] })
      await makeDue()
    }
    expect((await claim(world)).looked).toBe(0)
    expect((await rowOf(world, id)).status).toBe('unknown')
  })

  test.each([
    ['sent', 'accepted', 1],
    ['not_sent', 'failed', 0],
    ['send_again', 'queued', 1],
  ] as const)('a person says it was %s: it is %s', async (resolution, status, counted) => {
    const lead = await enrolled(world)
    const deliveryId = await queued(world, lead, { counts: true })
    const resolve = () => world.db.transaction((tx) => resolveUnknown(tx, { deliveryId, resolution, actor: 'ada' }))
    await claim(world)
    expect(await resolve()).toBeNull()
    await markUnknown(world.db, { deliveryIds: [deliveryId] })
    expect(await resolve()).not.toBeNull()
    expect((await rowOf(world, deliveryId)).status).toBe(status)
    expect((await totalsOf(world, lead.leadId))?.count ?? 0).toBe(counted)
    const audit = await world.db.select().from(auditLog).where(eq(auditLog.subjectId, deliveryId))
    expect(audit.map((row) => [row.actor, row.action])).toEqual([['ada', `delivery.${resolution}`]])
  })
})
