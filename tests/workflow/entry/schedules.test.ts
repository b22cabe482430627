import { createRequire } from 'node:module'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client'
import { occurrenceAt } from '#engine/entry/schedule-instants.ts'
import type { Weekday } from '#engine/graph/schema.ts'
import { nextLocalTime } from '#engine/schedule/next.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules, scheduleId } from '#activities/entry/schedules.ts'
import { listSweeps } from '#db/repositories/sweeps.ts'
import { aLiveJourney, countRows, someLeads } from '../../db/entry/entry-database.ts'
import { createTestEngine, until, untilFinished, type TestEngine } from '../../support/engine.ts'

const day = 86_400_000
let engine: TestEngine

beforeAll(async () => {
  engine = await createTestEngine({
    withoutMailroom: true,
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
  })
})
afterAll(async () => {
  await engine.stop()
})

const schedules = () => createEntrySchedules(engine.client, { db: engine.db, queuePrefix: engine.queuePrefix })
const everyone = { kind: 'always' as const }
const handleOf = (journeyId: string) => engine.client.schedule.getHandle(scheduleId(journeyId, 't1'))
const protobuf = createRequire(import.meta.url)('long') as { fromNumber(value: number): never }
const stamp = (ms: number) => ({ seconds: protobuf.fromNumber(Math.floor(ms / 1000)), nanos: 0 })

/** When the server itself says the schedule fires. */
async function firingsOnServer(journeyId: string, from: number, to: number): Promise<number[]> {
  const { startTime } = await engine.client.workflowService.listScheduleMatchingTimes({
    namespace: 'default',
    scheduleId: scheduleId(journeyId, 't1'),
    startTime: stamp(from),
    endTime: stamp(to),
  })
  return startTime.map((time) => Number(time.seconds) * 1000)
}

describe('the Temporal Schedule of a trigger', () => {
  test.each([
    ['Europe/Paris', ['fri'], '09:00'],
    ['Europe/Paris', ['sun'], '02:30'],
    ['America/New_York', ['mon', 'thu'], '18:30'],
    ['Australia/Lord_Howe', ['sun'], '12:15'],
    ['Asia/Kolkata', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], '00:00'],
  ] as const)('fires on the wall of %s, %j at %s, over two years of changing clocks', async (zone, days, time) => {
    const trigger = { kind: 'schedule' as const, days: [...days], time, zone, segment: everyone }
    const journeyId = await aLiveJourney(engine.db, [trigger])
    await schedules().sync(journeyId)
    const from = Date.UTC(2026, 11, 1)
    const to = Date.UTC(2028, 11, 1)
    const expected: number[] = []
    for (let at = from - 1; ;) {
      at = nextLocalTime({ after: at, zone, days: days as readonly Weekday[], time })
      if (at >= to) break
      expected.push(at)
    }
    // Where clocks change, the time of day in UTC does, too.
    expect(new Set(expected.map((at) => at % day)).size).toBeGreaterThan(zone === 'Asia/Kolkata' ? 0 : 1)
    const schedule = { days, time, zone }
    const firings = await firingsOnServer(journeyId, from, to)
    expect(firings.map((at) => occurrenceAt(schedule, at))).toEqual(expected)
    // Only in the night a time comes twice does the server mean the other one.
    expect(firings.filter((at) => !expected.includes(at))).toHaveLength(time === '02:30' ? 2 : 0)
    await handleOf(journeyId).delete()
  })

  test('skips overlaps, catches up 24 hours, names only ids, and follows its journey', async () => {
    const trigger = { kind: 'schedule' as const, days: ['fri'], time: '09:00', zone: 'Europe/Paris', segment: everyone }
    const journeyId = await aLiveJourney(engine.db, [trigger])
    await schedules().sync(journeyId)
    await schedules().sync(journeyId)
    const description = await handleOf(journeyId).describe()
    expect(description.policies).toMatchObject({ overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: day })
    expect(description.action).toMatchObject({
      workflowType: 'segmentSweepWorkflow',
      taskQueue: `${engine.queuePrefix}segments`,
      args: [{ journeyId, triggerId: 't1' }],
    })
    expect(description.state.paused).toBe(false)
    const setStatus = (status: string) =>
      engine.db.execute(sql`update journeys set status = ${status}::journey_status where id = ${journeyId}`)
    await setStatus('paused')
    await schedules().sync(journeyId)
    expect((await handleOf(journeyId).describe()).state.paused).toBe(true)
    await setStatus('live')
    await schedules().sync(journeyId)
    expect((await handleOf(journeyId).describe()).state.paused).toBe(false)
    await setStatus('archived')
    await schedules().sync(journeyId)
    await expect(handleOf(journeyId).describe()).rejects.toThrow(ScheduleNotFoundError)
  })

  test('of many missed runs one is made, and each lead enters once', async () => {
    // Daily, the last time some minutes ago: the server fires the last ten days at once, as after a long outage.
    const last = new Date(Date.now() - 5 * 60_000)
    last.setUTCSeconds(0, 0)
    const time = last.toISOString().slice(11, 16)
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    const journeyId = await aLiveJourney(
      engine.db,
      [{ kind: 'schedule', days, time, zone: 'UTC', segment: everyone }],
      {
        settings: { spreadMinutes: 0, reenrollment: { policy: 'always' } },
      },
    )
    const ids = await someLeads(
      engine.db,
      Array.from({ length: 30 }, () => ({})),
    )
    await schedules().sync(journeyId)
    await handleOf(journeyId).backfill({
      start: new Date(last.getTime() - 10 * day),
      end: new Date(last.getTime() + 1000),
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    })
    await until('the schedule has fired all of them', async () => {
      const { info } = await handleOf(journeyId).describe()
      return info.numActionsTaken >= 10 && info.runningActions.length === 0
    })
    await until('the sweep is done', async () => (await listSweeps(engine.db, journeyId))[0]?.status === 'done')
    const sweeps = await listSweeps(engine.db, journeyId)
    expect(sweeps.map((sweep) => [sweep.firesAt.getTime(), sweep.enqueued])).toEqual([[last.getTime(), 30]])
    await untilFinished(engine, ids)
    expect(await countRows(engine.db, 'enrollments', sql`journey_id = ${journeyId}`)).toBe(30)
    await handleOf(journeyId).delete()
  })

  test('ensure() makes what is missing, Trellis’s own included, and removes what has no journey any more', async () => {
    const trigger = { kind: 'schedule' as const, days: ['fri'], time: '09:00', zone: 'UTC', segment: everyone }
    const [kept, gone] = [await aLiveJourney(engine.db, [trigger]), await aLiveJourney(engine.db, [trigger])]
    await schedules().ensure()
    await engine.db.execute(sql`delete from journey_triggers where journey_id = ${gone}`)
    await until('the list shows both', async () => {
      const ids: string[] = []
      for await (const one of engine.client.schedule.list()) ids.push(one.scheduleId)
      return [kept, gone].every((id) => ids.includes(scheduleId(id, 't1')))
    })
    await schedules().ensure()
    await expect(handleOf(gone).describe()).rejects.toThrow(ScheduleNotFoundError)
    expect((await handleOf(kept).describe()).state.paused).toBe(false)
    for (const [name, everyMs] of [
      ['trellis:reconcile', 30_000],
      ['trellis:trigger-sweep', 300_000],
    ] as const) {
      const own = engine.client.schedule.getHandle(`${engine.queuePrefix}${name}`)
      expect((await own.describe()).spec.intervals?.[0]?.every).toBe(everyMs)
      await own.delete()
    }
    await handleOf(kept).delete()
  })
})
