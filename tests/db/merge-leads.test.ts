import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import type { Poker } from '#activities/poker.ts'
import { newId } from '#db/ids.ts'
import { insertDelivery, linkCountedEvent } from '#db/repositories/deliveries.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { deliveries, suppressions } from '#db/schema/deliveries.ts'
import { events, eventTotals, surveyAnswers } from '#db/schema/events.ts'
import { effects, leadPokes } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leadAssets, leads, leadTags } from '#db/schema/leads.ts'
import { tasks } from '#db/schema/tasks.ts'
import { aLibrary, aLiveJourney, aWaitingEnrollment, someLeads, useDatabase } from './entry/entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const poked: string[] = []
const poker: Poker = {
  poke(leadIds) {
    poked.push(...leadIds)
    return Promise.resolve({ failed: 0 })
  },
}
beforeEach(() => void poked.splice(0))

let journeyId: string
beforeAll(async () => {
  journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
})

const merge = (winnerId: string, loserId: string) =>
  mergeLeads({ db: db(), poker }, { winnerId, loserId, actor: 'ann' })
const record = (lead: { id?: string; email?: string; externalId?: string }, type: string, occurredAt?: number) =>
  db().transaction((tx) => ingestEvents(tx, [{ lead, type, occurredAt }], { library }))
const rowOf = async (id: string) => (await db().select().from(leads).where(eq(leads.id, id)))[0]
/** A queued invitation of this enrollment, counted as `invited`. */
async function aQueuedInvitation(leadId: string, enrollmentId: string): Promise<string> {
  return db().transaction(async (tx) => {
    const { events: recorded } = await ingestEvents(tx, [{ lead: { id: leadId }, type: 'invited' }], { library })
    const { id } = await insertDelivery(tx, {
      leadId,
      enrollmentId,
      journeyId,
      stepId: 'invite',
      visit: 1,
      channel: 'email',
      purpose: 'nurture',
      content: { subject: 'Come', body: 'Come' },
      decision: { verdict: 'queued' },
      priority: 3,
      overCap: 'defer',
      assetLineage: null,
      countsAs: 'invited',
      queuedAt: Date.now(),
      staleAt: null,
      clock: null,
      isTest: false,
    })
    const [event] = recorded
    if (event?.status === 'recorded') await linkCountedEvent(tx, id, event.eventId)
    return id
  })
}

describe('merging two leads', () => {
  test('adds what they did, keeps what either knew, and leaves the loser an empty signpost', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'ada@example.test', fields: { city: 'Lyon', topic: 'solar' }, tags: ['vip'] },
      {
        email: 'ada@work.example.test',
        externalId: 'crm-1',
        fields: { city: 'Paris', company: 'Acme', employees: 12 },
        tags: ['vip', 'fair'],
      },
    ])
    const day = 86_400_000
    const now = Date.now()
    for (const at of [now - 3 * day, now - 2 * day]) await record({ id: winner }, 'downloaded', at)
    for (const at of [now - 9 * day, now - day]) await record({ id: loser }, 'downloaded', at)
    await record({ id: loser }, 'replied', now - day)
    await db().update(leads).set({ score: 5 }).where(eq(leads.id, winner))
    await db().update(leads).set({ score: 7 }).where(eq(leads.id, loser))
    await db()
      .insert(surveyAnswers)
      .values([
        { leadId: winner, survey: 's', question: 'when', value: 'old', answeredAt: new Date(now - 5 * day) },
        { leadId: loser, survey: 's', question: 'when', value: 'new', answeredAt: new Date(now - day) },
        { leadId: loser, survey: 's', question: 'who', value: 'me', answeredAt: new Date(now - day) },
      ])
    await db()
      .insert(leadAssets)
      .values([
        { leadId: winner, lineage: 'guide', receivedAt: new Date(now - day) },
        { leadId: loser, lineage: 'guide', receivedAt: new Date(now - 8 * day) },
        { leadId: loser, lineage: 'tips', receivedAt: new Date(now - day) },
      ])
    expect(await merge(winner, loser)).toEqual({ merged: true })

    expect(
      await db()
        .select({
          type: eventTotals.type,
          count: eventTotals.count,
          firstAt: eventTotals.firstAt,
          lastAt: eventTotals.lastAt,
        })
        .from(eventTotals)
        .where(eq(eventTotals.leadId, winner))
        .orderBy(eventTotals.type),
    ).toEqual([
      { type: 'downloaded', count: 4, firstAt: new Date(now - 9 * day), lastAt: new Date(now - day) },
      { type: 'replied', count: 1, firstAt: new Date(now - day), lastAt: new Date(now - day) },
    ])
    expect(await db().select().from(events).where(eq(events.leadId, winner))).toHaveLength(5)
    expect(await rowOf(winner)).toMatchObject({
      email: 'ada@example.test',
      city: 'Lyon',
      company: 'Acme',
      score: 12,
      lastActivityAt: new Date(now - day),
      fields: { topic: 'solar', employees: 12 },
      folded: { email: 'ada@example.test', city: 'lyon', company: 'acme', topic: 'solar' },
    })
    expect(await rowOf(loser)).toMatchObject({
      mergedInto: winner,
      email: null,
      company: null,
      city: null,
      fields: {},
      folded: {},
    })
    expect(
      (
        await db().select().from(surveyAnswers).where(eq(surveyAnswers.leadId, winner)).orderBy(surveyAnswers.question)
      ).map((row) => row.value),
    ).toEqual(['new', 'me'])
    expect(
      (await db().select().from(leadAssets).where(eq(leadAssets.leadId, winner)).orderBy(leadAssets.lineage)).map(
        (row) => row.receivedAt.getTime(),
      ),
    ).toEqual([now - 8 * day, now - day])
    expect(
      (await db().select().from(leadTags).where(eq(leadTags.leadId, winner)).orderBy(leadTags.tag)).map(
        (row) => row.tag,
      ),
    ).toEqual(['fair', 'vip'])
    for (const table of [eventTotals, surveyAnswers, leadAssets, leadTags])
      expect(await db().select().from(table).where(eq(table.leadId, loser))).toEqual([])
    expect(poked.sort()).toEqual([winner, loser].sort())
    expect(await db().select().from(leadPokes).where(eq(leadPokes.leadId, winner))).toHaveLength(1)
  })

  test('takes the stricter of consents, suppressions and do-not flags, whichever of the two had it', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'c1@example.test' },
      { email: 'c2@example.test' },
    ])
    const said = (leadId: string, purpose: string, state: string, at: string, expires: string | null = null) =>
      db().execute(sql`
      insert into consents (lead_id, purpose, channel, state, wording, source, at, actor, expires_at)
      values (${leadId}, ${purpose}::purpose, 'email', ${state}, 'w', 'form', ${at}::timestamptz, 'x', ${expires}::timestamptz)`)
    await said(winner, 'nurture', 'granted', '2026-05-01')
    await said(loser, 'nurture', 'denied', '2026-01-01')
    await said(winner, 'promotional', 'denied', '2026-01-01')
    await said(loser, 'promotional', 'granted', '2026-05-01')
    // Denied once, granted since: the loser's last word is yes, until 2027; the winner's has no end.
    await said(loser, 'transactional', 'denied', '2026-01-01')
    await said(loser, 'transactional', 'granted', '2026-02-01', '2027-01-01')
    await said(winner, 'transactional', 'granted', '2026-02-01')
    await db()
      .insert(suppressions)
      .values([
        { leadId: winner, channel: 'phone', reason: 'asked', source: 'x', at: new Date() },
        { leadId: loser, channel: 'email', reason: 'unsubscribed', source: 'x', at: new Date() },
      ])
    await db().update(leads).set({ doNotCall: true }).where(eq(leads.id, loser))
    await merge(winner, loser)
    const latest = await db().execute(sql`
      select distinct on (purpose) purpose::text, state, expires_at is not null as expires from consents where lead_id = ${winner} order by purpose, id desc`)
    expect([...latest].sort((a, b) => String(a['purpose']).localeCompare(String(b['purpose'])))).toEqual([
      { purpose: 'nurture', state: 'denied', expires: false },
      { purpose: 'promotional', state: 'denied', expires: false },
      { purpose: 'transactional', state: 'granted', expires: true },
    ])
    expect(
      (await db().select().from(suppressions).where(eq(suppressions.leadId, winner)).orderBy(suppressions.channel)).map(
        (row) => row.channel,
      ),
    ).toEqual(['email', 'phone'])
    expect(await rowOf(winner)).toMatchObject({ doNotCall: true, doNotEmail: false })
  })

  test('ends the loser’s journeys as merged: queued messages, effects and tasks are cancelled, invitations not counted', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'j1@example.test' },
      { email: 'j2@example.test' },
    ])
    const kept = await aWaitingEnrollment(db(), winner, journeyId, [])
    const ended = await aWaitingEnrollment(db(), loser, journeyId, ['event:x'])
    const done = await aWaitingEnrollment(db(), loser, journeyId, [])
    await db().update(enrollments).set({ status: 'completed' }).where(eq(enrollments.id, done))
    const cancelled = await aQueuedInvitation(loser, ended)
    const stays = await aQueuedInvitation(winner, kept)
    await db().insert(effects).values({
      id: newId(),
      leadId: loser,
      enrollmentId: ended,
      stepId: 'hook',
      visit: 1,
      type: 'webhook',
      queue: 'custom',
      input: {},
      timeoutMs: 1,
      maxAttempts: 1,
    })
    await db().insert(tasks).values({
      id: newId(),
      leadId: loser,
      enrollmentId: ended,
      stepId: 'call',
      visit: 1,
      kind: 'call',
      title: 'Call',
      reason: 'r',
      queue: 'sales',
      outcomes: [],
      createdFor: new Date(),
      dueAt: new Date(),
    })
    await merge(winner, loser)
    const standing = async (id: string) => (await db().select().from(enrollments).where(eq(enrollments.id, id)))[0]
    expect(await standing(ended)).toMatchObject({
      status: 'exited',
      exitReason: 'The lead was merged into another.',
      dependsOn: [],
      state: { status: 'exited', rest: null },
    })
    expect(await standing(done)).toMatchObject({ status: 'completed', exitReason: null })
    expect(await standing(kept)).toMatchObject({ status: 'active' })
    expect(await db().select().from(stepLog).where(eq(stepLog.enrollmentId, ended))).toMatchObject([
      { stepId: 'wait', port: null, reason: 'The lead was merged into another.' },
    ])
    const statusOf = async (id: string) => (await db().select().from(deliveries).where(eq(deliveries.id, id)))[0]
    expect(await statusOf(cancelled)).toMatchObject({ status: 'cancelled', reason: 'merged' })
    expect(await statusOf(stays)).toMatchObject({ status: 'queued' })
    expect(
      await db()
        .select()
        .from(eventTotals)
        .where(and(eq(eventTotals.leadId, winner), eq(eventTotals.type, 'invited'))),
    ).toMatchObject([{ count: 1 }])
    expect(await db().select({ status: effects.status }).from(effects).where(eq(effects.enrollmentId, ended))).toEqual([
      { status: 'cancelled' },
    ])
    expect(
      await db()
        .select({ status: tasks.status, leadId: tasks.leadId })
        .from(tasks)
        .where(eq(tasks.enrollmentId, ended)),
    ).toEqual([{ status: 'cancelled', leadId: winner }])
  })

  test.each([
    [
      'a test lead and a real one',
      async () => {
        const [real = ''] = await someLeads(db(), [{ email: 't1@example.test' }])
        const [rehearsed = ''] = await someLeads(db(), [
          { email: 't2@example.test', test: { runId: newId(), clock: { realStart: 0, virtualStart: 0, speed: 1 } } },
        ])
        return [real, rehearsed] as const
      },
    ],
    [
      'a lead and itself',
      async () => {
        const [id = ''] = await someLeads(db(), [{ email: 't3@example.test' }])
        return [id, id] as const
      },
    ],
    [
      'an erased lead',
      async () => {
        const [id = '', gone = ''] = await someLeads(db(), [{ email: 't4@example.test' }, { email: 't5@example.test' }])
        await db().update(leads).set({ erasedAt: new Date() }).where(eq(leads.id, gone))
        return [id, gone] as const
      },
    ],
    [
      'a lead that does not exist',
      async () => {
        const [id = ''] = await someLeads(db(), [{ email: 't6@example.test' }])
        return [id, newId()] as const
      },
    ],
  ])('%s are not merged', async (_, pair) => {
    const [winner, loser] = await pair()
    const before = await rowOf(winner)
    expect(await merge(winner, loser)).toMatchObject({ merged: false })
    expect(await rowOf(winner)).toEqual(before)
    expect(poked).toEqual([])
  })
})
