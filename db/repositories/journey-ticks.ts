/** What is new in journeys from second to second: visits that ended, and who stands where. Reads only. */
import { sql } from 'drizzle-orm'
import type { EnrollmentStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { uuidArray } from './json-rows.ts'

/**
 * Ids of the step log commit out of order, but a turn's transaction lives for less than 5 s (its statements' limit is 4 s):
 * below the newest row of this age nothing is still to come.
 */
const settledAfterSeconds = 15

export interface NewVisit {
  id: number
  journeyId: string
  version: number
  stepId: string
  port: string | null
  leftAt: Date
  isTest: boolean
}

/** The newest id below which no row is still to come; 0 in an empty log. Walks back over the last 15 s of the log. */
export async function readSettledId(db: Queryable): Promise<number> {
  const [row] = await db.execute<{ id: number }>(sql`
    select coalesce((select id from step_log
                      where recorded_at < now() - make_interval(secs => ${settledAfterSeconds})
                      order by id desc limit 1), 0)::float8 as id`)
  return row?.id ?? 0
}

/** Visits of these journeys with a higher id, oldest first, at most `limit`. A walk of the primary key. */
export async function readVisitsAfter(
  db: Queryable,
  { journeyIds, after, limit }: { journeyIds: readonly string[]; after: number; limit: number },
): Promise<NewVisit[]> {
  const rows = await db.execute<Omit<NewVisit, 'leftAt'> & { leftAt: number }>(sql`
    select s.id::float8 as id, s.journey_id as "journeyId", s.version, s.step_id as "stepId", s.port,
           extract(epoch from s.left_at)::float8 * 1000 as "leftAt", e.is_test as "isTest"
      from step_log s join enrollments e on e.id = s.enrollment_id
     where s.id > ${after} and s.journey_id = any(${uuidArray(journeyIds)})
     order by s.id
     limit ${limit}`)
  return rows.map((row) => ({ ...row, leftAt: new Date(row.leftAt) }))
}

export interface Standing {
  journeyId: string
  version: number
  isTest: boolean
  stepId: string
  status: EnrollmentStatus
  count: number
}

/** Who stands where, finely enough for every watcher. One scan of `enrollments_here`. */
export async function readStandings(db: Queryable, journeyIds: readonly string[]): Promise<Standing[]> {
  const rows = await db.execute(sql`
    select journey_id as "journeyId", version, is_test as "isTest", step_id as "stepId", status, count(*)::int as count
      from enrollments
     where journey_id = any(${uuidArray(journeyIds)}) and status in ('active', 'paused', 'parked')
     group by 1, 2, 3, 4, 5`)
  return rows as unknown as Standing[]
}

/** Changes whenever anything about these leads' enrollments does. By lead id; leads without any are absent. */
export async function readLeadStamps(db: Queryable, leadIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.execute<{ leadId: string; stamp: string }>(sql`
    select lead_id as "leadId", md5(string_agg(id || status::text || step_id || version || updated_at, ' ' order by id)) as stamp
      from enrollments where lead_id = any(${uuidArray(leadIds)}) group by lead_id`)
  return new Map(rows.map(({ leadId, stamp }) => [leadId, stamp]))
}
