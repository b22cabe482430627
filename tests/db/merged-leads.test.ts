import { and, asc, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { recordEvents } from '#activities/events/record-events.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import type { Poker } from '#activities/poker.ts'
import { runTurn } from '#activities/turn/turn.ts'
import { createDefinitionCache } from '#activities/turn/definitions.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { newId } from '#db/ids.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { events, eventTotals } from '#db/schema/events.ts'
import { leadInputs, leadPokes } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { aLibrary, aLiveJourney, someLeads, useDatabase } from './entry/entry-database.ts'

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
const registry = createStepRegistry()
const takeTurn = (leadId: string) =>
  db().transaction((tx) =>
    runTurn(
      tx,
      {
        dependencies: { db: db(), stepType: (type) => registry.get(type) },
        definitions: createDefinitionCache(),
        libraries: createLibraryCache(),
        careful: false,
      },
      { leadId, firedFor: null, failedEffects: [], hasFailed: false },
    ),
  )

describe('a merged lead', () => {
  test('redirects the loser’s address and ids: events and entries reach the winner', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'r1@example.test' },
      { email: 'r2@example.test', externalId: 'crm-r2' },
    ])
    await merge(winner, loser)
    for (const lead of [{ email: 'R2@Example.test' }, { externalId: 'crm-r2' }, { id: loser }]) {
      expect((await record(lead, 'replied')).events).toMatchObject([{ status: 'recorded', leadId: winner }])
    }
    const entry = await requestEnrollment(
      { db: db(), poker },
      { journeyId, lead: { id: loser }, entryKey: 'late', actor: 'x' },
    )
    expect(entry).toEqual({ done: true, leadId: winner })
    // A chain of merges is followed, too.
    const [third = ''] = await someLeads(db(), [{ email: 'r3@example.test' }])
    await merge(third, winner)
    expect((await record({ id: loser }, 'replied')).events).toMatchObject([{ leadId: third }])
    expect(await db().select().from(eventTotals).where(eq(eventTotals.leadId, third))).toMatchObject([
      { type: 'replied', count: 4 },
    ])
  })

  test('moves entries that were waiting, and those of senders who had looked the loser up before', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'w1@example.test' },
      { email: 'w2@example.test' },
    ])
    const enter = (entryKey: string) =>
      db().transaction((tx) =>
        addInputs(tx, [
          { leadId: loser, at: Date.now(), input: { kind: 'enroll', journeyId, triggerId: 't1', entryKey } },
        ]),
      )
    await enter('waiting')
    await merge(winner, loser)
    await enter('late')
    await takeTurn(loser)
    const waiting = await db()
      .select()
      .from(leadInputs)
      .where(and(eq(leadInputs.kind, 'enroll'), eq(leadInputs.leadId, winner)))
      .orderBy(asc(leadInputs.id))
    expect(waiting.map((row) => [row.payload['entryKey'], row.consumedAt])).toEqual([
      ['waiting', null],
      ['late', null],
    ])
    expect(await db().select().from(leadPokes).where(eq(leadPokes.leadId, winner))).toHaveLength(1)
    expect(await db().select().from(enrollments).where(eq(enrollments.leadId, loser))).toEqual([])
  })

  test('brings the winner into segments it now belongs to, and not into those one of them was in', async () => {
    const rule = { kind: 'count', event: 'downloaded', op: 'gte', n: 2 }
    const watching = await aLiveJourney(db(), [{ kind: 'segment_entered', segment: rule }])
    const members = async (id: string) =>
      (await db().execute(sql`select 1 from trigger_members where lead_id = ${id}`)).length
    const entries = async (id: string) =>
      (
        await db()
          .select()
          .from(leadInputs)
          .where(and(eq(leadInputs.leadId, id), eq(leadInputs.kind, 'enroll')))
      ).filter((row) => row.payload['journeyId'] === watching).length
    const [one = '', two = '', third = ''] = await someLeads(db(), [
      { email: 's1@example.test' },
      { email: 's2@example.test' },
      { email: 's3@example.test' },
    ])
    await record({ id: one }, 'downloaded')
    await record({ id: two }, 'downloaded')
    expect(await members(one)).toBe(0)
    await merge(one, two)
    expect([await members(one), await entries(one)]).toEqual([1, 1])
    // `one` has entered; who takes it over does not enter anew.
    await merge(third, one)
    expect([await members(third), await entries(third)]).toEqual([1, 1])
  })

  test('concurrent merges of the same leads, in both directions and with events arriving, neither deadlock nor lose', async () => {
    const [one = '', two = '', three = ''] = await someLeads(db(), [
      { email: 'p1@example.test' },
      { email: 'p2@example.test' },
      { email: 'p3@example.test' },
    ])
    const work = [
      () => merge(one, two),
      () => merge(two, one),
      () => merge(three, two),
      () => merge(two, three),
      () => merge(one, three),
      () => merge(three, one),
    ].map((run) => run())
    const arriving = Array.from({ length: 24 }, (_, index) =>
      recordEvents(
        { db: db(), poker, library: () => Promise.resolve(library) },
        {
          events: [
            { lead: { email: `p${String((index % 3) + 1)}@example.test` }, type: 'replied', dedupeKey: newId() },
          ],
          actor: 'form',
          batchId: 'b',
        },
      ),
    )
    const results = await Promise.all(work)
    const recorded = await Promise.all(arriving)
    expect(results.filter((result) => result.merged)).toHaveLength(2)
    expect(recorded.flat().every((event) => event.status === 'recorded')).toBe(true)
    const rows = await db()
      .select()
      .from(leads)
      .where(sql`id in (${one}, ${two}, ${three})`)
    const survivor = rows.find((row) => row.mergedInto === null)
    expect(rows.filter((row) => row.mergedInto === null)).toHaveLength(1)
    // Every event, whenever it came, is with the survivor and counted there.
    expect(
      await db()
        .select()
        .from(eventTotals)
        .where(and(eq(eventTotals.type, 'replied'), sql`lead_id in (${one}, ${two}, ${three})`)),
    ).toMatchObject([{ leadId: survivor?.id, count: 24 }])
    expect(
      await db()
        .select()
        .from(events)
        .where(eq(events.leadId, survivor?.id ?? '')),
    ).toHaveLength(24)
  })

  test('a merged lead takes no change of its own any more', async () => {
    const [winner = '', loser = ''] = await someLeads(db(), [
      { email: 'n1@example.test' },
      { email: 'n2@example.test' },
    ])
    await merge(winner, loser)
    const changed = await db().transaction((tx) =>
      applyLeadChanges(tx, [{ leadId: loser, kind: 'add_tag', tag: 'x' }], { library, actor: 'x' }),
    )
    expect(changed.refused).toHaveLength(1)
    expect(await merge(winner, loser)).toMatchObject({ merged: false })
  })
})
