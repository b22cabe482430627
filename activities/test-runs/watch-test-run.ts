/** How a test run stands: its clock, and what its leads are doing. Reads only. */
import { sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Queryable } from '#db/client.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { findTestRun } from '#db/repositories/test-runs.ts'

export interface TestRunStatus {
  id: string
  name: string
  /** The run's own time, ISO 8601. */
  now: string
  speed: number
  finished: boolean
  leads: number
  /** Enrollments by status. */
  enrollments: Record<string, number>
  /** Messages by status. */
  deliveries: Record<string, number>
  tasks: Record<string, number>
  /** Inputs that no turn has looked at yet. */
  waiting: number
}

/** Null when there is no such run. */
export async function readTestRunStatus(db: Queryable, id: string): Promise<TestRunStatus | null> {
  const run = await findTestRun(db, id)
  if (run === null) return null
  const [row] = await db.execute<{
    now: number
    leads: number
    enrollments: Record<string, number> | null
    deliveries: Record<string, number> | null
    tasks: Record<string, number> | null
    waiting: number
  }>(sql`
    with ours as (select id from leads where test_run_id = ${id})
    select ${databaseNow} as now,
           (select count(*)::int from ours) as leads,
           (select jsonb_object_agg(status, n) from (select e.status, count(*) n from enrollments e join ours on ours.id = e.lead_id group by 1) s) as enrollments,
           (select jsonb_object_agg(status, n) from (select d.status, count(*) n from deliveries d join ours on ours.id = d.lead_id group by 1) s) as deliveries,
           (select jsonb_object_agg(status, n) from (select t.status, count(*) n from tasks t join ours on ours.id = t.lead_id group by 1) s) as tasks,
           (select count(*)::int from lead_inputs i join ours on ours.id = i.lead_id where i.consumed_at is null) as waiting`)
  return {
    id,
    name: run.name,
    now: new Date(toLeadTime(run.clock, row?.now ?? 0)).toISOString(),
    speed: run.clock.speed,
    finished: run.finishedAt !== null,
    leads: row?.leads ?? 0,
    enrollments: row?.enrollments ?? {},
    deliveries: row?.deliveries ?? {},
    tasks: row?.tasks ?? {},
    waiting: row?.waiting ?? 0,
  }
}
