import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reconcile } from '#activities/entry/reconcile.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { restoreStanding } from '#server/standing-executions.ts'
import { startOwnTemporal, type OwnTemporal } from '#tests/support/embedded-servers.ts'
import { startEngineProcess, type RunningEngine } from '#tests/support/engine-processes.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import { findLosses } from '#tests/support/losses.ts'

let temporal: OwnTemporal
let engine: TestEngine
let worker: RunningEngine
beforeAll(async () => {
  temporal = await startOwnTemporal()
  engine = await createTestEngine({ address: temporal.address, start: false })
  worker = await startWorker()
})
afterAll(async () => {
  worker?.kill()
  await engine?.stop()
  await temporal?.end()
})

const startWorker = () =>
  startEngineProcess({
    databaseUrl: engine.databaseUrl,
    temporalAddress: temporal.address,
    queuePrefix: engine.queuePrefix,
  })

async function countOf(condition: string): Promise<number> {
  const [row] = await engine.db.execute<{ count: number }>(
    sql`select count(*)::int as count from enrollments where ${sql.raw(condition)}`,
  )
  return row?.count ?? 0
}

test('the whole of Temporal deleted in mid-journey: Postgres alone brings every lead to its end, once', async () => {
  const mail = { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }
  const journey = await publishDefinition(engine.db, {
    steps: {
      first: ['send_email', mail, { next: 'wait' }],
      wait: ['wait', { duration: 'PT20S' }, { next: 'task' }],
      task: ['create_task', { title: 'Look', reason: 'It is time', queue: 'sales' }, { next: 'second' }],
      second: ['send_email', mail, { next: 'end' }],
      end: ['exit', { reason: 'End' }],
    },
  })
  const leadIds: string[] = []
  for (let index = 0; index < 30; index += 1) leadIds.push(await addLead(engine.db))
  for (const leadId of leadIds) await enrol(engine, leadId, journey, Date.now(), 'one')
  await until('all leads are in the middle of the journey', async () => (await countOf(`step_id = 'wait'`)) === 30)

  await temporal.stop()
  temporal.deleteDatabase()
  // What comes in meanwhile is written, and its pokes are lost.
  const latecomers: string[] = []
  for (let index = 0; index < 5; index += 1) latecomers.push(await addLead(engine.db))
  const entry = { kind: 'enroll', journeyId: journey, triggerId: 'manual', entryKey: 'late' } as const
  for (const leadId of latecomers)
    await engine.db.transaction((tx) => addInputs(tx, [{ leadId, at: Date.now(), input: entry }], 1))
  await temporal.start()

  // The server knows nothing any more, not even mailrooms and schedules; the worker, which was there all the time, looks
  // for them every minute.
  const schedules = createEntrySchedules(engine.client, engine)
  const standing = { ...engine, schedules }
  expect(await restoreStanding(standing)).toBe(true)
  expect(await restoreStanding(standing)).toBe(false)
  await until('every wait is over', async () => (await countOf(`status = 'active' and wake_at > now()`)) === 0)
  expect(await countOf(`status = 'active'`)).toBe(30)
  // Half a minute, and five, as if they had passed: the reconciler gives pokes and timers that long.
  await engine.db.execute(sql`update lead_pokes set since = since - interval '1 minute'`)
  await engine.db.execute(sql`update enrollments set due_at = due_at - interval '6 minutes' where status = 'active'`)
  expect(await reconcile({ ...engine, schedules })).toMatchObject({ pokes: 5, overdue: 30 })
  // Once more changes nothing.
  await reconcile({ ...engine, schedules })

  await untilFinished(engine, [...leadIds, ...latecomers], 200)
  await until('the mailroom is done', async () => {
    const rows = await engine.db.execute(sql`select 1 from deliveries where status in ('queued', 'sending') limit 1`)
    return rows.length === 0
  })
  expect(await findLosses(engine.db)).toEqual([])
  const [counts] = await engine.db.execute(sql`
    select (select count(*)::int from enrollments where status = 'completed') as enrollments,
           (select count(*)::int from step_log) as steps,
           (select count(*)::int from mailbox) as mails,
           (select count(*)::int from tasks) as tasks`)
  expect(counts).toEqual({ enrollments: 35, steps: 35 * 6, mails: 70, tasks: 35 })
})
