/**
 * What happened in a journey: visits per step and way out, time in step, who reached the goal. Reads only.
 *
 * Everything is bounded by a range: visits are found by the index (journey, step, left_at), which Postgres 18 walks step by
 * step (skip scan), and joined to their enrollments by key. Measured in docs/builder.md. Whatever watches from second to
 * second adds what is new to such an answer (`readNewVisits`) instead of asking again.
 */
import { sql, type SQL } from 'drizzle-orm'
import { failurePorts, type EnrollmentStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'

/** Which leads, and when, by their own clocks. */
export interface StatisticsScope {
  journeyId: string
  /** Null = all versions. */
  version: number | null
  /** Test leads or real ones, never both in one number. */
  isTest: boolean
  from: Date
  /** Null = up to now, however late a test lead's clock is. */
  to: Date | null
  /** Only these enrollments: a query of their ids. @default all */
  among?: SQL
}

const openStatuses = sql.raw(`('active', 'paused', 'parked')`)

const ofVersion = (column: SQL, version: number | null): SQL =>
  version === null ? sql`` : sql` and ${column} = ${version}`

const isAmong = (column: SQL, among: SQL | undefined): SQL =>
  among === undefined ? sql`` : sql` and ${column} in (${among})`

const before = (column: SQL, to: Date | null): SQL =>
  to === null ? sql`true` : sql`${column} < ${to.toISOString()}::timestamptz`

const since = (column: SQL, from: Date): SQL => sql`${column} >= ${from.toISOString()}::timestamptz`

/** Visits that ended at `from` or later, each with what became of its enrollment. `isLast`: the enrollment ended by it. */
function visitsOf({ journeyId, version, isTest, from, among }: StatisticsScope): SQL {
  return sql`
    select s.id, s.step_id, s.port, s.enrollment_id, s.lead_id, s.version, s.entered_at, s.left_at, s.reason,
           e.goal_met, e.status,
           e.finished_at is not null and e.step_id = s.step_id and (e.state->>'visit')::int = s.visit as is_last
      from step_log s
      join enrollments e on e.id = s.enrollment_id and e.is_test = ${isTest}
     where s.journey_id = ${journeyId} and ${since(sql`s.left_at`, from)}${ofVersion(sql`s.version`, version)}${isAmong(sql`e.id`, among)}`
}

export interface StepVisits {
  stepId: string
  /** Visits that began in the range and have ended since. */
  entered: number
  /** Visits that ended in the range. */
  left: number
  /** Enrollments among them, and how many of those reached the goal, then or since. */
  enrollments: number
  reachedGoal: number
  /** Visits that ended their enrollment: by reaching the goal, at the end of a path, or early. */
  endedByGoal: number
  endedByPath: number
  endedEarly: number
  /** Ended neither by a way out nor with their enrollment: moved or skipped by a person. */
  taken: number
  /** Time between coming and going, ms; null without visits. */
  medianMs: number | null
  p90Ms: number | null
}

/** By step. */
export async function readStepVisits(db: Queryable, scope: StatisticsScope): Promise<StepVisits[]> {
  const left = before(sql`left_at`, scope.to)
  const rows = await db.execute<Record<keyof StepVisits, number | string | null> & { stepId: string }>(sql`
    with visits as (${visitsOf(scope)})
    select step_id as "stepId",
           count(*) filter (where ${since(sql`entered_at`, scope.from)} and ${before(sql`entered_at`, scope.to)})::int as entered,
           count(*) filter (where ${left})::int as "left",
           count(distinct enrollment_id) filter (where ${left})::int as enrollments,
           count(distinct enrollment_id) filter (where ${left} and goal_met)::int as "reachedGoal",
           count(*) filter (where ${left} and is_last and goal_met)::int as "endedByGoal",
           count(*) filter (where ${left} and is_last and not goal_met and status = 'completed')::int as "endedByPath",
           count(*) filter (where ${left} and is_last and not goal_met and status <> 'completed')::int as "endedEarly",
           count(*) filter (where ${left} and port is null and not is_last)::int as taken,
           round(1000 * percentile_cont(0.5) within group (order by extract(epoch from left_at - entered_at)) filter (where ${left}))::float8 as "medianMs",
           round(1000 * percentile_cont(0.9) within group (order by extract(epoch from left_at - entered_at)) filter (where ${left}))::float8 as "p90Ms"
      from visits
     group by step_id
     order by step_id`)
  return rows as unknown as StepVisits[]
}

export interface PortCount {
  stepId: string
  port: string
  left: number
}

/** How often each step was left by each way out (null: by none), in the range. */
export async function readWays(
  db: Queryable,
  scope: StatisticsScope,
): Promise<{ stepId: string; port: string | null; left: number }[]> {
  const rows = await db.execute<{ stepId: string; port: string | null; left: number }>(sql`
    select s.step_id as "stepId", s.port, count(*)::int as "left"
      from step_log s
      join enrollments e on e.id = s.enrollment_id and e.is_test = ${scope.isTest}
     where s.journey_id = ${scope.journeyId} and ${since(sql`s.left_at`, scope.from)} and ${before(sql`s.left_at`, scope.to)}
           ${ofVersion(sql`s.version`, scope.version)}${isAmong(sql`e.id`, scope.among)}
     group by s.step_id, s.port
     order by s.step_id, s.port`)
  return [...rows]
}

/** How often each way out was taken, in the range. */
export async function readPortCounts(db: Queryable, scope: StatisticsScope): Promise<PortCount[]> {
  return (await readWays(db, scope)).flatMap(({ stepId, port, left }) =>
    port === null ? [] : [{ stepId, port, left }],
  )
}

export interface StandingCount {
  stepId: string
  status: EnrollmentStatus
  count: number
  /** Those of them that came in the range. */
  entered: number
}

/** Who stands where now, and who of them came in the range. One scan of `enrollments_here`. */
export async function readStandingCounts(db: Queryable, scope: StatisticsScope): Promise<StandingCount[]> {
  const { journeyId, version, isTest, from, to, among } = scope
  const rows = await db.execute<{ stepId: string; status: EnrollmentStatus; count: number; entered: number }>(sql`
    select step_id as "stepId", status, count(*)::int as count,
           count(*) filter (where ${since(sql`since`, from)} and ${before(sql`since`, to)})::int as entered
      from enrollments
     where journey_id = ${journeyId} and status in ${openStatuses} and is_test = ${isTest}${ofVersion(sql`version`, version)}${isAmong(sql`id`, among)}
     group by step_id, status
     order by step_id, status`)
  return [...rows]
}

/** Enrollments that began in the range: what became of them. */
export interface Cohort {
  entered: number
  open: number
  reachedGoal: number
  endedByPath: number
  endedEarly: number
  /** From entry to goal, ms; null when nobody reached it. */
  medianMs: number | null
  p90Ms: number | null
}

const cohortOf = ({ journeyId, version, isTest, from, to, among }: StatisticsScope): SQL => sql`
  select id, status, goal_met, entered_at, finished_at, step_id, version
    from enrollments
   where journey_id = ${journeyId} and is_test = ${isTest}
     and ${since(sql`entered_at`, from)} and ${before(sql`entered_at`, to)}${ofVersion(sql`version`, version)}${isAmong(sql`id`, among)}`

export async function readCohort(db: Queryable, scope: StatisticsScope): Promise<Cohort> {
  const time = sql`extract(epoch from finished_at - entered_at)`
  const [row] = await db.execute<Record<keyof Cohort, number | null>>(sql`
    with cohort as (${cohortOf(scope)})
    select count(*)::int as entered,
           count(*) filter (where finished_at is null)::int as open,
           count(*) filter (where goal_met)::int as "reachedGoal",
           count(*) filter (where finished_at is not null and not goal_met and status = 'completed')::int as "endedByPath",
           count(*) filter (where finished_at is not null and not goal_met and status <> 'completed')::int as "endedEarly",
           round(1000 * percentile_cont(0.5) within group (order by ${time}) filter (where goal_met))::float8 as "medianMs",
           round(1000 * percentile_cont(0.9) within group (order by ${time}) filter (where goal_met))::float8 as "p90Ms"
      from cohort`)
  return row as unknown as Cohort
}

/** How many of the cohort ever came to each step, and how many of those reached the goal. */
export async function readReach(
  db: Queryable,
  scope: StatisticsScope,
): Promise<{ stepId: string; leads: number; reachedGoal: number }[]> {
  const rows = await db.execute<{ stepId: string; leads: number; reachedGoal: number }>(sql`
    with cohort as (${cohortOf(scope)}),
    been as (
      select s.step_id, c.id, c.goal_met from cohort c join step_log s on s.enrollment_id = c.id
      union
      select c.step_id, c.id, c.goal_met from cohort c where c.finished_at is null
    )
    select step_id as "stepId", count(*)::int as leads, count(*) filter (where goal_met)::int as "reachedGoal"
      from been group by step_id order by count(*) desc, step_id`)
  return [...rows]
}

/** Of the cohort, who took which way out of the given steps (splits), by their first visit. */
export async function readVariants(
  db: Queryable,
  scope: StatisticsScope,
  stepIds: readonly string[],
): Promise<{ stepId: string; port: string; leads: number; reachedGoal: number }[]> {
  if (stepIds.length === 0) return []
  const rows = await db.execute<{ stepId: string; port: string; leads: number; reachedGoal: number }>(sql`
    with cohort as (${cohortOf(scope)})
    select s.step_id as "stepId", s.port, count(*)::int as leads, count(*) filter (where c.goal_met)::int as "reachedGoal"
      from cohort c
      join step_log s on s.enrollment_id = c.id and s.visit = 1 and s.step_id in ${[...stepIds]} and s.port is not null
     group by s.step_id, s.port
     order by s.step_id, s.port`)
  return [...rows]
}

/** Of the cohort, how many reached the goal within so many ms of entering; one number per limit. */
export async function readGoalTimes(
  db: Queryable,
  scope: StatisticsScope,
  limitsMs: readonly number[],
): Promise<number[]> {
  const rows = await db.execute<{ within: number }>(sql`
    with cohort as (${cohortOf(scope)})
    select (select count(*)::int from cohort
             where goal_met and extract(epoch from finished_at - entered_at) * 1000 <= l.ms) as within
      from unnest(${sql.param(`{${limitsMs.join(',')}}`)}::float8[]) with ordinality as l(ms, place)
     order by l.place`)
  return rows.map(({ within }) => within)
}

/** What went wrong on one step. `parked` stand there now; the others left in the range. */
export interface StepFailure {
  kind: 'parked' | 'error' | 'not_sent'
  /** The error's code; empty where only a reason is known. */
  code: string
  reason: string
  count: number
}

/** The most frequent ones, at most `limit`. */
export async function readStepFailures(
  db: Queryable,
  scope: StatisticsScope,
  stepId: string,
  limit: number,
): Promise<StepFailure[]> {
  const { journeyId, version, isTest } = scope
  const rows = await db.execute<{ kind: StepFailure['kind']; code: string; reason: string; count: number }>(sql`
    with visits as (${visitsOf(scope)} and s.step_id = ${stepId} and s.port in ${[...failurePorts]})
    select kind, code, reason, count(*)::int as count
      from (
        select case port when 'error' then 'error' else 'not_sent' end as kind, '' as code, reason
          from visits where ${before(sql`left_at`, scope.to)}
        union all
        select 'parked', coalesce(error->>'code', ''), coalesce(error->>'message', '')
          from enrollments
         where journey_id = ${journeyId} and step_id = ${stepId} and status in ${openStatuses} and status = 'parked'
           and is_test = ${isTest}${ofVersion(sql`version`, version)}
      ) all_of_them
     group by kind, code, reason
     order by count(*) desc, kind, reason
     limit ${limit}`)
  return [...rows]
}

/** Visits to one step by hour or day (UTC) of the range. */
export async function readStepTrend(
  db: Queryable,
  scope: StatisticsScope,
  stepId: string,
  bucket: 'hour' | 'day',
): Promise<{ at: string; entered: number; left: number }[]> {
  const { journeyId, version, isTest, from, to } = scope
  const place = (column: SQL): SQL => sql`date_trunc(${sql.raw(`'${bucket}'`)}, ${column}, 'UTC')`
  const rows = await db.execute<{ at: string; entered: number; left: number }>(sql`
    with visits as (${visitsOf(scope)} and s.step_id = ${stepId})
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, sum(entered)::int as entered, sum("left")::int as "left"
      from (
        select ${place(sql`left_at`)} as at, 0 as entered, 1 as "left" from visits where ${before(sql`left_at`, to)}
        union all
        select ${place(sql`entered_at`)}, 1, 0 from visits
         where ${since(sql`entered_at`, from)} and ${before(sql`entered_at`, to)}
        union all
        select ${place(sql`since`)}, 1, 0 from enrollments
         where journey_id = ${journeyId} and step_id = ${stepId} and status in ${openStatuses} and is_test = ${isTest}
           and ${since(sql`since`, from)} and ${before(sql`since`, to)}${ofVersion(sql`version`, version)}
      ) all_of_them
     group by at order by at`)
  return [...rows]
}
