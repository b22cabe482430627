/** Writes what a turn decided, in its transaction, in few statements. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Transaction } from '#db/client.ts'
import { cancelQueued, releaseHeld } from '#db/repositories/deliveries.ts'
import { effects, leadInputs } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import type { OpenEffect, TurnInput } from '../contract.ts'
import { writeCommands } from './command-writes.ts'
import { dueInRealTime } from './due.ts'
import { failureCode, isPassing } from './failures.ts'
import { parkLive, type LiveEnrollment, type Withdrawal } from '#engine/turn/live-enrollment.ts'
import { EnrollmentFailure } from '#engine/turn/session.ts'
import type { TurnWrite } from './turn-write.ts'

/** Effects whose activity died without a result become `failed`. True when there were any. */
export async function failEffects(tx: Transaction, failed: TurnInput['failedEffects']): Promise<boolean> {
  let some = false
  for (const { id, generation, code } of failed) {
    // Everything is on hold: the effect stays open and is started anew.
    if (code === 'ON_HOLD') continue
    const rows = await tx
      .update(effects)
      .set({
        status: 'failed',
        error: { code, message: 'The activity ended without a result.' },
        finishedAt: sql`now()`,
      })
      .where(and(eq(effects.id, id), eq(effects.generation, generation), eq(effects.status, 'open')))
      .returning({ id: effects.id })
    some ||= rows.length > 0
  }
  return some
}

/** The open effects of a lead: what the workflow should have running. */
export async function openEffectsOf(tx: Transaction, leadId: string): Promise<OpenEffect[]> {
  return tx
    .select({
      id: effects.id,
      generation: effects.generation,
      queue: effects.queue,
      timeoutMs: effects.timeoutMs,
      heartbeatMs: effects.heartbeatMs,
      maxAttempts: effects.maxAttempts,
    })
    .from(effects)
    .where(and(eq(effects.leadId, leadId), eq(effects.status, 'open')))
}

/**
 * Writes everything dirty and marks inputs consumed. `moved` tells whether anything was written for an enrollment;
 * `isChanged`, whether these writes may have brought the lead new inputs, or opened or closed effects.
 */
export async function writeTurn(tx: Transaction, write: TurnWrite): Promise<{ moved: boolean; isChanged: boolean }> {
  const { session } = write
  const dirty = session.live.filter((live) => live.dirty)
  const writeAll = async (): Promise<boolean> => {
    let isChanged = false
    for (const live of dirty) isChanged = (await writeOne(tx, write, live)) || isChanged
    return isChanged
  }
  // Behind savepoints one thing after the other; otherwise without waiting for each answer.
  if (session.careful) {
    const isChanged = await writeAll()
    await consumeInputs(tx, write)
    return { moved: dirty.length > 0, isChanged }
  }
  const [isChanged] = await Promise.all([writeAll(), consumeInputs(tx, write)])
  return { moved: dirty.length > 0, isChanged }
}

/**
 * One enrollment's rows. When the turn is careful (it failed before), they go behind a savepoint, so that rows which
 * cannot be written park their enrollment and the lead's others go on.
 */
async function writeOne(tx: Transaction, write: TurnWrite, live: LiveEnrollment): Promise<boolean> {
  const { session } = write
  let isChanged: boolean
  try {
    isChanged = session.careful
      ? await tx.transaction((inner) => writeRows(inner, write, live))
      : await writeRows(tx, write, live)
  } catch (error) {
    if (isPassing(error)) throw error
    if (!session.careful) throw new EnrollmentFailure(live.id, failureCode(error), error)
    // What could not be written may be the state itself: back to where it stood. The database's message quotes data.
    live.state = live.saved
    live.finishedAt = null
    live.goalMet = false
    live.log = []
    live.commands = []
    live.withdrawals = []
    session.reopened.delete(live.id)
    parkLive(live, failureCode(error), `The database refused the rows of this step (${failureCode(error)}).`)
    isChanged = await writeRows(tx, write, live)
  }
  live.saved = live.state
  live.dirty = false
  live.isNew = false
  live.log = []
  live.commands = []
  live.withdrawals = []
  session.reopened.delete(live.id)
  if (live.finishedAt !== null) session.live.splice(session.live.indexOf(live), 1)
  return isChanged
}

async function writeRows(tx: Transaction, write: TurnWrite, live: LiveEnrollment): Promise<boolean> {
  const { session, lead } = write
  const { state } = live
  const standing = {
    status: state.status,
    version: live.version,
    stepId: state.stepId,
    since: new Date(state.since),
    wakeAt: live.wakeAt === null ? null : new Date(live.wakeAt),
    dueAt: live.wakeAt === null ? null : new Date(dueInRealTime(lead, live.definition.settings, live.wakeAt)),
    state,
    dependsOn: live.dependsOn,
    finishedAt: live.finishedAt === null ? null : new Date(live.finishedAt),
    goalMet: live.goalMet,
    exitReason: live.finishedAt === null ? null : state.reason,
    error: state.error,
    updatedAt: new Date(write.realNow),
  }
  const statements: Promise<unknown>[] = []
  if (live.isNew) {
    statements.push(
      tx.insert(enrollments).values({
        ...standing,
        id: live.id,
        leadId: lead.id,
        journeyId: live.journey.id,
        triggerId: live.triggerId,
        entryKey: live.entryKey,
        properties: live.properties,
        isTest: lead.isTest,
        enteredAt: new Date(live.enteredAt),
      }),
    )
  } else {
    statements.push(tx.update(enrollments).set(standing).where(eq(enrollments.id, live.id)))
  }
  if (live.log.length > 0) {
    statements.push(
      tx.insert(stepLog).values(
        live.log.map((entry) => ({
          enrollmentId: live.id,
          leadId: lead.id,
          journeyId: live.journey.id,
          version: entry.version ?? live.version,
          stepId: entry.stepId,
          stepType: entry.stepType,
          visit: entry.visit,
          enteredAt: new Date(entry.enteredAt),
          leftAt: new Date(entry.leftAt),
          port: entry.port,
          reason: entry.reason,
          detail: entry.detail as Json,
        })),
      ),
    )
  }
  const isReopened = session.reopened.has(live.id)
  if (isReopened) statements.push(...reopen(tx, live))
  // Resumed or retried: the mailroom looks at once at what it had put aside.
  if (live.saved.status !== 'active' && state.status === 'active')
    statements.push(releaseHeld(tx, { enrollmentId: live.id }))
  if (live.withdrawals.length === 0) {
    const [isChanged] = await Promise.all([writeCommands(tx, write, live, live.commands), ...statements])
    return isChanged || isReopened
  }
  await Promise.all(statements)
  // In order: what is taken back is what was asked for before, never what a step asks for afterwards.
  let written = 0
  for (const withdrawal of live.withdrawals) {
    await writeCommands(tx, write, live, live.commands.slice(written, withdrawal.before))
    await writeWithdrawal(tx, live, withdrawal)
    written = withdrawal.before
  }
  await writeCommands(tx, write, live, live.commands.slice(written))
  return true
}

/** A person retries: the failed effect of the present visit runs again, as a new generation. */
function reopen(tx: Transaction, live: LiveEnrollment): Promise<unknown>[] {
  return [
    tx
      .update(effects)
      .set({ status: 'open', error: null, port: null, finishedAt: null, generation: sql`${effects.generation} + 1` })
      .where(
        and(
          eq(effects.enrollmentId, live.id),
          eq(effects.stepId, live.state.stepId),
          eq(effects.visit, live.state.visit),
          eq(effects.status, 'failed'),
        ),
      ),
  ]
}

/** Out early, moved or skipped: what this enrollment (or one visit) still had under way loses its reason. */
async function writeWithdrawal(tx: Transaction, live: LiveEnrollment, withdrawal: Withdrawal): Promise<void> {
  const { reason, only } = withdrawal
  const at = new Date(withdrawal.at)
  await cancelQueued(tx, { enrollmentId: live.id, ...(only === null ? {} : { visit: only }) }, reason)
  const visitOf = (table: typeof tasks | typeof effects) =>
    only === null ? undefined : and(eq(table.stepId, only.stepId), eq(table.visit, only.visit))
  const actor = `journey:${live.journey.key}`
  await Promise.all([
    tx
      .update(tasks)
      .set({ status: 'cancelled', closedReason: reason, closedAt: at, closedBy: actor, updatedAt: sql`now()` })
      .where(and(eq(tasks.enrollmentId, live.id), eq(tasks.status, 'open'), visitOf(tasks)))
      .returning({ taskId: tasks.id })
      .then(async (closed) => {
        if (closed.length === 0) return
        const detail = { reason }
        await tx.insert(taskLog).values(closed.map(({ taskId }) => ({ taskId, action: 'closed', actor, detail })))
      }),
    tx
      .update(effects)
      .set({ status: 'cancelled', finishedAt: at })
      .where(and(eq(effects.enrollmentId, live.id), inArray(effects.status, ['open', 'failed']), visitOf(effects))),
  ])
}

async function consumeInputs(tx: Transaction, { session, consumed, realNow }: TurnWrite): Promise<void> {
  const rows = consumed.filter((row) => row.id > 0)
  if (rows.length === 0) return
  const told = rows.filter((row) => session.outcomes.get(row.id) != null)
  const plain = rows.filter((row) => session.outcomes.get(row.id) == null)
  const consumedAt = new Date(realNow)
  if (plain.length > 0) {
    await tx
      .update(leadInputs)
      .set({ consumedAt })
      .where(
        inArray(
          leadInputs.id,
          plain.map((row) => row.id),
        ),
      )
  }
  await Promise.all(
    told.map((row) =>
      tx
        .update(leadInputs)
        .set({ consumedAt, outcome: session.outcomes.get(row.id) ?? null })
        .where(eq(leadInputs.id, row.id)),
    ),
  )
}
