import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { createSweep, findSweep } from '#db/repositories/sweeps.ts'
import { reconcile } from '#activities/entry/reconcile.ts'
import { aLiveJourney, countRows, someLeads } from '../../db/entry/entry-database.ts'
import { createTestEngine, until, untilFinished, type TestEngine } from '../../support/engine.ts'
import { temporalAddress } from '../../support/temporal.ts'

let engine: TestEngine
const children: ChildProcess[] = []

beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await engine.stop()
})

/** Starts a segments worker; `pages` counts what it has committed. */
function startSegments(): { child: ChildProcess; pages: () => number } {
  const script = fileURLToPath(new URL('./segments-process.ts', import.meta.url))
  const args = [script, engine.databaseUrl, temporalAddress(), engine.queuePrefix]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  return { child, pages: () => output.split('page').length - 1 }
}

test('a sweep whose worker is killed twice loses nobody and lets nobody in twice', async () => {
  const journeyId = await aLiveJourney(
    engine.db,
    [{ kind: 'schedule', days: ['fri'], time: '09:00', zone: 'UTC', segment: { kind: 'has_tag', tag: 'swept' } }],
    { settings: { spreadMinutes: 0, reenrollment: { policy: 'always' } } },
  )
  const ids = await someLeads(
    engine.db,
    Array.from({ length: 400 }, () => ({ tags: ['swept'] })),
  )
  await someLeads(
    engine.db,
    Array.from({ length: 20 }, () => ({})),
  )
  const firesAt = Date.now() - 60_000
  const sweepId = await createSweep(engine.db, { journeyId, triggerId: 't1', firesAt, testRunId: null })
  const schedules = createEntrySchedules(engine.client, { db: engine.db, queuePrefix: engine.queuePrefix })
  await schedules.startSweep(sweepId)

  let committed = 0
  for (let kill = 0; kill < 2; kill += 1) {
    const { child, pages } = startSegments()
    await until(`worker ${String(kill)} has committed pages`, () => Promise.resolve(pages() >= 3), 90)
    child.kill('SIGKILL')
    committed += pages()
  }
  expect(committed).toBeLessThan(20)
  const last = startSegments()
  await until('the sweep is done', async () => (await findSweep(engine.db, sweepId))?.status === 'done', 120)
  expect(last.pages()).toBeGreaterThan(0)
  expect((await findSweep(engine.db, sweepId))?.enqueued).toBe(400)
  // Pages that were committed but not poked are what the reconciler is for.
  await engine.db.execute(sql`update lead_pokes set since = now() - interval '1 minute'`)
  await reconcile({ db: engine.db, poker: engine.poker, schedules })
  await untilFinished(engine, ids, 90)
  expect(await countRows(engine.db, 'enrollments', sql`journey_id = ${journeyId}`)).toBe(400)
  expect(await countRows(engine.db, 'lead_inputs', sql`kind = 'enroll'`)).toBe(400)
})
