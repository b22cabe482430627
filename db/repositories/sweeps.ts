/**
 * Sweeps: all leads of a segment enter a journey at one instant (every Friday 09:00, or those who match already when a
 * journey goes live). Page by page, each page one transaction that also moves the cursor: a kill loses and repeats
 * nothing.
 */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Rule } from '#engine/conditions/schema.ts'
import { spreadDelayMs } from '#engine/entry/spread.ts'
import type { Instant, Json } from '#engine/facts.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { Database, Queryable, Transaction } from '../client.ts'
import { compileRule } from '../rules/compile.ts'
import { journeys, journeyTriggers, journeyVersions, sweeps } from '../schema/journeys.ts'
import { auditLog } from '../schema/tasks.ts'
import { addInputs, type InputPriority } from './inputs.ts'
import { livingLead } from './triggers.ts'

export interface NewSweep {
  journeyId: string
  triggerId: string
  firesAt: Instant
  /** The leads of one test run, and no others; null = all real leads. */
  testRunId: string | null
}

export type SweepRow = typeof sweeps.$inferSelect

/** One sweep per trigger and instant (and test run), whoever asks for it. */
function sweepId({ journeyId, triggerId, firesAt, testRunId }: NewSweep): string {
  const id = `${journeyId}:${triggerId}:${new Date(firesAt).toISOString()}`
  return testRunId === null ? id : `${id}:${testRunId}`
}

/** Writes the sweep down; when it is there already, that one stands. Returns its id. */
export async function createSweep(tx: Queryable, sweep: NewSweep): Promise<string> {
  const id = sweepId(sweep)
  await tx
    .insert(sweeps)
    .values({ ...sweep, id, firesAt: new Date(sweep.firesAt) })
    .onConflictDoNothing()
  return id
}

export async function findSweep(db: Queryable, id: string): Promise<SweepRow | null> {
  const [row] = await db.select().from(sweeps).where(eq(sweeps.id, id))
  return row ?? null
}

/** Newest first; what runs, what is held. */
export async function listSweeps(db: Queryable, journeyId: string, limit = 50): Promise<SweepRow[]> {
  return db
    .select()
    .from(sweeps)
    .where(eq(sweeps.journeyId, journeyId))
    .orderBy(desc(sweeps.createdAt), desc(sweeps.id))
    .limit(limit)
}

/** True when a later sweep of the trigger has been made already: this one was missed and is not made up for. */
export async function hasLaterSweep(db: Queryable, { journeyId, triggerId, firesAt }: NewSweep): Promise<boolean> {
  const rows = await db
    .select({ id: sweeps.id })
    .from(sweeps)
    .where(
      and(
        eq(sweeps.journeyId, journeyId),
        eq(sweeps.triggerId, triggerId),
        gt(sweeps.firesAt, new Date(firesAt)),
        sql`${sweeps.testRunId} is null and ${sweeps.status} <> 'cancelled'`,
      ),
    )
    .limit(1)
  return rows.length > 0
}

/** What a sweep works by: the live trigger and the journey's settings. Null when the journey is not live. */
export interface SweepPlan {
  trigger: Trigger
  segment: Rule
  settings: JourneySettings
}

export async function readSweepPlan(
  db: Queryable,
  { journeyId, triggerId }: Pick<NewSweep, 'journeyId' | 'triggerId'>,
): Promise<SweepPlan | null> {
  const [row] = await db
    .select({ trigger: journeyTriggers.trigger, definition: journeyVersions.definition })
    .from(journeyTriggers)
    .innerJoin(journeys, and(eq(journeys.id, journeyTriggers.journeyId), eq(journeys.status, 'live')))
    .innerJoin(
      journeyVersions,
      and(
        eq(journeyVersions.journeyId, journeyTriggers.journeyId),
        eq(journeyVersions.version, journeyTriggers.version),
      ),
    )
    .where(and(eq(journeyTriggers.journeyId, journeyId), eq(journeyTriggers.triggerId, triggerId)))
  if (row === undefined || !('segment' in row.trigger)) return null
  return { trigger: row.trigger, segment: row.trigger.segment, settings: row.definition.settings }
}

/** The next leads that match, after the cursor, by id. Evaluated at the sweep's instant. */
export async function findMatches(
  db: Queryable,
  sweep: Pick<SweepRow, 'firesAt' | 'testRunId'>,
  after: string | null,
  plan: Pick<SweepPlan, 'segment' | 'settings'>,
  library: Library,
  limit: number,
): Promise<string[]> {
  const isTest = sweep.testRunId !== null
  const rule = compileRule(plan.segment, {
    library,
    now: sweep.firesAt,
    zone: plan.settings.zone,
    laterEvents: isTest,
  })
  const scope = isTest ? sql`leads.test_run_id = ${sweep.testRunId}` : sql`not leads.is_test`
  const rows = await db.execute<{ id: string }>(sql`
    select leads.id from leads
     where ${scope} and ${livingLead} and ${after === null ? sql`true` : sql`leads.id > ${after}`} and (${rule})
     order by leads.id
     limit ${limit}`)
  return rows.map((row) => row.id)
}

/**
 * One page: inputs, pokes and the cursor, or none of it. False when the cursor is not where it was read (another attempt
 * of the same sweep was faster): nothing is written then.
 */
export async function commitPage(
  db: Database,
  sweep: SweepRow,
  leadIds: readonly string[],
  { spreadMinutes, priority }: { spreadMinutes: number; priority: InputPriority },
): Promise<boolean> {
  const firesAt = sweep.firesAt.getTime()
  const entryKey = `sweep:${sweep.triggerId}:${sweep.firesAt.toISOString()}`
  return db.transaction(async (tx) => {
    const moved = await tx
      .update(sweeps)
      .set({
        cursor: leadIds.at(-1) ?? sweep.cursor,
        matched: sql`${sweeps.matched} + ${leadIds.length}`,
        enqueued: sql`${sweeps.enqueued} + ${leadIds.length}`,
        updatedAt: sql`clock_timestamp()`,
      })
      .where(
        and(
          eq(sweeps.id, sweep.id),
          sql`${sweeps.cursor} is not distinct from ${sweep.cursor}`,
          inArray(sweeps.status, ['running', 'released']),
        ),
      )
      .returning({ id: sweeps.id })
    if (moved.length === 0) return false
    await addInputs(
      tx,
      leadIds.map((leadId) => ({
        leadId,
        at: firesAt + spreadDelayMs(leadId, spreadMinutes),
        input: { kind: 'enroll' as const, journeyId: sweep.journeyId, triggerId: sweep.triggerId, entryKey },
      })),
      priority,
    )
    return true
  })
}

/** Entries that sweeps of real leads brought into a journey in the last hour: what the blast guard looks at. */
export async function entriesInLastHour(db: Queryable, journeyId: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`coalesce(sum(${sweeps.enqueued}), 0)`.mapWith(Number) })
    .from(sweeps)
    .where(
      and(
        eq(sweeps.journeyId, journeyId),
        sql`${sweeps.testRunId} is null and ${sweeps.updatedAt} > now() - interval '1 hour'`,
      ),
    )
  return row?.count ?? 0
}

/** Moves a sweep from one of some statuses to another, audited. False when it is in none of them. */
export async function moveSweep(
  tx: Transaction,
  id: string,
  from: SweepRow['status'][],
  to: SweepRow['status'],
  audit: { actor: string; detail: Json } | null,
): Promise<boolean> {
  const moved = await tx
    .update(sweeps)
    .set({ status: to, updatedAt: sql`clock_timestamp()` })
    .where(and(eq(sweeps.id, id), inArray(sweeps.status, from)))
    .returning({ id: sweeps.id })
  if (moved.length === 0) return false
  if (audit !== null) {
    await tx.insert(auditLog).values({
      actor: audit.actor,
      action: `sweep.${to}`,
      subjectKind: 'sweep',
      subjectId: id,
      after: audit.detail,
    })
  }
  return true
}
