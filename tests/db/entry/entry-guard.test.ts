import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { enrollMatching, type MatchingRequest } from '#activities/enrollments/enroll-matching.ts'
import { cancelSweep, releaseSweep, runSweep } from '#activities/entry/sweep.ts'
import { sweepTriggers } from '#activities/entry/trigger-sweep.ts'
import { createTestRun } from '#db/repositories/test-runs.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { takeStuckSweeps } from '#db/repositories/reconcile.ts'
import { findSweep, listSweeps } from '#db/repositories/sweeps.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { aLibrary, aLiveJourney, countRows, entriesInto, someLeads, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()
const poked: string[] = []
const poker = {
  poke: (ids: readonly string[]) => {
    poked.push(...ids)
    return Promise.resolve({ failed: 0 })
  },
}
const sweep = () => sweepTriggers({ db: db(), poker, libraries: createLibraryCache() })
const leadsIn = (city: string, count: number, fields: object = {}) =>
  someLeads(
    db(),
    Array.from({ length: count }, () => ({ fields: { city, ...fields } })),
  )
const settings = { entryGuardPerHour: 20 }

/** Who has entered so far, the one held sweep, and how many are held under it. */
async function standing(journeyId: string) {
  const entered = entriesInto(await takeInputs(db()), journeyId).map((entry) => entry.split(' ')[0] ?? '')
  const sweeps = await listSweeps(db(), journeyId)
  const held = await countRows(db(), 'lead_inputs', sql`outcome = ${`held: ${sweeps[0]?.id ?? ''}`}`)
  return { entered, sweepId: sweeps[0]?.id ?? '', statuses: sweeps.map((row) => row.status), held }
}

/** After a look at `standing`: those let in count as entered within the hour. */
async function pretendEntered(journeyId: string, leadIds: readonly string[]): Promise<void> {
  for (const leadId of leadIds) {
    await db().execute(sql`
      insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, state, trigger_id, entry_key, entered_at)
      values (gen_random_uuid(), ${leadId}, ${journeyId}, 1, 'completed', 'end', now(), '{}', 't1', 'x', now())`)
  }
}

/** Releases, and checks that exactly the others come in, once. */
async function expectRelease(journeyId: string, sweepId: string, all: string[], before: string[]) {
  const ids: string[] = []
  const schedules = { startSweep: (id: string) => Promise.resolve(void ids.push(id)) } as never
  await releaseSweep({ db: db(), schedules }, { sweepId, actor: 'owner' })
  expect(ids).toEqual([sweepId])
  expect(await runSweep({ db: db(), poker, pageSize: 10 }, sweepId)).toEqual({ enqueued: all.length - before.length })
  const after = entriesInto(await takeInputs(db()), journeyId).map((entry) => entry.split(' ')[0] ?? '')
  expect([...before, ...after].toSorted()).toEqual(all.toSorted())
  expect(await runSweep({ db: db(), poker }, sweepId)).toEqual({ enqueued: 0 })
  expect((await findSweep(db(), sweepId))?.status).toBe('done')
  const audit = await db().select().from(auditLog).where(eq(auditLog.subjectId, sweepId))
  expect(audit.map((row) => row.action)).toEqual(['sweep.held', 'sweep.released'])
}

describe('the blast guard holds what is above it', () => {
  test('when an edited segment suddenly fits many', async () => {
    const rule = (city: string) => ({ kind: 'compare' as const, field: 'city', op: 'is' as const, value: city })
    const save = (city: string) =>
      db().transaction((tx) => saveResources(tx, { segments: [{ key: 'wide', name: 'Wide', rule: rule(city) }] }))
    await save('Nowhere')
    const trigger = { kind: 'segment_entered' as const, segment: { kind: 'in_segment', segment: 'wide' } }
    const library = aLibrary({ segments: { wide: rule('Nowhere') } })
    const journeyId = await aLiveJourney(db(), [trigger], { settings, library })
    const inside = await leadsIn('Guarded', 50)
    await sweep()
    await save('Guarded')
    expect(await sweep()).toEqual({ entered: 20 })
    const { entered, sweepId, statuses, held } = await standing(journeyId)
    expect([entered.length, statuses, held]).toEqual([20, ['held'], 30])
    // Later sweeps find everybody to be a member: nothing trickles in, nothing is held twice.
    expect(await sweep()).toEqual({ entered: 0 })
    expect(await standing(journeyId)).toMatchObject({ entered: [], statuses: ['held'], held: 30 })
    await expectRelease(journeyId, sweepId, inside, entered)
  })

  test('when a date comes round for many, each date once', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'date_field', field: 'birthday', time: '00:00' }], { settings })
    await db().transaction((tx) =>
      saveResources(tx, { fields: [{ key: 'birthday', label: 'Birthday', type: 'date' }] }),
    )
    const today = new Date().toISOString().slice(0, 10)
    const inside = await leadsIn('Dated', 45, { birthday: today, zone: 'UTC' })
    await db().execute(
      sql`update journey_triggers set fired_until = ${`${today}T00:00:00Z`}::timestamptz - interval '1 minute' where journey_id = ${journeyId}`,
    )
    expect(await sweep()).toEqual({ entered: 20 })
    const { entered, sweepId, held } = await standing(journeyId)
    expect(held).toBe(25)
    expect(await sweep()).toEqual({ entered: 0 })
    await expectRelease(journeyId, sweepId, inside, entered)
    await db().execute(sql`update journeys set status = 'archived' where id = ${journeyId}`)
  })

  test('when tags are put on many at once; what one lead does is never held', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'tag_added', tag: 'fair' }], { settings })
    const inside = await leadsIn('Tagged', 60)
    const tag = (ids: string[]) =>
      db().transaction((tx) =>
        applyLeadChanges(
          tx,
          ids.map((leadId) => ({ leadId, kind: 'add_tag' as const, tag: 'fair' })),
          { library: aLibrary(), actor: 'test' },
        ),
      )
    expect((await tag(inside)).inputs).toBe(20)
    const { entered, sweepId, held } = await standing(journeyId)
    expect([entered.length, held]).toEqual([20, 40])
    await pretendEntered(journeyId, entered)
    const [alone = ''] = await leadsIn('Tagged', 1)
    expect((await tag([alone])).leadIds).toEqual([alone])
    expect((await standing(journeyId)).entered).toEqual([alone])
    await expectRelease(journeyId, sweepId, inside, entered)
  })

  test('when events come in bulk, all under one sweep, with what they carried', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'event', event: 'visited_fair' }], { settings })
    const inside = await leadsIn('Events', 120)
    const send = (ids: string[]) =>
      db().transaction((tx) =>
        ingestEvents(
          tx,
          ids.map((id) => ({ lead: { id }, type: 'visited_fair', properties: { hall: 'B7' } })),
          { library: aLibrary() },
        ),
      )
    expect((await send(inside.slice(0, 60))).inputs).toBe(20)
    const { entered, sweepId } = await standing(journeyId)
    await pretendEntered(journeyId, entered)
    expect((await send(inside.slice(60))).inputs).toBe(0)
    expect(await standing(journeyId)).toMatchObject({ statuses: ['held'], sweepId, held: 100 })
    await releaseSweep({ db: db(), schedules: null }, { sweepId, actor: 'owner' })
    await runSweep({ db: db(), poker }, sweepId)
    const inputs = await takeInputs(db())
    expect(inputs).toHaveLength(100)
    expect(inputs.every((input) => (input.payload['properties'] as { hall?: string }).hall === 'B7')).toBe(true)
  })

  test('but not test leads; and what a person cancels stays out', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'tag_added', tag: 'trial' }], { settings })
    const ids = await leadsIn('Trial', 120)
    const run = await createTestRun(db(), { name: 'Guard', virtualStart: Date.now(), speed: 1 })
    const tests = ids.slice(0, 60)
    await db().execute(
      sql`update leads set is_test = true, test_run_id = ${run.id}, clock = ${JSON.stringify(run.clock)}::text::jsonb where id = any(${`{${tests.join(',')}}`}::text::uuid[])`,
    )
    const changes = ids.map((leadId) => ({ leadId, kind: 'add_tag' as const, tag: 'trial' }))
    await db().transaction((tx) => applyLeadChanges(tx, changes, { library: aLibrary(), actor: 'test' }))
    const { entered, sweepId, held } = await standing(journeyId)
    expect(entered.filter((id) => tests.includes(id))).toHaveLength(60)
    expect([entered.length, held]).toEqual([80, 40])
    await cancelSweep({ db: db() }, { sweepId, actor: 'owner' })
    expect(await runSweep({ db: db(), poker }, sweepId)).toEqual({ enqueued: 0 })
  })
})

describe('enrollMatching()', () => {
  const request = (journey: string, city: string, more: Partial<MatchingRequest> = {}): MatchingRequest => ({
    journey,
    rule: { kind: 'compare', field: 'city', op: 'is', value: city },
    entryKey: 'wish',
    actor: 'owner',
    testRunId: null,
    ...more,
  })

  test('is a sweep that a killed process leaves to the reconciler, and its audit line is there before anybody enters', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
    const inside = await leadsIn('Wished', 30)
    const killed = { startSweep: () => Promise.reject(new Error('killed')) }
    await expect(enrollMatching({ db: db(), poker, schedules: killed }, request(journeyId, 'Wished'))).rejects.toThrow(
      'killed',
    )
    expect(await takeInputs(db())).toEqual([])
    const audit = await db().select().from(auditLog).where(eq(auditLog.subjectId, journeyId))
    expect(audit).toMatchObject([{ action: 'journey.enroll_matching', actor: 'owner', after: { matching: 30 } }])
    const id = (await listSweeps(db(), journeyId))[0]?.id ?? ''
    await db().execute(sql`update sweeps set updated_at = now() - interval '6 minutes' where id = ${id}`)
    expect(await takeStuckSweeps(db())).toEqual([id])
    expect(await runSweep({ db: db(), poker, pageSize: 7 }, id)).toEqual({ enqueued: 30 })
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual(inside.map((lead) => `${lead} manual`).sort())
    expect(new Set(inputs.map((input) => input.payload['entryKey']))).toEqual(new Set(['wish']))
    // The same wish again brings nobody.
    expect(await enrollMatching({ db: db(), poker }, request(journeyId, 'Wished'))).toMatchObject({ requested: 30 })
    expect(await takeInputs(db())).toEqual([])
  })

  test('takes at most `limit`, by id', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
    const inside = await leadsIn('Few', 30)
    const result = await enrollMatching({ db: db(), poker }, request(journeyId, 'Few', { limit: 12 }))
    expect(result).toMatchObject({ matching: 12, requested: 12, held: false })
    const first = inside.toSorted().slice(0, 12)
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual(first.map((lead) => `${lead} manual`))
  })

  test('above the guard it is refused, held until released, or goes through, as asked; test runs are never held', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }], { settings })
    await leadsIn('Blast', 50)
    const ask = (entryKey: string, aboveGuard: 'refuse' | 'hold' | 'enrol') =>
      enrollMatching({ db: db(), poker }, request(journeyId, 'Blast', { entryKey, aboveGuard }))
    await expect(ask('a', 'refuse')).rejects.toThrow('50 leads match')
    expect(await listSweeps(db(), journeyId)).toEqual([])

    const { sweepId, ...held } = await ask('b', 'hold')
    expect(held).toEqual({ journeyId, matching: 50, requested: 0, held: true })
    expect(await takeInputs(db())).toEqual([])
    await releaseSweep({ db: db(), schedules: null }, { sweepId, actor: 'owner' })
    expect(await runSweep({ db: db(), poker }, sweepId)).toEqual({ enqueued: 50 })
    await takeInputs(db())

    expect(await ask('c', 'enrol')).toMatchObject({ requested: 50, held: false })
    await takeInputs(db())
    const run = await createTestRun(db(), { name: 'Guard', virtualStart: Date.now(), speed: 1 })
    await db().update(leads).set({ isTest: true, testRunId: run.id, clock: run.clock }).where(eq(leads.city, 'Blast'))
    const test = request(journeyId, 'Blast', { entryKey: 'd', testRunId: run.id })
    expect(await enrollMatching({ db: db(), poker }, test)).toMatchObject({ requested: 50, held: false })
  })
})
