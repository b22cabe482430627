/** Finds leads that should have moved and did not: the safety net under pokes that were lost between commit and signal. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/** Pokes older than this were lost, or their lead is in trouble. */
const pokeAge = sql`interval '30 seconds'`
/** Enrollments overdue by this have lost their timer. */
const overdueAge = sql`interval '5 minutes'`
/** Sweeps that have not moved for this long have lost their workflow. */
const sweepAge = sql`interval '5 minutes'`

/**
 * Leads with old pokes, oldest first. Their age starts anew, so that many that cannot be helped do not keep the others
 * from their turn.
 */
export async function takeStalePokes(db: Queryable, limit: number): Promise<{ leadId: string; priority: number }[]> {
  const rows = await db.execute<{ lead_id: string; priority: number }>(sql`
    update lead_pokes set since = now()
     where lead_id in (
       select lead_id from lead_pokes where since < now() - ${pokeAge} order by since limit ${limit} for update skip locked
     )
    returning lead_id, priority`)
  return rows.map((row) => ({ leadId: row.lead_id, priority: row.priority }))
}

/**
 * Deletes inputs consumed more than 30 days ago (their effect is in the step log and the audit). At most `limit` rows, so
 * that one run stays short; the next run goes on. Returns how many went.
 */
export async function pruneConsumedInputs(db: Queryable, limit: number): Promise<number> {
  const rows = await db.execute(sql`
    delete from lead_inputs where id in (
      select id from lead_inputs where consumed_at < now() - interval '30 days' order by consumed_at limit ${limit})
    returning id`)
  return rows.length
}

/** Leads with an overdue enrollment in a live journey, after a cursor. Held journeys are overdue on purpose. */
export async function findOverdueLeads(
  db: Queryable,
  after: { dueAt: string; id: string } | null,
  limit: number,
): Promise<{ leadIds: string[]; next: { dueAt: string; id: string } | null }> {
  const rows = await db.execute<{ id: string; lead_id: string; due_at: string }>(sql`
    select e.id, e.lead_id, e.due_at::text as due_at
      from enrollments e join journeys j on j.id = e.journey_id and j.status = 'live'
     where e.status = 'active' and e.due_at < now() - ${overdueAge}
       and ${after === null ? sql`true` : sql`(e.due_at, e.id) > (${after.dueAt}::text::timestamptz, ${after.id}::uuid)`}
     order by e.due_at, e.id
     limit ${limit}`)
  const last = rows.at(-1)
  return {
    leadIds: [...new Set(rows.map((row) => row.lead_id))],
    next: last === undefined || rows.length < limit ? null : { dueAt: last.due_at, id: last.id },
  }
}

/** Sweeps that should run and do not. Their age starts anew. */
export async function takeStuckSweeps(db: Queryable): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    update sweeps set updated_at = clock_timestamp()
     where status in ('running', 'released') and (test_run_id is null or source is not null) and updated_at < now() - ${sweepAge}
    returning id`)
  return rows.map((row) => row.id)
}

/**
 * Tells every lead that a journey held in its pause, or kept waiting at its door, that it goes on now: an input and a
 * poke each, at the lead's own present. Set-based; call in the transaction that makes it live, and poke afterwards.
 */
export async function markJourneyLeads(tx: Queryable, journeyId: string): Promise<void> {
  await tx.execute(sql`
    with held as materialized (
      select lead_id from enrollments where journey_id = ${journeyId} and status = 'active'
      union
      select lead_id from lead_inputs
       where consumed_at is null and kind = 'enroll' and payload->>'journeyId' = ${journeyId}
    ), told as (
      insert into lead_inputs (lead_id, kind, at, payload)
      select l.id, 'resumed', ${leadsPresent}, jsonb_build_object('journeyId', ${journeyId}::text)
        from held join leads l on l.id = held.lead_id
    )
    insert into lead_pokes (lead_id, priority)
    select lead_id, 4 from held order by lead_id
    on conflict (lead_id) do nothing`)
}

/** What time it is for lead `l`; as `toLeadTime` says (engine/clock.ts). */
const leadsPresent = sql`case when l.clock is null then date_trunc('milliseconds', clock_timestamp())
  else to_timestamp(least((l.clock->>'until')::float8, floor((l.clock->>'virtualStart')::float8
    + (floor(extract(epoch from clock_timestamp()) * 1000)::float8 - (l.clock->>'realStart')::float8)
      * (l.clock->>'speed')::float8)) / 1000) end`

/** Leads of a journey that are marked, after a cursor, by id. */
export async function findMarkedLeads(
  db: Queryable,
  journeyId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await db.execute<{ lead_id: string }>(sql`
    select p.lead_id from lead_pokes p
     where ${after === null ? sql`true` : sql`p.lead_id > ${after}`}
       and (exists (select 1 from enrollments e
                     where e.lead_id = p.lead_id and e.journey_id = ${journeyId} and e.status = 'active')
            or exists (select 1 from lead_inputs i
                        where i.lead_id = p.lead_id and i.consumed_at is null and i.kind = 'enroll'
                          and i.payload->>'journeyId' = ${journeyId}))
     order by p.lead_id
     limit ${limit}`)
  return rows.map((row) => row.lead_id)
}
