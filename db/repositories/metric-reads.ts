/** What monitoring asks of Postgres: how many, how late, how long a queue. Every read is an index range or a small table. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/** Real leads and test leads alike: both load the machine. Ages are in seconds of real time. */
export interface EngineGauges {
  /** Active enrollments whose instant has passed by more than a minute in live journeys. */
  overdueEnrollments: number
  /** By how much the latest of them is late; 0 when none is due. */
  latenessSeconds: number
  /** Leads with inputs no turn has looked at yet, and the age of the oldest. */
  waitingPokes: number
  oldestPokeSeconds: number
  openEffects: number
  overdueTasks: number
}

/** One round trip. Reads at most 10,000 rows of each kind: beyond that "10,000 or more" is all a monitor needs. */
export async function readEngineGauges(db: Queryable): Promise<EngineGauges> {
  const [row] = await db.execute<{ [Key in keyof EngineGauges]: number }>(sql`
    select
      (select count(*)::int from (
         select 1 from enrollments e join journeys j on j.id = e.journey_id and j.status = 'live'
          where e.status = 'active' and e.due_at < now() - interval '1 minute' limit 10000) late) as "overdueEnrollments",
      (select coalesce(extract(epoch from now() - min(e.due_at)), 0)::float8 from (
         select e.due_at from enrollments e join journeys j on j.id = e.journey_id and j.status = 'live'
          where e.status = 'active' and e.due_at < now() order by e.due_at limit 1) e) as "latenessSeconds",
      (select count(*)::int from (select 1 from lead_pokes limit 10000) waiting) as "waitingPokes",
      (select coalesce(extract(epoch from now() - min(since)), 0)::float8 from lead_pokes) as "oldestPokeSeconds",
      (select count(*)::int from (select 1 from effects where status = 'open' limit 10000) open) as "openEffects",
      (select count(*)::int from (
         select 1 from tasks where status = 'open' and due_at < now() and not is_test limit 10000) late) as "overdueTasks"`)
  return {
    overdueEnrollments: row?.overdueEnrollments ?? 0,
    latenessSeconds: row?.latenessSeconds ?? 0,
    waitingPokes: row?.waitingPokes ?? 0,
    oldestPokeSeconds: row?.oldestPokeSeconds ?? 0,
    openEffects: row?.openEffects ?? 0,
    overdueTasks: row?.overdueTasks ?? 0,
  }
}

/** Messages written in the last hour, by what has become of them. Reads a range of `deliveries_created`. */
export async function countRecentDeliveries(
  db: Queryable,
): Promise<{ channel: string; status: string; isTest: boolean; count: number }[]> {
  return db.execute<{ channel: string; status: string; isTest: boolean; count: number }>(sql`
    select channel, status, is_test as "isTest", count(*)::int as count
      from deliveries where created_at > now() - interval '1 hour' group by 1, 2, 3`)
}

/** Messages due now that the mailroom has not taken yet, by channel; reads a partial index, at most 10,000 rows each. */
export async function countDueDeliveries(db: Queryable): Promise<{ channel: string; count: number; oldest: number }[]> {
  return db.execute<{ channel: string; count: number; oldest: number }>(sql`
    select channel, count(*)::int as count, extract(epoch from now() - min(claimable_at))::float8 as oldest
      from (select channel, claimable_at from deliveries
             where status = 'queued' and claimable_at <= now() limit 10000) due
     group by channel`)
}
