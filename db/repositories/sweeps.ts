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
import { journeys, journeyTriggers, journeyVersions, sweeps, type SweepSource } from '../schema/journeys.ts'
import { auditLog } from '../schema/tasks.ts'
import { takeHeldEntries } from './entry-guard.ts'
import { addInputs, addPokes, type InputPriority } from './inputs.ts'
import { livingLead } from './triggers.ts'

export interface NewSweep {
  journeyId: string
  triggerId: string
  firesAt: Instant
  /** The leads of one test run, and no others; null = all real leads. */
  testRunId: string | null
  /** Whom it brings in when that is not the trigger's segment. */
  source?: SweepSource
  /** @default 'running' */
  status?: 'running' | 'held' | 'released'
}

export type SweepRow = typeof sweeps.$inferSelect

/** One sweep per trigger and instant (and test run), whoever asks for it; by hand one per wish. */
function sweepId({ journeyId, triggerId, firesAt, testRunId, source }: NewSweep): string {
  const occasion = source?.kind === 'rule' ? source.entryKey : new Date(firesAt).toISOString()
  const id = `${journeyId}:${triggerId}:${occasion}`
  return testRunId === null ? id : `${id}:${testRunId}`
}

/** Writes the sweep down; when it is there already, that one stands. Returns its id. */
export async function createSweep(tx: Queryable, sweep: NewSweep): Promise<string> {
  return (await addSweep(tx, sweep)).id
}

/** As `createSweep`, and says whether it is new. */
export async function addSweep(tx: Queryable, sweep: NewSweep): Promise<{ id: string; isNew: boolean }> {
  const id = sweepId(sweep)
  const added = await tx
    .insert(sweeps)
    .values({ ...sweep, id, firesAt: new Date(sweep.firesAt) })
    .onConflictDoNothing()
    .returning({ id: sweeps.id })
  return { id, isNew: added.length > 0 }
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

/** What a sweep works by: whom it looks for and the journey's settings. */
export interface SweepPlan {
  /** Null for one by hand. */
  trigger: Trigger | null
  segment: Rule
  settings: JourneySettings
}

/** By the sweep's own rule, else by the live trigger. Null when the journey is not live or has no such trigger. */
export async function readSweepPlan(
  db: Queryable,
  { journeyId, triggerId, source }: Pick<NewSweep, 'journeyId' | 'triggerId'> & { source?: SweepSource | null },
): Promise<SweepPlan | null> {
  if (source?.kind === 'rule') {
    const [live] = await db
      .select({ definition: journeyVersions.definition })
      .from(journeys)
      .innerJoin(
        journeyVersions,
        and(eq(journeyVersions.journeyId, journeys.id), eq(journeyVersions.version, journeys.liveVersion)),
      )
      .where(and(eq(journeys.id, journeyId), eq(journeys.status, 'live')))
    return live === undefined ? null : { trigger: null, segment: source.rule, settings: live.definition.settings }
  }
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
  const entryKey =
    sweep.source?.kind === 'rule' ? sweep.source.entryKey : `sweep:${sweep.triggerId}:${sweep.firesAt.toISOString()}`
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

/**
 * One page of a released sweep of held entries: they become inputs, with pokes. Null when there are none left, or the sweep
 * is not released (any more).
 */
export async function commitHeldPage(
  db: Database,
  sweepId: string,
  limit: number,
  priority: InputPriority,
): Promise<string[] | null> {
  return db.transaction(async (tx) => {
    const [sweep] = await tx
      .select()
      .from(sweeps)
      .where(and(eq(sweeps.id, sweepId), eq(sweeps.status, 'released')))
      .for('update')
    if (sweep === undefined) return null
    const leadIds = await takeHeldEntries(tx, sweepId, limit)
    if (leadIds.length === 0) return null
    await addPokes(tx, leadIds, priority)
    await tx
      .update(sweeps)
      .set({ enqueued: sql`${sweeps.enqueued} + ${leadIds.length}`, updatedAt: sql`clock_timestamp()` })
      .where(eq(sweeps.id, sweepId))
    return leadIds
  })
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
