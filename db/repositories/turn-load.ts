/** What a turn reads beyond its ground (turn-ground.ts), or reads again after it has written. */
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { InferSelectModel } from 'drizzle-orm'
import type { Facts } from '#engine/facts.ts'
import type { JourneyHead } from '#engine/turn/inputs.ts'
import type { Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { effects, leadInputs, leadPokes } from '../schema/inputs.ts'
import { enrollments, journeys } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { tasks } from '../schema/tasks.ts'
import type { LeadRow } from './facts.ts'

export type EnrollmentRow = InferSelectModel<typeof enrollments>
export type InputRow = InferSelectModel<typeof leadInputs>

/** Inputs read at a time; a turn that finds more goes on with the next ones. */
export const inputsAtOnce = 1000

/**
 * Unconsumed inputs, in the order they are about. Deletes the poke row first, so that none is taken of which this read
 * does not see the inputs; also the one that the turn's own changes have written.
 */
export async function takeInputs(tx: Transaction, leadId: string): Promise<InputRow[]> {
  const [, rows] = await Promise.all([
    tx.delete(leadPokes).where(eq(leadPokes.leadId, leadId)),
    tx
      .select()
      .from(leadInputs)
      .where(and(eq(leadInputs.leadId, leadId), isNull(leadInputs.consumedAt)))
      .orderBy(asc(leadInputs.at), asc(leadInputs.id))
      .limit(inputsAtOnce),
  ])
  return rows
}

/** The lead as it now is; the caller holds its lock. */
export async function readLead(tx: Transaction, leadId: string): Promise<LeadRow | null> {
  const rows = await tx.select().from(leads).where(eq(leads.id, leadId))
  return rows[0] ?? null
}

export type { JourneyHead }

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

/**
 * Paused journeys as they stand, kept so until the turn commits: who resumes one meanwhile waits for the turn that leaves
 * an entry to it, and then finds that entry.
 */
export async function pinJourneyHeads(tx: Transaction, ids: readonly string[]): Promise<JourneyHead[]> {
  if (ids.length === 0) return []
  return tx
    .select({ id: journeys.id, key: journeys.key, status: journeys.status, liveVersion: journeys.liveVersion })
    .from(journeys)
    .where(inArray(journeys.id, [...ids]))
    .orderBy(journeys.id)
    .for('share')
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
  if (enrollmentIds.length === 0) return new Map()
  const ids = [...enrollmentIds]
  const [deliveryRows, taskRows, effectRows] = await Promise.all([
    tx
      .select({
        enrollmentId: deliveries.enrollmentId,
        stepId: deliveries.stepId,
        visit: deliveries.visit,
        status: deliveries.status,
        queuedAt: deliveries.queuedAt,
        notBefore: deliveries.notBefore,
        acceptedAt: deliveries.acceptedAt,
        reason: deliveries.reason,
      })
      .from(deliveries)
      .where(inArray(deliveries.enrollmentId, ids)),
    tx
      .select({
        enrollmentId: tasks.enrollmentId,
        stepId: tasks.stepId,
        visit: tasks.visit,
        status: tasks.status,
        outcome: tasks.outcome,
        closedAt: tasks.closedAt,
        closedReason: tasks.closedReason,
        effectiveAt: tasks.effectiveAt,
      })
      .from(tasks)
      .where(inArray(tasks.enrollmentId, ids)),
    tx
      .select({
        enrollmentId: effects.enrollmentId,
        stepId: effects.stepId,
        visit: effects.visit,
        status: effects.status,
        port: effects.port,
        output: effects.output,
        error: effects.error,
        finishedAt: effects.finishedAt,
      })
      .from(effects)
      .where(inArray(effects.enrollmentId, ids)),
  ])
  return ownRows(ids, { deliveries: deliveryRows, tasks: taskRows, effects: effectRows })
}

type DeliveryRow = InferSelectModel<typeof deliveries>
type TaskRow = InferSelectModel<typeof tasks>
type EffectRow = InferSelectModel<typeof effects>

/** Rows of a lead, of which `ownRows` takes those of its open enrollments. */
export interface OwnSource {
  deliveries: Pick<
    DeliveryRow,
    'enrollmentId' | 'stepId' | 'visit' | 'status' | 'queuedAt' | 'notBefore' | 'acceptedAt' | 'reason'
  >[]
  tasks: Pick<
    TaskRow,
    'enrollmentId' | 'stepId' | 'visit' | 'status' | 'outcome' | 'closedAt' | 'closedReason' | 'effectiveAt'
  >[]
  effects: Pick<
    EffectRow,
    'enrollmentId' | 'stepId' | 'visit' | 'status' | 'port' | 'output' | 'error' | 'finishedAt'
  >[]
}

/** As facts, by enrollment and `<stepId>:<visit>`. */
export function ownRows(
  enrollmentIds: readonly string[],
  { deliveries: deliveryRows, tasks: taskRows, effects: effectRows }: OwnSource,
): Map<string, Facts['own']> {
  const own = new Map<string, Facts['own']>(enrollmentIds.map((id) => [id, { deliveries: {}, tasks: {}, effects: {} }]))
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
      ...(row.effectiveAt === null ? {} : { effectiveAt: row.effectiveAt.getTime() }),
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
