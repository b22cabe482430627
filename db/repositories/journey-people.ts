/** The leads behind a number on a step, and the way one of them took. Reads only. */
import { and, asc, desc, eq, sql, type SQL } from 'drizzle-orm'
import { failurePorts, type EnrollmentStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { enrollments, stepLog } from '../schema/journeys.ts'
import { leads, type LeadClock } from '../schema/leads.ts'
import type { StatisticsScope } from './journey-statistics.ts'
import { matchesSearch } from './lead-reads.ts'

type PeopleKind = 'here' | 'paused' | 'parked' | 'entered' | 'left' | 'failed' | 'ended'

export interface PeopleFilter extends StatisticsScope {
  /** Null: wherever they stand. Only of those who are here, paused or parked. */
  stepId: string | null
  what: PeopleKind
  /** With `left`: only by this way out. */
  port: string | null
  /** The beginning of a name, an address or a company. */
  search?: string | undefined
  /** How the enrollment stands now, wherever it has got to. */
  status?: EnrollmentStatus | undefined
}

/** The last row shown: instant, and the row's own id (`e` and an enrollment's, or `s` and a visit's). */
export interface PeopleCursor {
  at: Date
  id: string
}

export interface PersonRow {
  id: string
  enrollmentId: string
  leadId: string
  email: string | null
  firstName: string | null
  lastName: string | null
  isTest: boolean
  clock: LeadClock | null
  version: number
  status: EnrollmentStatus
  stepId: string
  goalMet: boolean
  at: Date
  nextAt: Date | null
  port: string | null
  reason: string
}

const instant = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`

/**
 * One page, newest first. Who is here is read from `enrollments_here`, who left from (journey, step, left_at), each in its
 * order, so a page costs the same wherever it is; who entered is sorted, and bounded by the range. A search looks at one
 * lead after the other in that order until the page is full.
 */
export async function listPeople(
  db: Queryable,
  filter: PeopleFilter,
  { limit, cursor }: { limit: number; cursor: PeopleCursor | null },
): Promise<PersonRow[]> {
  const rows = await db.execute<Omit<PersonRow, 'at' | 'nextAt'> & { at: string; nextAt: string | null }>(sql`
    with page as (${sourceOf(filter, limit, cursor)})
    select p.row_id as id, p.enrollment_id as "enrollmentId", l.id as "leadId", l.email, l.first_name as "firstName",
           l.last_name as "lastName", l.is_test as "isTest", l.clock, e.version, e.status, e.step_id as "stepId",
           e.goal_met as "goalMet", p.at, e.wake_at as "nextAt", p.port,
           coalesce(p.reason, case when e.status = 'parked' then e.error->>'message' end, e.state->'rest'->>'reason',
                    e.state->>'reason', '') as reason
      from page p
      join enrollments e on e.id = p.enrollment_id
      join leads l on l.id = e.lead_id
     order by p.at desc, p.row_id desc`)
  return rows.map((row) => ({
    ...row,
    at: new Date(row.at),
    nextAt: row.nextAt === null ? null : new Date(row.nextAt),
  }))
}

/** How many rows the list has. */
export async function countPeople(db: Queryable, filter: PeopleFilter): Promise<number> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from (${sourceOf(filter, null, null)}) rows`,
  )
  return row?.count ?? 0
}

/** The enrollments behind a number, as a query of their ids: what else they did is counted among them. */
export function enrollmentsBehind(filter: PeopleFilter): SQL {
  return sql`select enrollment_id from (${sourceOf(filter, null, null)}) behind`
}

function sourceOf(filter: PeopleFilter, limit: number | null, cursor: PeopleCursor | null): SQL {
  const { what } = filter
  if (what === 'here' || what === 'paused' || what === 'parked') return standing(filter, what, limit, cursor)
  if (what === 'entered') return entered(filter, limit, cursor)
  return departed(filter, limit, cursor)
}

const atMost = (limit: number | null): SQL => (limit === null ? sql`` : sql`limit ${limit}`)
const ofVersion = (column: SQL, version: number | null): SQL =>
  version === null ? sql`` : sql` and ${column} = ${version}`
const inRange = (column: SQL, { from, to }: StatisticsScope): SQL =>
  sql`${column} >= ${instant(from)}${to === null ? sql`` : sql` and ${column} < ${instant(to)}`}`

/** Each source is narrowed before its page is cut, so that a page of a search is as full as any. */
function narrowed(leadId: SQL, status: SQL, filter: PeopleFilter): SQL {
  const search = filter.search?.trim() ?? ''
  const found =
    search === ''
      ? sql``
      : sql` and exists (select 1 from ${leads} where ${leads.id} = ${leadId} and (${matchesSearch(search)}))`
  return sql`${found}${filter.status === undefined ? sql`` : sql` and ${status} = ${filter.status}`}`
}

function standing(
  filter: PeopleFilter,
  what: 'here' | 'paused' | 'parked',
  limit: number | null,
  cursor: PeopleCursor | null,
): SQL {
  const { journeyId, stepId, version, isTest } = filter
  return sql`
    select 'e' || id as row_id, id as enrollment_id, since as at, null::text as port, null::text as reason
      from enrollments
     where journey_id = ${journeyId}${stepId === null ? sql`` : sql` and step_id = ${stepId}`}
       and status in ('active', 'paused', 'parked') and is_test = ${isTest}${ofVersion(sql`version`, version)}
       ${narrowed(sql`enrollments.lead_id`, sql`status`, filter)}
       ${what === 'here' ? sql`` : sql`and status = ${sql.raw(`'${what}'`)}`}
       ${cursor === null ? sql`` : sql`and (since, id) < (${instant(cursor.at)}, ${cursor.id.slice(1)}::uuid)`}
     order by since desc, id desc ${atMost(limit)}`
}

function departed(filter: PeopleFilter, limit: number | null, cursor: PeopleCursor | null): SQL {
  const { journeyId, stepId, version, isTest, what, port } = filter
  const which =
    what === 'failed'
      ? sql`and s.port in ${[...failurePorts]}`
      : what === 'ended'
        ? sql`and e.finished_at is not null and e.step_id = s.step_id and (e.state->>'visit')::int = s.visit`
        : port === null
          ? sql``
          : sql`and s.port = ${port}`
  return sql`
    select 's' || s.id as row_id, s.enrollment_id, s.left_at as at, s.port, s.reason
      from step_log s join enrollments e on e.id = s.enrollment_id and e.is_test = ${isTest}
     where s.journey_id = ${journeyId} and s.step_id = ${stepId} and ${inRange(sql`s.left_at`, filter)}
       ${ofVersion(sql`s.version`, version)} ${which} ${narrowed(sql`e.lead_id`, sql`e.status`, filter)}
       ${cursor === null ? sql`` : sql`and (s.left_at, s.id) < (${instant(cursor.at)}, ${cursor.id.slice(1)}::bigint)`}
     order by s.left_at desc, s.id desc ${atMost(limit)}`
}

/** Visits that began in the range, ended or not. Ids of both kinds are texts: of one instant, any order will do. */
function entered(filter: PeopleFilter, limit: number | null, cursor: PeopleCursor | null): SQL {
  const { journeyId, stepId, version, isTest, from } = filter
  return sql`
    select * from (
      select 's' || s.id as row_id, s.enrollment_id, s.entered_at as at, s.port, s.reason
        from step_log s join enrollments e on e.id = s.enrollment_id and e.is_test = ${isTest}
       where s.journey_id = ${journeyId} and s.step_id = ${stepId} and s.left_at >= ${instant(from)}
         and ${inRange(sql`s.entered_at`, filter)}${ofVersion(sql`s.version`, version)}
         ${narrowed(sql`e.lead_id`, sql`e.status`, filter)}
      union all
      select 'e' || id, id, since, null, null
        from enrollments
       where journey_id = ${journeyId} and step_id = ${stepId} and status in ('active', 'paused', 'parked')
         and is_test = ${isTest} and ${inRange(sql`since`, filter)}${ofVersion(sql`version`, version)}
         ${narrowed(sql`enrollments.lead_id`, sql`status`, filter)}
    ) both_kinds
    where true ${cursor === null ? sql`` : sql`and (at, row_id) < (${instant(cursor.at)}, ${cursor.id})`}
    order by at desc, row_id desc ${atMost(limit)}`
}

/** Who stands there, longest first, for a bulk control; and on which versions. */
export async function findStanding(
  db: Queryable,
  filter: PeopleFilter & { what: 'here' | 'paused' | 'parked' },
  limit: number,
): Promise<{ id: string; version: number; status: EnrollmentStatus }[]> {
  const rows = await db.execute<{ id: string; version: number; status: EnrollmentStatus }>(sql`
    select e.id, e.version, e.status
      from (${standing(filter, filter.what, null, null)}) p join enrollments e on e.id = p.enrollment_id
     order by p.at, e.id
     limit ${limit}`)
  return [...rows]
}

/** A lead's enrollments in a journey, the latest first. */
export async function listEnrollmentsIn(db: Queryable, leadId: string, journeyId: string, limit: number) {
  return db
    .select()
    .from(enrollments)
    .where(and(eq(enrollments.leadId, leadId), eq(enrollments.journeyId, journeyId)))
    .orderBy(desc(enrollments.enteredAt), desc(enrollments.id))
    .limit(limit)
}

/** The newest `limit` visits of an enrollment, in their order. By the index (enrollment, id). */
export async function listVisits(db: Queryable, enrollmentId: string, limit: number) {
  const newest = db
    .select()
    .from(stepLog)
    .where(eq(stepLog.enrollmentId, enrollmentId))
    .orderBy(desc(stepLog.id))
    .limit(limit)
    .as('newest')
  return db.select().from(newest).orderBy(asc(newest.id))
}
