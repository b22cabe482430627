/**
 * What people do to enrollments (pause, resume, exit, move, retry, skip, migrate) and to tasks: inputs and an audit line
 * in one transaction, then a poke. It binds the gate the moment it commits; the turn applies it.
 */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Json } from '#engine/facts.ts'
import type { Database, Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { cancelQueued } from '#db/repositories/deliveries.ts'
import { addInputs, type AddressedInput, type LeadInput } from '#db/repositories/inputs.ts'
import { auditJourney } from '#db/repositories/journeys.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Poker } from '../poker.ts'

export interface ControlRequest {
  action: Extract<LeadInput, { kind: 'control' }>['action']
  enrollmentIds: string[]
  stepId?: string
  version?: number
  reason: string
  actor: string
}

/** Enrollments per transaction; a bulk control is many of these. */
const chunkSize = 1000

/**
 * Requests a control for each open enrollment named. Returns how many were reached: those that have ended are passed
 * over. Pause and exit take effect on sending at once: the status changes here, under the lead's lock.
 */
export async function requestControl(
  { db, poker }: { db: Database; poker: Poker },
  request: ControlRequest,
): Promise<{ requested: number }> {
  let requested = 0
  const controlId = newId()
  for (let start = 0; start < request.enrollmentIds.length; start += chunkSize) {
    const ids = request.enrollmentIds.slice(start, start + chunkSize)
    const leadIds = await db.transaction((tx) => writeControls(tx, request, ids, controlId))
    requested += leadIds.length
    await poker.poke(leadIds, { priority: request.enrollmentIds.length > 1 ? 4 : 1 })
  }
  return { requested }
}

async function writeControls(
  tx: Transaction,
  request: ControlRequest,
  ids: string[],
  controlId: string,
): Promise<string[]> {
  const rows = await tx
    .select({
      id: enrollments.id,
      leadId: enrollments.leadId,
      status: enrollments.status,
      stepId: enrollments.stepId,
      journeyId: enrollments.journeyId,
      version: enrollments.version,
      isTest: enrollments.isTest,
      clock: leads.clock,
      now: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`.mapWith(Number),
    })
    .from(enrollments)
    .innerJoin(leads, eq(leads.id, enrollments.leadId))
    .where(and(inArray(enrollments.id, ids), inArray(enrollments.status, ['active', 'paused', 'parked'])))
    .orderBy(enrollments.leadId)
    .for('no key update', { of: leads })
  if (rows.length === 0) return []
  const { action, reason, actor } = request
  if (action === 'pause') await pauseNow(tx, rows)
  if (action === 'exit') {
    for (const enrollmentId of await withQueued(tx, rows)) await cancelQueued(tx, { enrollmentId }, reason)
  }
  const inputs = rows.map((row): AddressedInput => ({
    leadId: row.leadId,
    at: toLeadTime(row.clock, row.now),
    input: {
      kind: 'control',
      action,
      enrollmentId: row.id,
      reason,
      actor,
      ...(request.stepId === undefined ? {} : { stepId: request.stepId }),
      ...(request.version === undefined ? {} : { version: request.version }),
    },
  }))
  await tx.insert(auditLog).values(
    rows.map((row) => ({
      actor,
      action: `enrollment.${action}`,
      subjectKind: 'enrollment',
      subjectId: row.id,
      before: { status: row.status, stepId: row.stepId } as Json,
      after: { action, reason, stepId: request.stepId ?? null, version: request.version ?? null } as Json,
    })),
  )
  await auditInJourneys(tx, request, rows, controlId)
  await addInputs(tx, inputs, rows.length > 1 ? 4 : 1)
  return [...new Set(rows.map((row) => row.leadId))]
}

/**
 * One line under each journey, beside those of the leads: what was done to a journey is read there, however many leads it
 * was. `controlId` is the same for all transactions of one request. Who a single lead is, and why, stays in the line of its
 * enrollment, which is emptied when the lead is erased.
 */
async function auditInJourneys(
  tx: Transaction,
  request: ControlRequest,
  rows: readonly { id: string; journeyId: string; stepId: string; version: number; isTest: boolean }[],
  controlId: string,
): Promise<void> {
  const { action, reason, actor, enrollmentIds, stepId: to = null } = request
  const isOne = enrollmentIds.length === 1
  for (const [journeyId, own] of Map.groupBy(rows, (row) => row.journeyId)) {
    const [first] = own
    const isAllOf = (member: 'stepId' | 'version') => own.every((row) => row[member] === first?.[member])
    await auditJourney(tx, {
      actor,
      action: 'control',
      journeyId,
      before: {
        stepId: isAllOf('stepId') ? (first?.stepId ?? null) : null,
        version: isAllOf('version') ? (first?.version ?? null) : null,
      },
      after: {
        controlId,
        action,
        leads: own.length,
        isTest: own.every((row) => row.isTest),
        stepId: to,
        version: request.version ?? null,
        ...(isOne ? { enrollmentId: first?.id ?? null } : { reason }),
      },
    })
  }
}

/** Those that have something to cancel: a bulk exit holds a thousand locks, so it asks once and not for each. */
async function withQueued(tx: Transaction, rows: { id: string }[]): Promise<string[]> {
  const found = await tx
    .selectDistinct({ id: deliveries.enrollmentId })
    .from(deliveries)
    .where(
      and(
        inArray(
          deliveries.enrollmentId,
          rows.map((row) => row.id),
        ),
        eq(deliveries.status, 'queued'),
      ),
    )
  return found.map((row) => row.id)
}

/** The column binds the mailroom's gate at once; the enrollment's state follows with the turn. */
async function pauseNow(tx: Transaction, rows: { id: string }[]): Promise<void> {
  await tx
    .update(enrollments)
    .set({ status: 'paused', updatedAt: sql`now()` })
    .where(
      and(
        inArray(
          enrollments.id,
          rows.map((row) => row.id),
        ),
        eq(enrollments.status, 'active'),
      ),
    )
}

/** Enrollments of a journey by where and how they stand, for bulk controls. At most `limit`, by id. */
export async function findEnrollments(
  db: Database,
  filter: {
    journeyId: string
    stepId?: string
    status?: 'active' | 'paused' | 'parked'
    after?: string
    limit: number
  },
): Promise<string[]> {
  const rows = await db
    .select({ id: enrollments.id })
    .from(enrollments)
    .where(
      and(
        eq(enrollments.journeyId, filter.journeyId),
        inArray(enrollments.status, filter.status ? [filter.status] : ['active', 'paused', 'parked']),
        filter.stepId === undefined ? undefined : eq(enrollments.stepId, filter.stepId),
        filter.after === undefined ? undefined : sql`${enrollments.id} > ${filter.after}`,
      ),
    )
    .orderBy(enrollments.id)
    .limit(filter.limit)
  return rows.map((row) => row.id)
}
