/** Stops of a channel's or a journey's messages to real leads: what is queued stays queued until a person lets it go. */
import { and, eq, sql } from 'drizzle-orm'
import type { Queryable, Transaction } from '../client.ts'
import { sendingStops } from '../schema/sending.ts'
import { auditLog } from '../schema/tasks.ts'

type StopKind = (typeof sendingStops.$inferSelect)['kind']

export interface SendingStop {
  kind: StopKind
  /** The channel's name or the journey's id. */
  subject: string
  /** For people: what happened, with the numbers. */
  reason: string
  /** `system` when the circuit breaker did it. */
  actor: string
  since: number
}

/** What is stopped now. */
export async function readSendingStops(db: Queryable): Promise<SendingStop[]> {
  const rows = await db
    .select()
    .from(sendingStops)
    .where(eq(sendingStops.isStopped, true))
    .orderBy(sendingStops.changedAt)
  return rows.map(({ kind, subject, reason, actor, changedAt }) => ({
    kind,
    subject,
    reason,
    actor,
    since: changedAt.getTime(),
  }))
}

/**
 * Stops; binds from its commit on, since the mailroom looks again right before each provider call. False when it was
 * stopped already (the first reason stands). Call in a transaction; audited.
 */
export async function stopSending(tx: Transaction, stop: Omit<SendingStop, 'since'>): Promise<boolean> {
  return change(tx, stop, true)
}

/** Lets it go again: a journey's counts begin anew. False when it was not stopped. Call in a transaction; audited. */
export async function releaseSending(tx: Transaction, release: Omit<SendingStop, 'since'>): Promise<boolean> {
  return change(tx, release, false)
}

async function change(
  tx: Transaction,
  { kind, subject, reason, actor }: Omit<SendingStop, 'since'>,
  isStopped: boolean,
): Promise<boolean> {
  const values = { kind, subject, isStopped, reason, actor }
  const written = isStopped
    ? await tx
        .insert(sendingStops)
        .values(values)
        .onConflictDoUpdate({
          target: [sendingStops.kind, sendingStops.subject],
          set: { isStopped, reason, actor, changedAt: sql`now()` },
          setWhere: eq(sendingStops.isStopped, false),
        })
        .returning({ subject: sendingStops.subject })
    : await tx
        .update(sendingStops)
        .set({ isStopped, reason, actor, changedAt: sql`now()` })
        .where(and(eq(sendingStops.kind, kind), eq(sendingStops.subject, subject), eq(sendingStops.isStopped, true)))
        .returning({ subject: sendingStops.subject })
  if (written.length === 0) return false
  await tx.insert(auditLog).values({
    actor,
    action: isStopped ? 'sending.stopped' : 'sending.released',
    subjectKind: kind,
    subjectId: subject,
    before: { stopped: !isStopped },
    after: { stopped: isStopped, reason },
  })
  return true
}

/** Whether messages of this row's channel or journey are stopped: a condition over `deliveries`. */
export function isStoppedRow() {
  return sql`exists (select 1 from sending_stops st where st.is_stopped and (
    (st.kind = 'channel' and st.subject = deliveries.channel::text)
    or (st.kind = 'journey' and st.subject = deliveries.journey_id::text)))`
}
