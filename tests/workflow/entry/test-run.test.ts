import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JourneyFileInput } from '#engine/graph/journey-file.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { createTestRun, findTestRun } from '#db/repositories/test-runs.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { countRows } from '../../db/entry/entry-database.ts'
import { createTestEngine, until, type TestEngine } from '../../support/engine.ts'

const start = Date.UTC(2026, 2, 20)
/** 24 days: four Fridays, and the night the clocks go forward in Paris. */
const end = Date.UTC(2026, 3, 13)
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

const sampler: JourneyFileInput = {
  format: 1,
  key: 'sampler',
  name: 'Friday sampler',
  graph: {
    format: 1,
    nodes: [
      {
        id: 'start',
        type: 'entry',
        config: {
          triggers: [
            {
              id: 'friday',
              kind: 'schedule',
              days: ['fri'],
              time: '09:00',
              zone: 'Europe/Paris',
              segment: {
                kind: 'all',
                rules: [
                  { kind: 'count', event: 'sampled', op: 'lt', n: 3 },
                  { kind: 'not', rule: { kind: 'has_tag', tag: 'done' } },
                ],
              },
            },
          ],
        },
      },
      { id: 'sample', type: 'record_event', config: { event: 'sampled' } },
      { id: 'pause', type: 'wait', config: { duration: 'P2D' } },
      { id: 'tag', type: 'add_tag', config: { tag: 'sampled' } },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'sample' },
      { from: 'sample', port: 'next', to: 'pause' },
      { from: 'pause', port: 'next', to: 'tag' },
      { from: 'tag', port: 'next', to: 'end' },
    ],
    settings: { reenrollment: { policy: 'after_days', days: 7 }, zone: 'Europe/Paris' },
  },
}

/** Half an hour after the third Friday's sweep it takes leads out of its segment: the sweep must have been first. */
const finisher: JourneyFileInput = {
  format: 1,
  key: 'finisher',
  name: 'Finisher',
  graph: {
    format: 1,
    nodes: [
      { id: 'start', type: 'entry', config: { triggers: [{ id: 'first', kind: 'event', event: 'sampled' }] } },
      { id: 'pause', type: 'wait', config: { duration: 'P14DT30M' } },
      { id: 'tag', type: 'add_tag', config: { tag: 'done' } },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'pause' },
      { from: 'pause', port: 'next', to: 'tag' },
      { from: 'tag', port: 'next', to: 'end' },
    ],
  },
}

const birthday: JourneyFileInput = {
  format: 1,
  key: 'birthday',
  name: 'Birthday',
  graph: {
    format: 1,
    nodes: [
      {
        id: 'start',
        type: 'entry',
        config: { triggers: [{ id: 'day', kind: 'date_field', field: 'birthday', yearly: true, time: '08:00' }] },
      },
      { id: 'greet', type: 'record_event', config: { event: 'greeted' } },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'greet' },
      { from: 'greet', port: 'next', to: 'end' },
    ],
  },
  resources: { fields: [{ key: 'birthday', label: 'Birthday', type: 'date' }] },
}

/** Runs ten leads through the 24 days; returns every step they took, in the leads' own time. */
async function rehearse(speed: number): Promise<string[]> {
  const zones = ['Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'UTC', 'Australia/Sydney']
  const { id: testRunId, clock } = await createTestRun(engine.db, {
    name: `× ${String(speed)}`,
    virtualStart: start,
    speed,
  })
  const { rows } = await engine.db.transaction(async (tx) =>
    upsertLeads(
      tx,
      zones.flatMap((zone, index) => [
        {
          fields: { zone, birthday: `19${String(60 + index)}-03-2${String(index + 5)}` },
          test: { runId: testRunId, clock },
        },
        { fields: { zone }, test: { runId: testRunId, clock } },
      ]),
      { library: await readLibrary(tx), actor: 'test' },
    ),
  )
  const leadIds = rows.map((row) => row.leadId ?? '')
  const { queuePrefix } = engine
  const { workflowId } = await startTestRun(engine.client, { testRunId, until: end, queuePrefix })
  await until('the run is over', async () => (await findTestRun(engine.db, testRunId))?.finishedAt != null, 150)
  await engine.client.workflow.getHandle(workflowId).result()
  const steps = await engine.db.execute<{ lead_id: string; step: string }>(sql`
    select s.lead_id, j.key || ' ' || s.step_id || ' ' || s.visit || ' ' || coalesce(s.port, '-') || ' '
           || to_char(s.entered_at at time zone 'UTC', 'MM-DD HH24:MI:SS.MS') || ' – '
           || to_char(s.left_at at time zone 'UTC', 'MM-DD HH24:MI:SS.MS') as step
      from step_log s join journeys j on j.id = s.journey_id join leads l on l.id = s.lead_id
     where l.test_run_id = ${testRunId}`)
  expect(
    await countRows(
      engine.db,
      'enrollments',
      sql`status <> 'completed' and lead_id in (select id from leads where test_run_id = ${testRunId})`,
    ),
  ).toBe(0)
  return steps.map((row) => `${String(leadIds.indexOf(row.lead_id))} ${row.step}`).sort()
}

test(
  'a rehearsal fires schedules and dates at their instants, and its speed decides nothing',
  { timeout: 400_000 },
  async () => {
    const registry = createStepRegistry()
    for (const file of [sampler, finisher, birthday]) {
      await importJourneyFile({ db: engine.db }, file, { actor: 'test' })
      const published = await publishJourney(
        { db: engine.db, registry, schedules: null },
        { journey: file.key, actor: 'test' },
      )
      expect(published.issues.filter((issue) => issue.severity === 'error')).toEqual([])
    }
    const atADayASecond = await rehearse(86_400)
    // Three samples each: 20 March, 27 March, and 3 April an hour earlier in UTC, for the clocks have changed. Not the 10th.
    const samples = atADayASecond.filter((step) => step.startsWith('0 sampler sample'))
    expect(atADayASecond.filter((step) => step.includes(' sampler sample '))).toHaveLength(30)
    expect(samples.map((step) => step.slice(-18))).toEqual([
      '03-20 08:00:00.000',
      '03-27 08:00:00.000',
      '04-03 07:00:00.000',
    ])
    const greeted = atADayASecond.filter((step) => step.includes('birthday greet')).map((step) => step.slice(-18))
    expect(greeted).toEqual([
      '03-25 07:00:00.000',
      '03-26 12:00:00.000',
      '03-26 23:00:00.000',
      '03-28 08:00:00.000',
      '03-28 21:00:00.000',
    ])
    const atAWeekASecond = await rehearse(7 * 86_400)
    expect(atAWeekASecond).toEqual(atADayASecond)
  },
)
