/**
 * The ledger of messages: one row per intended message under a unique key (enrollment, step, visit), which is what makes
 * "never twice" true however often a turn is repeated. How a row moves on is in delivery-claims.ts and
 * delivery-results.ts; the rules are in docs/deliveries.md.
 */
import { and, eq, inArray, ne, notLike, sql, type SQL } from 'drizzle-orm'
import { toRealTime, type VirtualClock } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { GateDecision } from '#engine/gate/types.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { cleanJson } from '#engine/text.ts'
import type { Channel, ContactChannel, Purpose } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { deliveries } from '../schema/deliveries.ts'
import { settledColumns, undoUnsent, wakeResting } from './unsent-deliveries.ts'

/** Step ids of notices to colleagues (activities/notifications) begin so; ids of steps hold no slash. */
export const noticePrefix = 'notify/'

/** A message a turn has decided on, with the gate's word on it. */
export interface NewDelivery {
  leadId: string
  enrollmentId: string
  journeyId: string
  stepId: string
  visit: number
  channel: Channel
  purpose: Purpose
  content: DeliveryContent
  decision: GateDecision
  /** 1 is most important. */
  priority: number
  /** What the gate does when it meets a full cap at the claim. @default 'defer' */
  overCap?: 'defer' | 'skip'
  assetLineage: string | null
  countsAs: string | null
  /** The turn's instant, in the lead's own clock. */
  queuedAt: Instant
  staleAt: Instant | null
  /** The lead's virtual clock; null for real leads. */
  clock: VirtualClock | null
  isTest: boolean
  /** A person pressed Retry: an earlier row of this visit that was not sent (skipped, failed, cancelled) is used again. */
  retry?: boolean
}

/**
 * Writes the row of a visit, once. `isNew` is false when the visit already has its row (a turn that ran twice); then
 * nothing changed. When it is true and the decision was not a refusal, the caller records `countsAs` in the same
 * transaction and ties the event to the row with `linkCountedEvent`. Call holding the lead's lock.
 */
export async function insertDelivery(tx: Transaction, delivery: NewDelivery): Promise<{ id: string; isNew: boolean }> {
  const { decision, clock, queuedAt, overCap = 'defer', retry = false } = delivery
  const notBefore = decision.verdict === 'deferred' ? decision.notBefore : null
  const values = {
    status: decision.verdict === 'skipped' ? ('skipped' as const) : ('queued' as const),
    reason: decision.verdict === 'queued' ? null : decision.reason,
    channel: delivery.channel,
    purpose: delivery.purpose,
    content: cleanJson(delivery.content),
    assetLineage: delivery.assetLineage,
    countsAs: delivery.countsAs,
    countedEventId: null,
    priority: delivery.priority,
    overCap,
    queuedAt: new Date(queuedAt),
    notBefore: notBefore === null ? null : new Date(notBefore),
    staleAt: delivery.staleAt === null ? null : new Date(delivery.staleAt),
    countedAt: new Date(notBefore ?? queuedAt),
    claimableAt: new Date(toRealTime(clock, notBefore ?? queuedAt)),
    recipientDomain:
      delivery.channel === 'email'
        ? sql<string>`(select nullif(lower(split_part(l.email, '@', -1)), '') from leads l where l.id = ${delivery.leadId})`
        : null,
  }
  const key = { enrollmentId: delivery.enrollmentId, stepId: delivery.stepId, visit: delivery.visit }
  const insert = tx.insert(deliveries).values({
    id: newId(),
    leadId: delivery.leadId,
    journeyId: delivery.journeyId,
    isTest: delivery.isTest,
    ...key,
    ...values,
  })
  const target = [deliveries.enrollmentId, deliveries.stepId, deliveries.visit]
  const written = await (
    retry
      ? insert.onConflictDoUpdate({
          target,
          set: { ...values, attempts: 0, providerId: null, acceptedAt: null, updatedAt: sql`now()` },
          setWhere: inArray(deliveries.status, ['skipped', 'failed', 'cancelled']),
        })
      : insert.onConflictDoNothing({ target })
  ).returning({ id: deliveries.id })
  if (written[0] !== undefined) return { id: written[0].id, isNew: true }
  const existing = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.enrollmentId, key.enrollmentId),
        eq(deliveries.stepId, key.stepId),
        eq(deliveries.visit, key.visit),
      ),
    )
  if (existing[0] === undefined) throw new Error(`Delivery of step "${key.stepId}" vanished while it was written.`)
  return { id: existing[0].id, isNew: false }
}

/** Ties the event that queueing recorded (`countsAs`) to its delivery, so that it is voided when nothing is sent. */
export async function linkCountedEvent(tx: Transaction, deliveryId: string, eventId: number): Promise<void> {
  await tx.update(deliveries).set({ countedEventId: eventId }).where(eq(deliveries.id, deliveryId))
}

/** Mail to leads. What colleagues get says nothing about a lead's address, and nothing about a journey's mail. */
export function isMailToLead(): SQL | undefined {
  return and(eq(deliveries.channel, 'email'), ne(deliveries.purpose, 'internal'))
}

/** Whose queued messages lose their reason: a lead's on some channels (woken if it rests on one), or an enrollment's. */
export type CancelTarget =
  | { leadId: string; channels: readonly ContactChannel[]; /** In the lead's clock. */ at: Instant }
  | { enrollmentId: string; /** Of this visit alone. */ visit?: { stepId: string; visit: number } }

/**
 * Cancels what is still queued and takes back what it counted. Messages already with a provider are left alone. Call
 * holding the lead's lock; poke `leadIds` after the commit. An enrollment being ended is not told of its own messages.
 */
export async function cancelQueued(
  tx: Transaction,
  target: CancelTarget,
  reason: string,
): Promise<{ cancelled: string[]; leadIds: string[] }> {
  const channels = 'channels' in target ? target.channels.filter((channel) => channel !== 'phone') : []
  if ('channels' in target && channels.length === 0) return { cancelled: [], leadIds: [] }
  const whose: SQL | undefined =
    'enrollmentId' in target
      ? // What colleagues are told stays true when the lead has left ("it replied").
        and(
          eq(deliveries.enrollmentId, target.enrollmentId),
          target.visit === undefined
            ? notLike(deliveries.stepId, `${noticePrefix}%`)
            : and(eq(deliveries.stepId, target.visit.stepId), eq(deliveries.visit, target.visit.visit)),
        )
      : and(eq(deliveries.leadId, target.leadId), inArray(deliveries.channel, channels))
  const cancelled = await tx
    .update(deliveries)
    .set({ status: 'cancelled', reason, updatedAt: sql`now()` })
    .where(and(whose, eq(deliveries.status, 'queued')))
    .returning(settledColumns)
  const voided = await undoUnsent(tx, cancelled)
  const leadIds =
    'at' in target
      ? await wakeResting(
          tx,
          cancelled.map((row) => ({ ...row, at: target.at })),
          voided,
        )
      : []
  return { cancelled: cancelled.map((row) => row.id), leadIds }
}

/**
 * What these enrollments have queued is not looked at for so long: whether it is taken back is about to be decided. Call
 * holding the leads' locks. What colleagues are told is not held up.
 */
export async function postponeQueued(tx: Transaction, enrollmentIds: readonly string[], forMs: number): Promise<void> {
  if (enrollmentIds.length === 0) return
  await tx
    .update(deliveries)
    .set({
      claimableAt: sql`greatest(${deliveries.claimableAt}, clock_timestamp() + ${forMs} * interval '1 millisecond')`,
    })
    .where(
      and(
        inArray(deliveries.enrollmentId, [...enrollmentIds]),
        eq(deliveries.status, 'queued'),
        notLike(deliveries.stepId, `${noticePrefix}%`),
      ),
    )
}

/**
 * Lets the mailroom look at once at messages it had put aside (pause or journey switched off; by lead: what waits for the
 * lead's own pause or cadence, which it has changed). Call in the transaction that resumes; without it they are looked at again within a minute.
 */
export async function releaseHeld(
  tx: Queryable,
  target: { enrollmentId: string } | { journeyId: string } | { leadId: string },
): Promise<void> {
  await tx
    .update(deliveries)
    .set({ claimableAt: sql`least(${deliveries.claimableAt}, now())`, reason: null, updatedAt: sql`now()` })
    .where(
      and(
        'leadId' in target
          ? eq(deliveries.leadId, target.leadId)
          : 'enrollmentId' in target
            ? eq(deliveries.enrollmentId, target.enrollmentId)
            : eq(deliveries.journeyId, target.journeyId),
        eq(deliveries.status, 'queued'),
        inArray(
          deliveries.reason,
          'leadId' in target ? ['paused_by_lead', 'lead_cadence'] : ['enrollment_paused', 'journey_off'],
        ),
      ),
    )
}
