import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrollMatching } from '#activities/enrollments/enroll-matching.ts'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { recordEvents } from '#activities/events/record-events.ts'
import { reconcile } from '#activities/entry/reconcile.ts'
import { beginSweep, sweepPages } from '#activities/entry/sweep.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { newId } from '#db/ids.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { leadPokes } from '#db/schema/inputs.ts'
import { sql } from 'drizzle-orm'
import { aLiveJourney } from '../db/entry/entry-database.ts'
import { createTestEngine, type TestEngine } from '../support/engine.ts'

/** No worker runs: what counts is with which priority an execution is asked for. 1 is served first, 5 last. */
let engine: TestEngine
let journeyId: string
beforeAll(async () => {
  engine = await createTestEngine({ start: false })
  journeyId = await aLiveJourney(engine.db, [{ kind: 'manual' }, { kind: 'event', event: 'asked' }])
})
afterAll(() => engine?.stop())

async function addLeads(count: number, tag = 'x'): Promise<string[]> {
  const library = await readLibrary(engine.db)
  const rows = Array.from({ length: count }, () => ({ email: `${newId()}@example.test`, tags: [tag] }))
  const result = await engine.db.transaction((tx) => upsertLeads(tx, rows, { library, actor: 'test', enroll: false }))
  return result.rows.map((row) => row.leadId ?? '')
}

async function priorityOf(leadId: string): Promise<number | null | undefined> {
  const { events } = await engine.client.workflow.getHandle(`lead:${leadId}`).fetchHistory()
  return events?.[0]?.workflowExecutionStartedEventAttributes?.priority?.priorityKey
}

describe('the priority of a lead that starts to move', () => {
  test('is 1 when a person asked, through the API', async () => {
    const [leadId = ''] = await addLeads(1)
    await requestEnrollment(engine, { journeyId, lead: { id: leadId }, entryKey: 'one', actor: 'ann' })
    expect(await priorityOf(leadId)).toBe(1)
  })

  test('is 1 when the lead did something itself', async () => {
    const [leadId = ''] = await addLeads(1)
    const events = [{ lead: { id: leadId }, type: 'asked', dedupeKey: newId() }]
    await recordEvents({ ...engine, library: () => readLibrary(engine.db) }, { events, actor: 'form', batchId: 'b' })
    expect(await priorityOf(leadId)).toBe(1)
  })

  test('is 5 when it is one of many enrolled in bulk', async () => {
    const leadIds = await addLeads(3, 'bulk')
    await enrollMatching(engine, {
      journey: await journeyKey(),
      rule: { kind: 'has_tag', tag: 'bulk' },
      entryKey: 'bulk',
      actor: 'ann',
      testRunId: null,
    })
    expect(await Promise.all(leadIds.map(priorityOf))).toEqual([5, 5, 5])
  })

  test('is 4 when a schedule sweeps its segment', async () => {
    const [leadId = ''] = await addLeads(1, 'swept')
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    const segment = { kind: 'has_tag', tag: 'swept' }
    const swept = await aLiveJourney(engine.db, [{ kind: 'schedule', days, time: '09:00', zone: 'UTC', segment }])
    const deps = { ...engine, pokesPerSecond: 1000 }
    const firesAt = Date.UTC(2026, 2, 2, 9)
    const begun = await beginSweep(deps, { journeyId: swept, triggerId: 't1', firesAt }, firesAt + 1000)
    const run = { heartbeat() {}, sleep: () => Promise.resolve(), now: Date.now }
    expect(await sweepPages(deps, begun?.sweepId ?? '', run)).toMatchObject({ enqueued: 1 })
    expect(await priorityOf(leadId)).toBe(4)
  })

  test('survives a poke that was lost: the reconciler asks with the same', async () => {
    const [urgent = '', bulk = ''] = await addLeads(2)
    await engine.db.insert(leadPokes).values([
      { leadId: urgent, priority: 1, since: new Date(Date.now() - 600_000) },
      { leadId: bulk, priority: 5, since: new Date(Date.now() - 600_000) },
    ])
    await reconcile({ ...engine, schedules: createEntrySchedules(engine.client, engine) })
    expect([await priorityOf(urgent), await priorityOf(bulk)]).toEqual([1, 5])
  })
})

async function journeyKey(): Promise<string> {
  const [row] = await engine.db.execute<{ key: string }>(sql`select key from journeys where id = ${journeyId}`)
  return row?.key ?? ''
}
