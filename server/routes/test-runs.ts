import type { Client } from '@temporalio/client'
import { sql } from 'drizzle-orm'
import { runLead, stopRun } from '#activities/test-runs/run-lead.ts'
import { readTestRunStatus } from '#activities/test-runs/watch-test-run.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { findTestRun } from '#db/repositories/test-runs.ts'
import type { Library } from '#engine/library.ts'
import { getTestRun, startTestRun, stopTestRun, type TestRun } from '../contract/test-runs.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'

export function testRunRoutes(deps: {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  client: Client
  queuePrefix: string
}): Implementation[] {
  const { db, poker, library, client, queuePrefix } = deps
  return [
    implement(startTestRun, async ({ params, body }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const { leadId, speed, days } = body
      const start = body.start === undefined ? null : Date.parse(body.start)
      const request = { journeyId: journey.id, leadId, speed, start, days, actor }
      const started = await runLead({ db, poker, library, client, queuePrefix }, request).catch(unavailable)
      if (!started.done) throw new HttpProblem(started.code, started.message)
      return reply(201, await presentRun(db, started.runId))
    }),

    implement(getTestRun, async ({ params }) => ok(await presentRun(db, params.id))),

    implement(stopTestRun, async ({ params }, { actor }) => {
      if (!(await stopRun({ db, poker, client }, { runId: params.id, actor }).catch(unavailable)))
        throw missing(params.id)
      return ok(await presentRun(db, params.id))
    }),
  ]
}

function missing(id: string): HttpProblem {
  return new HttpProblem('TEST_RUN_NOT_FOUND', `There is no test run "${id}".`)
}

/** What Temporal's client throws when nobody answers; anything else is a fault of ours. */
function unavailable(error: unknown): never {
  const name = error instanceof Error ? error.name : ''
  if (name !== 'ServiceError') throw error
  throw new HttpProblem(
    'TEMPORAL_UNAVAILABLE',
    'Temporal cannot be reached, so no clock can run; try again when it is back.',
  )
}

async function presentRun(db: Database, id: string): Promise<TestRun> {
  const [run, status] = await Promise.all([findTestRun(db, id), readTestRunStatus(db, id)])
  if (run === null || status === null) throw missing(id)
  const rows = await db.execute<{ id: string; refused: string | null }>(sql`
    select l.id, (select regexp_replace(i.outcome, '^refused: ', '') from lead_inputs i
                   where i.lead_id = l.id and i.kind = 'enroll' and i.outcome is not null
                     and not exists (select 1 from enrollments e where e.lead_id = l.id)
                   order by i.id limit 1) as refused
      from leads l where l.test_run_id = ${id} order by l.id limit 2`)
  const { name, now, speed, finished, leads, enrollments, deliveries, tasks } = status
  return {
    id,
    name,
    leadId: rows.length === 1 ? (rows[0]?.id ?? null) : null,
    now,
    speed,
    start: new Date(run.clock.virtualStart).toISOString(),
    finished,
    leads,
    enrollments,
    deliveries,
    tasks,
    refused: rows.length === 1 ? (rows[0]?.refused ?? null) : null,
  }
}
