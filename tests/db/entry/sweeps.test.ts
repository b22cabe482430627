import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import {
  beginSweep,
  cancelSweep,
  fireTrigger,
  releaseSweep,
  sweepPages,
  type SweepDependencies,
} from '#activities/entry/sweep.ts'
import type { Poker } from '#activities/poker.ts'
import { newId } from '#db/ids.ts'
import { createSweep, findSweep } from '#db/repositories/sweeps.ts'
import { leads, testRuns } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { aLibrary, aLiveJourney, entriesInto, someLeads, takeInputs, useDatabase } from './entry-database.ts'

const db = useDatabase()
const segment = { kind: 'compare', field: 'city', op: 'is', value: 'Sweepton' }
const friday = { kind: 'schedule' as const, days: ['fri'], time: '09:00', zone: 'Europe/Paris', segment }
/** Friday 09:00 in Paris. */
const firesAt = Date.UTC(2026, 5, 19, 7)

function parts(more: Partial<SweepDependencies> = {}): { deps: SweepDependencies; poked: string[]; slept: number[] } {
  const poked: string[] = []
  const poker: Poker = {
    poke(leadIds) {
      poked.push(...leadIds)
      return Promise.resolve({ failed: 0 })
    },
  }
  return {
    deps: { db: db(), poker, pageSize: 10, pokesPerSecond: Number.POSITIVE_INFINITY, ...more },
    poked,
    slept: [],
  }
}
const run = (slept: number[] = []) => ({
  heartbeat: () => {},
  sleep: (ms: number) => {
    slept.push(ms)
    return Promise.resolve()
  },
  now: Date.now,
})
const cityLeads = (count: number, city: string) =>
  someLeads(
    db(),
    Array.from({ length: count }, () => ({ fields: { city } })),
  )

describe('a sweep', () => {
  test('brings in exactly those who match, spread over the minutes, once for its instant', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'A' } }])
    const inside = await cityLeads(37, 'A')
    await cityLeads(5, 'B')
    const [erased = ''] = await cityLeads(1, 'A')
    await db().update(leads).set({ erasedAt: new Date() }).where(eq(leads.id, erased))
    const { deps, poked } = parts()
    const sweepId = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    expect(await sweepPages(deps, sweepId, run())).toEqual({ progress: 'done', enqueued: 37 })
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual(inside.map((id) => `${id} t1`).sort())
    expect(poked.toSorted()).toEqual(inside.toSorted())
    const delays = inputs.map((input) => input.at - firesAt)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThan(10 * 60_000)
    expect(new Set(delays).size).toBeGreaterThan(30)
    // Again, for the same instant: the sweep is done.
    const again = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    expect(again).toBe(sweepId)
    expect(await sweepPages(deps, again, run())).toEqual({ progress: 'done', enqueued: 0 })
    expect(await takeInputs(db())).toEqual([])
  })

  test('killed after any page, it goes on where it was: nobody is lost, nobody comes twice', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'Killed' } }])
    const inside = await cityLeads(60, 'Killed')
    const sweepId = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    let kills = 0
    const { deps } = parts({
      afterPage: () => {
        kills += 1
        return kills % 2 === 1 ? Promise.reject(new Error('killed')) : Promise.resolve()
      },
    })
    let enqueued = 0
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const result = await sweepPages(deps, sweepId, run()).catch(() => null)
      enqueued += result?.enqueued ?? 0
      if (result?.progress === 'done') break
    }
    expect(kills).toBeGreaterThanOrEqual(6)
    const entries = entriesInto(await takeInputs(db()), journeyId)
    expect(entries).toEqual(inside.map((id) => `${id} t1`).sort())
    expect((await findSweep(db(), sweepId))?.enqueued).toBe(60)
  })

  test('two attempts at once share the work', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'Twice' } }])
    const inside = await cityLeads(50, 'Twice')
    const sweepId = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    const work = async () => {
      for (;;) {
        const { progress } = await sweepPages(parts().deps, sweepId, run())
        if (progress !== 'more') return
      }
    }
    await Promise.all([work(), work()])
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual(inside.map((id) => `${id} t1`).sort())
  })

  test('the blast guard holds what is above it until a person releases it', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'Blast' } }], {
      settings: { entryGuardPerHour: 25 },
    })
    const inside = await cityLeads(60, 'Blast')
    const sweepId = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    const { deps } = parts()
    expect(await sweepPages(deps, sweepId, run())).toEqual({ progress: 'held', enqueued: 25 })
    expect((await findSweep(db(), sweepId))?.status).toBe('held')
    expect(await sweepPages(deps, sweepId, run())).toEqual({ progress: 'held', enqueued: 0 })
    expect(entriesInto(await takeInputs(db()), journeyId)).toHaveLength(25)

    await releaseSweep({ db: db(), schedules: null }, { sweepId, actor: 'owner' })
    expect(await sweepPages(deps, sweepId, run())).toEqual({ progress: 'done', enqueued: 35 })
    expect(entriesInto(await takeInputs(db()), journeyId)).toHaveLength(inside.length - 25)
    const audit = await db().select().from(auditLog).where(eq(auditLog.subjectId, sweepId))
    expect(audit.map((row) => [row.action, row.actor])).toEqual([
      ['sweep.held', 'system'],
      ['sweep.released', 'owner'],
    ])
    await expect(releaseSweep({ db: db(), schedules: null }, { sweepId, actor: 'owner' })).rejects.toThrow(
      'no held sweep',
    )
  })

  test('a cancelled sweep, or one whose journey is paused, brings in nobody more', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'Stop' } }])
    await cityLeads(20, 'Stop')
    const first = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    await cancelSweep({ db: db() }, { sweepId: first, actor: 'owner' })
    expect(await sweepPages(parts().deps, first, run())).toEqual({ progress: 'done', enqueued: 0 })
    const second = await createSweep(db(), { journeyId, triggerId: 't1', firesAt: firesAt + 1, testRunId: null })
    await db().execute(sql`update journeys set status = 'paused' where id = ${journeyId}`)
    expect(await sweepPages(parts().deps, second, run())).toEqual({ progress: 'done', enqueued: 0 })
    expect(await takeInputs(db())).toEqual([])
  })

  test('is paced', async () => {
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: { ...segment, value: 'Paced' } }])
    await cityLeads(30, 'Paced')
    const sweepId = await createSweep(db(), { journeyId, triggerId: 't1', firesAt, testRunId: null })
    const slept: number[] = []
    await sweepPages(parts({ pokesPerSecond: 10 }).deps, sweepId, run(slept))
    expect(slept).toHaveLength(3)
    for (const ms of slept) expect(ms).toBeGreaterThan(500)
    await takeInputs(db())
  })
})

describe('beginSweep()', () => {
  const begin = (journeyId: string, at: number, now = at) =>
    beginSweep({ db: db() }, { journeyId, triggerId: 't1', firesAt: at }, now)

  test('refuses an instant that is none of the trigger, is too old, or has been overtaken', async () => {
    const journeyId = await aLiveJourney(db(), [friday])
    const week = 7 * 86_400_000
    expect(await begin(journeyId, firesAt + 3_600_000)).toBeNull()
    expect(await begin(journeyId, firesAt, firesAt + 25 * 3_600_000)).toBeNull()
    expect(await begin(journeyId, firesAt + week, firesAt + week + 23 * 3_600_000)).not.toBeNull()
    expect(await begin(journeyId, firesAt)).toBeNull()
    expect(await begin(journeyId, firesAt + 2 * week)).not.toBeNull()
    await db().execute(sql`update journeys set status = 'paused' where id = ${journeyId}`)
    expect(await begin(journeyId, firesAt + 3 * week)).toBeNull()
  })

  test('a time that comes twice when clocks go back fires once', async () => {
    const twice = { ...friday, days: ['sun'], time: '02:30' }
    const journeyId = await aLiveJourney(db(), [twice])
    const first = Date.UTC(2026, 9, 25, 0, 30)
    const sweep = await begin(journeyId, first + 3_600_000)
    expect(sweep?.sweepId).toContain('2026-10-25T00:30:00.000Z')
    expect(await begin(journeyId, first)).toEqual(sweep)
  })
})

describe('fireTrigger()', () => {
  test('enrols the leads of one test run as of a virtual instant, and no others', async () => {
    const rule = {
      kind: 'all',
      rules: [
        { kind: 'count', event: 'downloaded', op: 'eq', n: 1 },
        { kind: 'count', event: 'invited', op: 'lt', n: 2 },
      ],
    }
    const journeyId = await aLiveJourney(db(), [{ ...friday, segment: rule }])
    const virtualStart = firesAt - 86_400_000
    const clock = { realStart: Date.now() - 1000, virtualStart, speed: 86_400 * 10 }
    const runIds = [newId(), newId()]
    for (const id of runIds) await db().insert(testRuns).values({ id, name: 'run', clock })
    const make = (runId: string | undefined) => (runId === undefined ? {} : { test: { runId, clock } })
    const [one = '', two = '', other = '', real = ''] = await someLeads(db(), [
      make(runIds[0]),
      make(runIds[0]),
      make(runIds[1]),
      make(undefined),
    ])
    const library = aLibrary()
    const downloads = [one, two, other, real].map((id) => ({
      lead: { id },
      type: 'downloaded',
      occurredAt: id === real ? Date.now() : virtualStart,
    }))
    // The run's clock is days ahead: what happened after the instant must not count at the instant.
    const later = { lead: { id: one }, type: 'downloaded', occurredAt: firesAt + 3_600_000 }
    await db().transaction((tx) => ingestEvents(tx, [...downloads, later], { library }))
    const { deps } = parts()
    const [testRunId = ''] = runIds
    expect(await fireTrigger(deps, { journeyId, triggerId: 't1', at: firesAt, testRunId }, run())).toEqual({
      enqueued: 2,
    })
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual([`${one} t1`, `${two} t1`].sort())
    expect(inputs.every((input) => input.at === firesAt)).toBe(true)
    expect(await fireTrigger(deps, { journeyId, triggerId: 't1', at: firesAt, testRunId }, run())).toEqual({
      enqueued: 0,
    })
  })
})
