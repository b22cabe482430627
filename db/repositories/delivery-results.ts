/** What providers answered, and what became of messages whose answer was lost. */
import { and, eq, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Channel } from '#engine/vocabulary.ts'
import type { Database, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { auditLog } from '../schema/tasks.ts'
import { jsonRows } from './json-rows.ts'
import { lockLeads } from './lead-locks.ts'
import { settledColumns, undoUnsent, wakeResting } from './unsent-deliveries.ts'

/** A provider took it; `providerId` is its name for the message. */
export interface Accepted {
  deliveryId: string
  leadId: string
  providerId: string | null
}

/** A provider refused it. `temporary` is tried again later, for about a day; `permanent` is not. */
export interface Refused {
  deliveryId: string
  leadId: string
  kind: 'temporary' | 'permanent'
  /** A short code, then perhaps the provider's words; kept in Postgres only. */
  reason: string
}

/** Pauses between attempts, ms. */
export interface RetryPauses {
  firstMs: number
  /** They double up to this one. */
  longestMs: number
}

/** RFC 5321 4.5.4.1 asks relays for at least half an hour between attempts; the first ones may come sooner. */
const usualPauses: RetryPauses = { firstMs: 30_000, longestMs: 3_600_000 }

/** With the usual pauses a day: who has not taken a mail by then gets it too late to be what was meant. */
const mostRefusals = 30

/** The pause after the attempt under way, as SQL over `deliveries`. */
const pauseAfter = (alias: SQL, { firstMs, longestMs }: RetryPauses): SQL =>
  sql`least(${longestMs}, ${firstMs} * 2 ^ least(30, greatest(0, ${alias}.attempts - 1))) * interval '1 millisecond'`

/** The present, cut to the millisecond: rounded, it could lie in the future and what is due now would not be. */
const presentMs = sql`date_trunc('milliseconds', clock_timestamp())`

/**
 * Records acceptances. `accepted_at` is the present for real leads; for test leads the instant the message was meant
 * for, so that a run's log does not depend on its speed. Answers also for rows that were given up as `unknown`
 * meanwhile. Returns the leads that rest on one: poke them after the commit. Recording twice changes nothing.
 */
export async function recordAccepted(tx: Transaction, accepted: readonly Accepted[]): Promise<string[]> {
  if (accepted.length === 0) return []
  await lockLeads(
    tx,
    accepted.map((one) => one.leadId),
  )
  const rows = accepted.map((one) => ({ id: one.deliveryId, provider_id: one.providerId }))
  const written = await tx
    .update(deliveries)
    .set({
      status: 'accepted',
      reason: null,
      acceptedAt: sql`case when is_test then greatest(queued_at, not_before) else ${presentMs} end`,
      countedAt: sql`case when is_test then greatest(queued_at, not_before) else ${presentMs} end`,
      providerId: sql`(select v.provider_id from ${jsonRows(rows, 'v', 'id uuid, provider_id text')} where v.id = deliveries.id)`,
      updatedAt: sql`now()`,
    })
    .where(
      and(
        inArray(
          deliveries.id,
          rows.map((row) => row.id),
        ),
        inArray(deliveries.status, ['sending', 'unknown']),
      ),
    )
    .returning({ ...settledColumns, acceptedAt: deliveries.acceptedAt })
  return wakeResting(
    tx,
    written.map(({ acceptedAt, ...row }) => ({ ...row, at: (acceptedAt ?? row.queuedAt).getTime() })),
  )
}

/**
 * Records refusals. A temporary one is queued again with a growing pause until its attempts are used up; then, like a
 * permanent one, it has failed: what it counted is taken back. Returns the leads to poke after the commit.
 */
export async function recordFailed(
  tx: Transaction,
  refused: readonly Refused[],
  pauses: RetryPauses = usualPauses,
): Promise<string[]> {
  if (refused.length === 0) return []
  const locked = await lockLeads(
    tx,
    refused.map((one) => one.leadId),
  )
  const rows = refused.map((one) => ({
    id: one.deliveryId,
    is_final: one.kind === 'permanent',
    reason: one.reason.slice(0, 500),
  }))
  const written = await tx.execute<{ id: string }>(sql`
    update deliveries d
    set status = case when v.is_final or d.attempts >= ${mostRefusals} then 'failed'
                      when d.in_doubt then 'unknown' else 'queued' end::delivery_status,
        reason = v.reason,
        claimable_at = clock_timestamp() + ${pauseAfter(sql`d`, pauses)},
        claimed_by = null,
        updated_at = now()
    from ${jsonRows(rows, 'v', 'id uuid, is_final boolean, reason text')}
    where d.id = v.id and d.status = 'sending'
    returning d.id`)
  const failed = await tx
    .select({ ...settledColumns, inDoubt: deliveries.inDoubt })
    .from(deliveries)
    .where(
      and(
        inArray(
          deliveries.id,
          written.map((row) => row.id),
        ),
        eq(deliveries.status, 'failed'),
      ),
    )
  // What an earlier attempt may have brought to the lead is not un-counted.
  const voided = await undoUnsent(
    tx,
    failed.filter((row) => !row.inDoubt),
  )
  return wakeResting(
    tx,
    failed.map((row) => ({ ...row, at: locked.get(row.leadId)?.now ?? row.queuedAt.getTime() })),
    voided,
  )
}

/**
 * Gives up on what was `sending` when its batch died (no sign of life for `leaseMs`) or whose provider call broke off:
 * nobody knows whether it was taken. Such mail is tried again under the same Message-ID, at once after a death and after the
 * usual pause when a call broke off; postcards wait for a person. It stays marked `in_doubt`. Returns how many.
 */
export async function markUnknown(
  db: Database | Transaction,
  which: { channel: Channel; leaseMs: number } | { deliveryIds: readonly string[]; pauses?: RetryPauses },
): Promise<number> {
  if ('deliveryIds' in which && which.deliveryIds.length === 0) return 0
  const rows = await db
    .update(deliveries)
    .set({
      status: 'unknown',
      reason: 'outcome_unknown',
      inDoubt: true,
      claimableAt:
        'deliveryIds' in which
          ? sql`${presentMs} + ${pauseAfter(sql`deliveries`, which.pauses ?? usualPauses)}`
          : presentMs,
      updatedAt: sql`now()`,
    })
    .where(
      and(
        eq(deliveries.status, 'sending'),
        'deliveryIds' in which
          ? inArray(deliveries.id, [...which.deliveryIds])
          : and(
              eq(deliveries.channel, which.channel),
              lt(deliveries.claimedAt, sql`clock_timestamp() - ${which.leaseMs} * interval '1 millisecond'`),
            ),
      ),
    )
    .returning({ id: deliveries.id })
  return rows.length
}

/** Says that a run is alive: its `sending` rows are not given up. */
export async function renewLease(db: Database, claimedBy: string, channel: Channel): Promise<void> {
  await db
    .update(deliveries)
    .set({ claimedAt: sql`clock_timestamp()` })
    .where(and(eq(deliveries.status, 'sending'), eq(deliveries.channel, channel), eq(deliveries.claimedBy, claimedBy)))
}

/**
 * A person says what became of a message of unknown fate: it was `sent`, it was `not_sent` (it has failed, and what it
 * counted is taken back), or it is to be sent again. Null when it is not of unknown fate. Audited.
 */
export async function resolveUnknown(
  tx: Transaction,
  request: { deliveryId: string; resolution: 'sent' | 'not_sent' | 'send_again'; actor: string },
): Promise<{ leadIds: string[] } | null> {
  const { deliveryId, resolution, actor } = request
  const unknown = await tx
    .select({ leadId: deliveries.leadId })
    .from(deliveries)
    .where(and(eq(deliveries.id, deliveryId), eq(deliveries.status, 'unknown')))
  const leadId = unknown[0]?.leadId
  if (leadId === undefined) return null
  await tx.insert(auditLog).values({
    actor,
    action: `delivery.${resolution}`,
    subjectKind: 'delivery',
    subjectId: deliveryId,
    before: { status: 'unknown' },
    after: { resolution },
  })
  if (resolution === 'sent') return { leadIds: await recordAccepted(tx, [{ deliveryId, leadId, providerId: null }]) }
  await lockLeads(tx, [leadId])
  const changed = await tx
    .update(deliveries)
    .set(
      resolution === 'not_sent'
        ? { status: 'sending', claimedBy: actor, inDoubt: false }
        : { status: 'queued', reason: null, attempts: 0, claimableAt: presentMs },
    )
    .where(and(eq(deliveries.id, deliveryId), eq(deliveries.status, 'unknown')))
    .returning({ id: deliveries.id })
  if (changed.length === 0) return null
  if (resolution === 'send_again') return { leadIds: [] }
  return { leadIds: await recordFailed(tx, [{ deliveryId, leadId, kind: 'permanent', reason: 'not_sent' }]) }
}
