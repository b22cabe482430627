/** Test runs: a group of test leads on one virtual clock that stops where it is told to. */
import { eq, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { Database, Queryable } from '../client.ts'
import { newId } from '../ids.ts'
import { testRuns, type LeadClock } from '../schema/leads.ts'
import { databaseNow } from './lead-locks.ts'

export type TestRunRow = typeof testRuns.$inferSelect

/** A run whose clock stands at its start until `moveRunClock` lets it go. Give `clock` to its leads. */
export async function createTestRun(
  db: Queryable,
  { name, virtualStart, speed }: { name: string; virtualStart: Instant; speed: number },
): Promise<{ id: string; clock: LeadClock }> {
  const id = newId()
  const [row] = await db.execute<{ now: number }>(sql`select ${databaseNow} as now`)
  const clock = { realStart: row?.now ?? 0, virtualStart, speed, until: virtualStart }
  await db.insert(testRuns).values({ id, name, clock })
  return { id, clock }
}

export async function findTestRun(db: Queryable, id: string): Promise<TestRunRow | null> {
  const [row] = await db.select().from(testRuns).where(eq(testRuns.id, id))
  return row ?? null
}

/**
 * Lets the run's clock go on until an instant, for the run and all its leads at once; a clock that has not left its start
 * yet starts now. Returns the leads that something had become due for while it stood: poke them.
 */
export async function moveRunClock(db: Database, id: string, until: Instant): Promise<string[]> {
  return db.transaction(async (tx) => {
    const [run] = await tx.select().from(testRuns).where(eq(testRuns.id, id)).for('update')
    if (run === undefined) return []
    const [row] = await tx.execute<{ now: number }>(sql`select ${databaseNow} as now`)
    const now = row?.now ?? 0
    const isAtStart = run.clock.until === run.clock.virtualStart
    const clock: LeadClock = { ...run.clock, ...(isAtStart ? { realStart: now } : {}), until }
    await tx.update(testRuns).set({ clock }).where(eq(testRuns.id, id))
    await tx.execute(sql`
      with locked as (select id from leads where test_run_id = ${id} order by id for no key update)
      update leads set clock = ${JSON.stringify(clock)}::text::jsonb from locked where leads.id = locked.id`)
    const due = new Date(toLeadTime(clock, now)).toISOString()
    const leads = await tx.execute<{ lead_id: string }>(sql`
      insert into lead_pokes (lead_id, priority)
      select distinct e.lead_id, 3
        from enrollments e join leads l on l.id = e.lead_id
       where l.test_run_id = ${id} and e.status = 'active'
         and (e.wake_at <= ${due}::timestamptz or ${isAtStart})
       order by e.lead_id
      on conflict (lead_id) do update set priority = least(lead_pokes.priority, excluded.priority)
      returning lead_id`)
    return leads.map((lead) => lead.lead_id)
  })
}

/** What of a run is not done yet that belongs before or at an instant. All zero = settled. */
export interface RunBacklog {
  inputs: number
  enrollments: number
  deliveries: number
  effects: number
}

/** Counts it. Paused journeys hold theirs on purpose and are not waited for. */
export async function readBacklog(db: Queryable, id: string, at: Instant): Promise<RunBacklog> {
  const instant = sql`${new Date(at).toISOString()}::timestamptz`
  const isPaused = (journeyId: ReturnType<typeof sql>) =>
    sql`exists (select 1 from journeys j where j.id = ${journeyId} and j.status <> 'live')`
  const [row] = await db.execute<{ inputs: number; enrollments: number; deliveries: number; effects: number }>(sql`
    select
      (select count(*)::int from lead_inputs i join leads l on l.id = i.lead_id
        where l.test_run_id = ${id} and i.consumed_at is null and i.at <= ${instant}
          and not (i.kind = 'enroll' and ${isPaused(sql`(i.payload->>'journeyId')::uuid`)})) as inputs,
      (select count(*)::int from enrollments e join leads l on l.id = e.lead_id
        where l.test_run_id = ${id} and e.status = 'active' and e.wake_at <= ${instant}
          and not ${isPaused(sql`e.journey_id`)}) as enrollments,
      (select count(*)::int from deliveries d join leads l on l.id = d.lead_id
        where l.test_run_id = ${id} and d.status in ('queued', 'sending')
          and coalesce(d.not_before, d.queued_at) <= ${instant}
          and not ${isPaused(sql`d.journey_id`)}) as deliveries,
      (select count(*)::int from effects f join leads l on l.id = f.lead_id
        where l.test_run_id = ${id} and f.status = 'open') as effects`)
  return row ?? { inputs: 0, enrollments: 0, deliveries: 0, effects: 0 }
}

export async function markRunFinished(db: Queryable, id: string): Promise<void> {
  await db
    .update(testRuns)
    .set({ finishedAt: sql`now()` })
    .where(eq(testRuns.id, id))
}
