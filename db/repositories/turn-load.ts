/** What a turn reads: the locked lead, what came in, and where its enrollments stand. */
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { InferSelectModel } from 'drizzle-orm'
import type { Facts } from '#engine/facts.ts'
import type { Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { effects, leadInputs, leadPokes } from '../schema/inputs.ts'
import { enrollments, journeys } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { settings } from '../schema/library.ts'
import { tasks } from '../schema/tasks.ts'
import type { LeadRow } from './facts.ts'

export type EnrollmentRow = InferSelectModel<typeof enrollments>
export type InputRow = InferSelectModel<typeof leadInputs>

export interface TurnSnapshot {
  lead: LeadRow
  /** The database clock after the lock, UTC ms. */
  databaseNow: number
  inputs: InputRow[]
  enrollments: EnrollmentRow[]
  libraryRevision: number
}

/**
 * Locks the lead (`FOR NO KEY UPDATE`: inserts that refer to it are not blocked) and reads what there is to do. The
 * poke row goes first: a sender that commits later writes it anew, so no input is ever without a poke or a turn.
 * Returns null for an unknown lead.
 */
export async function lockAndRead(tx: Transaction, leadId: string): Promise<TurnSnapshot | null> {
  const [, , leadRows, clockRows, , inputRows, enrollmentRows, revisionRows] = await Promise.all([
    tx.execute(sql`set local lock_timeout = '2s'`),
    tx.execute(sql`set local statement_timeout = '4s'`),
    tx.select().from(leads).where(eq(leads.id, leadId)).for('no key update'),
    tx.execute<{ now: string }>(sql`select (extract(epoch from clock_timestamp()) * 1000)::text as now`),
    tx.delete(leadPokes).where(eq(leadPokes.leadId, leadId)),
    readInputs(tx, leadId),
    tx
      .select()
      .from(enrollments)
      .where(and(eq(enrollments.leadId, leadId), inArray(enrollments.status, ['active', 'paused', 'parked']))),
    tx.select({ value: settings.value }).from(settings).where(eq(settings.key, 'library_revision')),
  ])
  const lead = leadRows[0]
  if (lead === undefined) return null
  return {
    lead,
    databaseNow: Math.floor(Number(clockRows[0]?.now)),
    inputs: inputRows,
    enrollments: enrollmentRows,
    libraryRevision: Number(revisionRows[0]?.value ?? 0),
  }
}

/** Unconsumed inputs, in the order they are about. */
export function readInputs(tx: Transaction, leadId: string): Promise<InputRow[]> {
  return tx
    .select()
    .from(leadInputs)
    .where(and(eq(leadInputs.leadId, leadId), isNull(leadInputs.consumedAt)))
    .orderBy(asc(leadInputs.at), asc(leadInputs.id))
}

/** The lead as it now is; the caller holds its lock. */
export async function readLead(tx: Transaction, leadId: string): Promise<LeadRow | null> {
  const rows = await tx.select().from(leads).where(eq(leads.id, leadId))
  return rows[0] ?? null
}

export interface JourneyHead {
  id: string
  key: string
  status: 'draft' | 'live' | 'paused' | 'archived'
  liveVersion: number | null
}

/** Journeys by id or key, as they stand now. */
export async function readJourneyHeads(
  tx: Transaction,
  ids: readonly string[],
  keys: readonly string[],
): Promise<JourneyHead[]> {
  if (ids.length === 0 && keys.length === 0) return []
  return tx
    .select({ id: journeys.id, key: journeys.key, status: journeys.status, liveVersion: journeys.liveVersion })
    .from(journeys)
    .where(
      ids.length === 0
        ? inArray(journeys.key, [...keys])
        : keys.length === 0
          ? inArray(journeys.id, [...ids])
          : sql`${inArray(journeys.id, [...ids])} or ${inArray(journeys.key, [...keys])}`,
    )
}

/** Former and present enrollments of a lead in some journeys, for the re-enrollment policy. */
export async function readEnrollmentHistory(tx: Transaction, leadId: string, journeyIds: readonly string[]) {
  if (journeyIds.length === 0) return []
  return tx
    .select({
      journeyId: enrollments.journeyId,
      status: enrollments.status,
      entryKey: enrollments.entryKey,
      enteredAt: enrollments.enteredAt,
    })
    .from(enrollments)
    .where(and(eq(enrollments.leadId, leadId), inArray(enrollments.journeyId, [...journeyIds])))
}

/** Each enrollment's own deliveries, tasks and effects, by `<stepId>:<visit>`. */
export async function readOwnRows(
  tx: Transaction,
  enrollmentIds: readonly string[],
): Promise<Map<string, Facts['own']>> {
  const own = new Map<string, Facts['own']>(enrollmentIds.map((id) => [id, { deliveries: {}, tasks: {}, effects: {} }]))
  if (enrollmentIds.length === 0) return own
  const ids = [...enrollmentIds]
  const [deliveryRows, taskRows, effectRows] = await Promise.all([
    tx.select().from(deliveries).where(inArray(deliveries.enrollmentId, ids)),
    tx.select().from(tasks).where(inArray(tasks.enrollmentId, ids)),
    tx.select().from(effects).where(inArray(effects.enrollmentId, ids)),
  ])
  for (const row of deliveryRows) {
    const rows = own.get(row.enrollmentId)
    if (rows === undefined) continue
    rows.deliveries[`${row.stepId}:${row.visit}`] = {
      status: row.status,
      queuedAt: row.queuedAt.getTime(),
      notBefore: row.notBefore?.getTime() ?? null,
      acceptedAt: row.acceptedAt?.getTime() ?? null,
      reason: row.reason,
    }
  }
  for (const row of taskRows) {
    const rows = own.get(row.enrollmentId ?? '')
    if (rows === undefined) continue
    rows.tasks[`${row.stepId}:${row.visit}`] = {
      status: row.status,
      outcome: row.outcome,
      at: row.closedAt?.getTime() ?? null,
      reason: row.closedReason,
    }
  }
  for (const row of effectRows) {
    const rows = own.get(row.enrollmentId)
    if (rows === undefined) continue
    rows.effects[`${row.stepId}:${row.visit}`] = {
      status: row.status,
      port: row.port,
      output: row.output,
      error: row.error,
      at: row.finishedAt?.getTime() ?? null,
    }
  }
  return own
}
