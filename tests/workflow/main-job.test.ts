/** The main job on invented leads in the shape of a real file: imported, invited for ten Fridays, called, all checked by SQL. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestRun } from '#activities/entry/test-run.ts'
import type { Mapping } from '#activities/imports/mapping.ts'
import { readTestRunStatus } from '#activities/test-runs/watch-test-run.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { checkEnd, checkFridays, checkNoAddress, fridayByHand, type Check } from '../../scripts/main-job/checks.ts'
import {
  awaitEnd,
  closeTasks,
  forbidSomeCalls,
  fridayBySegment,
  hasOneDownload,
  importRun,
  readShippedMapping,
} from '../../scripts/main-job/steps.ts'
import { until, type TestEngine } from '../support/engine.ts'
import { createTemplateEngine } from '../support/templates.ts'

const file = fileURLToPath(new URL('../fixtures/x-education-sample.csv', import.meta.url))
let engine: TestEngine
let mapping: Mapping
beforeAll(async () => {
  mapping = await readShippedMapping()
  engine = await createTemplateEngine('friday-sampler', 'last-chance-call')
})
afterAll(() => engine?.stop())

const instance = () => ({ database: engine.handle, poker: engine.poker, temporal: engine.client })
const broken = (checks: Check[]): Check[] => checks.filter((check) => !check.ok)

async function walk(run: { runId: string; start: number }, length: string): Promise<void> {
  await startTestRun(engine.client, {
    testRunId: run.runId,
    until: addDuration(run.start, length, 'UTC'),
    queuePrefix: engine.queuePrefix,
  })
  const isFinished = async () => (await readTestRunStatus(engine.db, run.runId))?.finished === true
  await until(`the run has walked ${length}`, isFinished, 150)
}

test('the whole file comes in, and the segment finds the very leads that a query written by hand finds', async () => {
  const whole = await importRun(instance(), { name: 'whole', file, mapping })
  expect(whole.report).toMatchObject({ rows: 300, counts: { created: 300, rejected: 0, skipped: 0 } })
  const segment = await fridayBySegment(instance(), whole.runId, whole.start)
  const byHand = await fridayByHand(engine.handle.sql, whole.runId)
  expect(segment).toEqual(byHand.map(({ id }) => id))
  expect(segment.length).toBeGreaterThan(40)
  expect(segment.length).toBeLessThan(250)
})

test('ten Fridays and the calls: exactly the invitations due, nobody against their will, everybody at an end', async () => {
  const run = await importRun(instance(), {
    name: 'walk',
    file,
    mapping,
    take: { fits: hasOneDownload, count: 20 },
  })
  expect(run.report.counts.created).toBe(20)
  expect(await forbidSomeCalls(instance(), run.runId, 5)).toBe(4)
  const [unwilling] = await engine.handle.sql<{ n: number }[]>`
    select count(*)::int as n from leads l where l.test_run_id = ${run.runId}
       and (l.do_not_email or exists (select 1 from suppressions s where s.lead_id = l.id and s.channel = 'email'))`
  expect(unwilling?.n).toBeGreaterThan(0)
  await walk(run, 'P10W')
  const fridays = await checkFridays(engine.handle.sql, run.runId)
  expect(broken(fridays)).toEqual([])
  // Eight for each of those that may be written to: the check above is not of nothing.
  expect(fridays[0]?.actual).toBe((20 - (unwilling?.n ?? 0)) * 8)

  const closed = await closeTasks(instance(), run.runId)
  expect(closed.demo).toBeGreaterThan(0)
  await awaitEnd(instance(), run.runId, 60)
  expect(broken(await checkEnd(engine.handle.sql, run.runId, closed))).toEqual([])
})

test('leads without addresses: every invitation is skipped as no_address and none is counted', async () => {
  const run = await importRun(instance(), {
    name: 'bare',
    file,
    mapping,
    omit: ['email'],
    take: { fits: hasOneDownload, count: 20 },
  })
  await walk(run, 'P2W')
  const checks = await checkNoAddress(engine.handle.sql, run.runId, 2)
  expect(broken(checks)).toEqual([])
  expect(checks[0]?.actual).toBe(40)
})
