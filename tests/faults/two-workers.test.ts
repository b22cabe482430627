import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  addLead,
  createTestEngine,
  fastClock,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import { startEngineProcess, type RunningEngine } from '#tests/support/engine-processes.ts'
import { findLosses } from '#tests/support/losses.ts'
import { temporalAddress } from '#tests/support/temporal.ts'

let engine: TestEngine
let workers: RunningEngine[] = []
beforeEach(async () => {
  engine = await createTestEngine({ start: false })
})
afterEach(async () => {
  for (const worker of workers) worker.kill()
  await engine?.stop()
})

test('two workers that take turns with the same leads do nothing twice and lose nothing', async () => {
  // Two executions in each cache: nearly every turn of a lead is on whichever worker is free.
  const options = {
    databaseUrl: engine.databaseUrl,
    temporalAddress: temporalAddress(),
    queuePrefix: engine.queuePrefix,
    maxCachedWorkflows: 2,
  }
  workers = await Promise.all([startEngineProcess(options), startEngineProcess(options)])
  const mail = (next: string) =>
    ['send_email', { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }, { next }] as const
  const steps = {
    first: mail('pause'),
    pause: ['wait', { duration: 'PT2H' }, { next: 'task' }],
    task: ['create_task', { title: 'Look', reason: 'It is time', queue: 'sales' }, { next: 'later' }],
    later: ['wait', { duration: 'PT2H' }, { next: 'second' }],
    second: mail('count'),
    count: ['score', { change: 'add', amount: 1 }, { next: 'end' }],
    end: ['exit', { reason: 'End' }],
  }
  const journey = await publishDefinition(engine.db, { steps: steps as never })
  const from = '2026-03-02T09:00:00Z'
  const clock = fastClock(from, 1200)
  const leadIds: string[] = []
  for (let index = 0; index < 40; index += 1) leadIds.push(await addLead(engine.db, { clock }))
  const at = Date.parse(from)
  const entry = { kind: 'enroll', journeyId: journey, triggerId: 'manual', entryKey: 'one' } as const
  // The same entry four times, at once, and inputs that nothing waits for in between.
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const leadId of leadIds) await send(engine, leadId, at, entry, { kind: 'fact', keys: ['field:city'] })
    }),
  )
  await untilFinished(engine, leadIds, 200)
  await until('the mailroom is done', async () => {
    const rows = await engine.db.execute(sql`select 1 from deliveries where status in ('queued', 'sending') limit 1`)
    return rows.length === 0
  })
  expect(await findLosses(engine.db)).toEqual([])
  const [counts] = await engine.db.execute(sql`
    select (select count(*)::int from enrollments where status = 'completed') as enrollments,
           (select count(*)::int from step_log) as steps,
           (select count(*)::int from deliveries where status = 'accepted') as deliveries,
           (select count(*)::int from mailbox) as mails,
           (select count(*)::int from tasks) as tasks,
           (select count(*)::int from leads where score = 1) as scored`)
  expect(counts).toEqual({ enrollments: 40, steps: 40 * 8, deliveries: 80, mails: 80, tasks: 40, scored: 40 })
  // Both had their share.
  const identities = new Set<string>()
  for (const leadId of leadIds) {
    const { events } = await engine.client.workflow.getHandle(`lead:${leadId}`).fetchHistory()
    for (const event of events ?? []) identities.add(event.workflowTaskStartedEventAttributes?.identity ?? '')
  }
  identities.delete('')
  expect(identities.size).toBe(2)
})
