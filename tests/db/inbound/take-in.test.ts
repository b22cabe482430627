import { and, eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeInMail, type InboundDependencies } from '#activities/inbound/take-in.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import { eraseLeads } from '#db/repositories/erasure.ts'
import { listInbound, releaseReplies } from '#db/repositories/inbound.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { consents, deliveries, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { inboundMail } from '#db/schema/inbound.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { rawBounce, rawComplaint, rawMail, type RawMail } from '../../unit/inbound/raw-mail.ts'
import {
  claim,
  enrolled,
  fateOf,
  openWorld,
  queued,
  rowOf,
  setPolicy,
  type Enrolled,
  type World,
} from '../deliveries/given.ts'

let world: World
let dependencies: InboundDependencies
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  dependencies = {
    db: world.db,
    poker: { poke: async () => ({ failed: 0 }) },
    library: () => readLibrary(world.db),
  }
})
afterEach(() => world.close())

const day = 86_400_000

/** A lead that got a message, and the message. */
async function reached(
  more: Parameters<typeof queued>[2] = {},
): Promise<Enrolled & { deliveryId: string; email: string }> {
  const lead = await enrolled(world)
  const deliveryId = await queued(world, lead, more)
  await world.db
    .update(deliveries)
    .set({ status: 'accepted', acceptedAt: new Date(), countedAt: new Date() })
    .where(eq(deliveries.id, deliveryId))
  return { ...lead, deliveryId, email: `lead-${lead.leadId}@example.test` }
}

const take = (raw: Buffer) => takeInMail(dependencies, { raw, source: 'webhook' })
const reply = (lead: { deliveryId: string; email: string }, more: RawMail = {}) =>
  take(rawMail({ from: lead.email, headers: { 'In-Reply-To': `<${lead.deliveryId}@x.example>` }, ...more }))

const eventsOf = (leadId: string, type: string) =>
  world.db
    .select()
    .from(events)
    .where(and(eq(events.leadId, leadId), eq(events.type, type)))
const suppressionOf = async (leadId: string) =>
  (await world.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))).map(({ channel, reason }) => [
    channel,
    reason,
  ])
const heldUntil = async (leadId: string) =>
  (await world.db.select().from(leads).where(eq(leads.id, leadId)))[0]?.replyHeldUntil?.getTime() ?? null

describe('a reply', () => {
  test('is an event with its words, holds marketing at the claim, and lets a thank-you pass', async () => {
    const lead = await reached()
    expect(await reply(lead)).toEqual({ outcome: 'acted', kind: 'reply', leadId: lead.leadId })
    const [event] = await eventsOf(lead.leadId, 'replied')
    expect(event?.properties).toMatchObject({ text: 'Yes, please call me on Tuesday.', delivery: lead.deliveryId })

    const until = await heldUntil(lead.leadId)
    expect(until).toBeGreaterThan(Date.now() + 6.9 * day)
    const next = await queued(world, lead, { visit: 2 })
    const thanks = await queued(world, lead, { visit: 3, purpose: 'transactional' })
    const { claimed } = await claim(world)
    expect(claimed.map((one) => one.delivery.id)).toContain(thanks)
    expect(await fateOf(world, next)).toEqual(['queued', 'reply_pending'])
    expect((await rowOf(world, next)).notBefore?.getTime()).toBe(until)
  })

  test('until a person says go on: then at once, once, and on record', async () => {
    const lead = await reached()
    await reply(lead)
    const next = await queued(world, lead, { visit: 2 })
    await claim(world)
    const release = () => world.db.transaction((tx) => releaseReplies(tx, { leadId: lead.leadId, actor: 'user:ada' }))
    expect(await release()).toEqual({ replies: 1, released: 1 })
    expect(await release()).toEqual({ replies: 0, released: 0 })
    const { claimed } = await claim(world, { claimedBy: 'run-2' })
    expect(claimed.map((one) => one.delivery.id)).toContain(next)
    const audit = await world.db.select().from(auditLog).where(eq(auditLog.action, 'lead.replies_handled'))
    expect(audit).toHaveLength(1)
  })

  test('is found by the address it was sent to, and last by who wrote it', async () => {
    const lead = await reached()
    const tagged = await take(
      rawMail({ from: 'else@example.org', to: `r+${lead.deliveryId.replaceAll('-', '')}@x.example` }),
    )
    expect(tagged).toMatchObject({ outcome: 'acted', leadId: lead.leadId })
    const [email] = await world.db.select({ email: leads.email }).from(leads).where(eq(leads.id, lead.leadId))
    await world.db.execute(
      `insert into lead_identities (kind, value, lead_id) values ('email', '${String(email?.email)}', '${lead.leadId}')`,
    )
    expect(await take(rawMail({ id: '<r2@x>', from: lead.email }))).toMatchObject({
      outcome: 'acted',
      leadId: lead.leadId,
    })
    const rows = await world.db.select().from(inboundMail)
    expect(new Set(rows.map((row) => row.matchedBy))).toEqual(new Set(['address', 'sender']))
  })

  test('found by its sender alone is told by mail, too, as one about the lead’s latest journey', async () => {
    await enrolled(world)
    const lead = await enrolled(world, { status: 'exited' })
    const email = `lead-${lead.leadId}@example.test`
    await world.db.execute(
      `insert into lead_identities (kind, value, lead_id) values ('email', '${email}', '${lead.leadId}')`,
    )
    expect(await take(rawMail({ from: email, text: 'Tell me {{ more }}' }))).toMatchObject({ outcome: 'acted' })
    const told = await world.db.select().from(deliveries).where(eq(deliveries.leadId, lead.leadId))
    expect(told).toMatchObject([{ enrollmentId: lead.enrollmentId, channel: 'notification', status: 'queued' }])
    expect(told[0]?.content.body).toMatch(/^Tell me \{\{ more \}\}/)
    const { claimed } = await claim(world, { channel: 'notification' })
    expect(claimed.map((one) => one.delivery.id)).toEqual([told[0]?.id])
  })

  test('whose emoji falls where the notice of it is cut is taken in all the same', async () => {
    const lead = await reached()
    const [row] = await world.db.select().from(leads).where(eq(leads.id, lead.leadId))
    const name = row?.firstName ?? row?.email ?? ''
    const fill = 200 - `${name} has replied: `.length - 1
    expect(await reply(lead, { subject: `${'x'.repeat(fill)}😀!`, text: `${'y'.repeat(1999)}😀 yes` })).toMatchObject({
      outcome: 'acted',
      kind: 'reply',
    })
    const [event] = await eventsOf(lead.leadId, 'replied')
    expect(event?.properties).toMatchObject({ text: 'y'.repeat(1999) })
    const notices = await world.db.select().from(deliveries).where(eq(deliveries.channel, 'notification'))
    expect(notices).toHaveLength(1)
    expect(notices[0]?.content.subject).toContain(`${name} has replied: ${'x'.repeat(fill)}`)
    expect(notices[0]?.content.subject).not.toMatch(/[😀\uFFFD]/u)
  })

  test('taken in twice, also at the same time, has its effects once', async () => {
    const lead = await reached()
    const results = await Promise.all([reply(lead), reply(lead), reply(lead)])
    expect(results.map((result) => result.outcome).toSorted()).toEqual(['acted', 'duplicate', 'duplicate'])
    expect(await eventsOf(lead.leadId, 'replied')).toHaveLength(1)
    expect(await reply(lead)).toMatchObject({ outcome: 'duplicate' })
  })

  test('of nobody is listed and moves nothing', async () => {
    await reached()
    const id = '01997f0a-1234-7abc-8def-0123456789ab'
    expect(await take(rawMail({ headers: { 'In-Reply-To': `<${id}@x>` } }))).toEqual({
      outcome: 'unmatched',
      kind: 'reply',
      leadId: null,
    })
    expect(await world.db.select().from(events)).toEqual([])
    expect(await listInbound(world.db, { limit: 10, cursor: null, unmatched: true })).toHaveLength(1)
  })

  test('an out-of-office note is kept, holds nothing and is no reply', async () => {
    const lead = await reached()
    const headers = { 'In-Reply-To': `<${lead.deliveryId}@x>`, 'Auto-Submitted': 'auto-replied' }
    expect(await reply(lead, { headers, text: 'I am away. Unsubscribe' })).toMatchObject({
      outcome: 'noted',
      kind: 'auto_reply',
    })
    expect(await heldUntil(lead.leadId)).toBeNull()
    expect(await eventsOf(lead.leadId, 'replied')).toEqual([])
    expect(await suppressionOf(lead.leadId)).toEqual([])
  })

  test('is erased with the lead, and what comes later leaves no words', async () => {
    const lead = await reached()
    await reply(lead)
    await world.db.transaction((tx) => eraseLeads(tx, [lead.leadId]))
    await reply(lead, { id: '<later@x>', text: 'My secret words' })
    const rows = await world.db.select().from(inboundMail)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ leadId: null, body: '', fromAddress: '', subject: '' })
    expect(JSON.stringify(await world.db.select().from(events))).not.toContain('Tuesday')
  })
})

test('merged leads keep their replies, and go on waiting for the answer', async () => {
  const loser = await reached()
  const winner = await enrolled(world)
  await reply(loser)
  const until = await heldUntil(loser.leadId)
  const request = { winnerId: winner.leadId, loserId: loser.leadId, actor: 'test' }
  expect(await mergeLeads(dependencies, request)).toEqual({ merged: true })
  expect(await heldUntil(winner.leadId)).toBe(until)
  expect(await listInbound(world.db, { limit: 5, cursor: null, leadId: winner.leadId })).toHaveLength(1)
  // Mail about a message of the lead that is gone finds the one it became.
  expect(await reply(loser, { id: '<after@x>' })).toMatchObject({ outcome: 'acted', leadId: winner.leadId })
})

describe('asking for no more', () => {
  test('stops all mail, with what was written in the ledger', async () => {
    const lead = await reached()
    const next = await queued(world, lead, { visit: 2 })
    expect(await reply(lead, { text: 'STOP' })).toMatchObject({ outcome: 'acted', kind: 'unsubscribe' })
    expect(await suppressionOf(lead.leadId)).toEqual([['email', 'unsubscribed']])
    expect(await fateOf(world, next)).toEqual(['cancelled', 'suppressed'])
    const ledger = await world.db.select().from(consents).where(eq(consents.leadId, lead.leadId))
    expect(ledger).toHaveLength(2)
    for (const purpose of ['nurture', 'promotional'])
      expect(ledger).toContainEqual(
        expect.objectContaining({ purpose, state: 'denied', wording: 'Written to us: STOP' }),
      )
    expect(await eventsOf(lead.leadId, 'unsubscribed')).toHaveLength(1)
    expect(await heldUntil(lead.leadId)).toBeNull()
  })
})

describe('bounces and complaints', () => {
  const about = (id: string) => `<${id}@x.example>`

  test('a hard bounce stops mail with its reason; a second report changes nothing', async () => {
    const lead = await reached()
    expect(await take(rawBounce({ recipient: lead.email, messageId: about(lead.deliveryId) }))).toMatchObject({
      outcome: 'acted',
      kind: 'bounce',
    })
    await take(rawBounce({ recipient: lead.email, messageId: about(lead.deliveryId), id: '<again@mx>' }))
    expect(await suppressionOf(lead.leadId)).toEqual([['email', 'hard_bounce']])
    expect(await eventsOf(lead.leadId, 'email_bounced')).toHaveLength(1)
  })

  test('the third soft bounce in 14 days stops mail, the second does not', async () => {
    const lead = await reached()
    for (const [visit, at] of [
      [2, 20],
      [3, 13],
      [4, 1],
    ] as const) {
      const id = await queued(world, lead, { visit })
      await world.db.update(deliveries).set({ status: 'accepted' }).where(eq(deliveries.id, id))
      await take(
        rawBounce({ recipient: lead.email, messageId: about(id), status: '4.2.2', id: `<s${String(visit)}@mx>` }),
      )
      await world.db.execute(
        `update delivery_feedback set at = now() - interval '${String(at)} days' where delivery_id = '${id}'`,
      )
    }
    // One of the three is 20 days old.
    expect(await suppressionOf(lead.leadId)).toEqual([])
    await take(rawBounce({ recipient: lead.email, messageId: about(lead.deliveryId), status: '4.2.2', id: '<s5@mx>' }))
    expect(await suppressionOf(lead.leadId)).toEqual([['email', 'soft_bounces']])
  })

  test('a late report on an address that was corrected since is recorded and stops nothing', async () => {
    const lead = await reached()
    const old = { messageId: about(lead.deliveryId), recipient: lead.email }
    await world.db.update(leads).set({ email: 'Corrected@Example.test' }).where(eq(leads.id, lead.leadId))
    const next = await queued(world, lead, { visit: 2 })
    expect(await take(rawBounce(old))).toMatchObject({ outcome: 'acted', kind: 'bounce', leadId: lead.leadId })
    expect(await eventsOf(lead.leadId, 'email_bounced')).toHaveLength(1)
    expect(await suppressionOf(lead.leadId)).toEqual([])
    expect((await fateOf(world, next))[0]).toBe('queued')
    // Of the address it has now, folded as addresses are.
    await world.db.update(deliveries).set({ status: 'accepted' }).where(eq(deliveries.id, next))
    await take(rawBounce({ messageId: about(next), recipient: 'corrected@EXAMPLE.test', id: '<now@mx>' }))
    expect(await suppressionOf(lead.leadId)).toEqual([['email', 'hard_bounce']])
  })

  test('a delay is noted only', async () => {
    const lead = await reached()
    const raw = rawBounce({
      recipient: lead.email,
      messageId: about(lead.deliveryId),
      action: 'delayed',
      status: '4.4.1',
    })
    expect(await take(raw)).toMatchObject({ outcome: 'noted' })
    expect(await eventsOf(lead.leadId, 'email_bounced')).toEqual([])
  })

  test('a complaint stops mail', async () => {
    const lead = await reached()
    expect(await take(rawComplaint({ messageId: about(lead.deliveryId) }))).toMatchObject({
      outcome: 'acted',
      kind: 'complaint',
    })
    expect(await suppressionOf(lead.leadId)).toEqual([['email', 'complaint']])
  })

  test('a report that names no message of ours stops nobody, whoever it says it is from', async () => {
    const lead = await reached()
    const forged = rawBounce({ messageId: '<nothing@x>', recipient: lead.email })
    expect(await take(forged)).toMatchObject({ outcome: 'unmatched' })
    expect(await suppressionOf(lead.leadId)).toEqual([])
  })
})

test('what cannot be read is kept and holds nothing up', async () => {
  const raw = Buffer.from('Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n')
  expect(['unmatched', 'acted']).toContain((await take(raw)).outcome)
  expect((await take(raw)).outcome).toBe('duplicate')
})
