/** The last look before a provider call. */
import { and, eq, inArray, like, ne, or, sql } from 'drizzle-orm'
import { allowListSchema, mayReach } from '#engine/allow-list.ts'
import type { Queryable, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { enrollments, journeys } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { noticePrefix } from './deliveries.ts'
import { isStoppedRow } from './sending-stops.ts'

/** A message about to be given to a provider. */
export interface HandedOver {
  deliveryId: string
  leadId: string
  /** By the real provider: only while live sending is on, or to who is on the allow-list. @default false */
  isReal?: boolean
}

/**
 * The last look before a provider call, in the transaction in which the call is started: locks the leads and answers
 * which of these messages may go this very moment. The others go back to `queued`, where the next claim deals with them:
 * their lead is locked by somebody (perhaps the one who unsubscribes it), has been suppressed, paused or held since the
 * claim, or the rows are no longer this run's. Commit as soon as the call has been started: suppressing a lead waits for
 * that commit, so no call starts after it was answered.
 */
export async function startHandOver(
  tx: Transaction,
  request: { claimedBy: string; messages: readonly HandedOver[] },
): Promise<Set<string>> {
  const ids = request.messages.map((message) => message.deliveryId)
  const locked = await tx
    .select({
      id: leads.id,
      // This transaction only locks and looks: its commit need not wait for the disk. What it puts back would, lost in a
      // crash, be of unknown fate and tried again.
      isLax: sql`set_config('synchronous_commit', 'off', true)`,
    })
    .from(leads)
    .where(inArray(leads.id, [...new Set(request.messages.map((message) => message.leadId))].sort()))
    .orderBy(leads.id)
    .for('no key update', { skipLocked: true })
  const mine = and(
    inArray(deliveries.id, ids),
    eq(deliveries.status, 'sending'),
    eq(deliveries.claimedBy, request.claimedBy),
  )
  const isNotice = like(deliveries.stepId, `${noticePrefix}%`)
  const ready =
    locked.length === 0
      ? []
      : await tx
          .select({
            id: deliveries.id,
            channel: deliveries.channel,
            to: sql<
              string | null
            >`case ${deliveries.channel} when 'notification' then ${deliveries.content} ->> 'to' else ${leads.email} end`,
            liveSending: sql<unknown>`(select value from settings where key = 'live_sending')`,
            allowList: sql<unknown>`(select value from settings where key = 'allow_list')`,
          })
          .from(deliveries)
          .innerJoin(leads, eq(leads.id, deliveries.leadId))
          .innerJoin(enrollments, eq(enrollments.id, deliveries.enrollmentId))
          .innerJoin(journeys, eq(journeys.id, enrollments.journeyId))
          .where(
            and(
              mine,
              inArray(
                leads.id,
                locked.map((lead) => lead.id),
              ),
              sql`${leads.erasedAt} is null`,
              or(
                isNotice,
                and(
                  inArray(enrollments.status, ['active', 'completed']),
                  ne(journeys.status, 'paused'),
                  ne(journeys.status, 'archived'),
                ),
              ),
              sql`(${deliveries.purpose} = 'internal' or ${deliveries.channel} = 'notification' or not (
                case ${deliveries.channel} when 'email' then ${leads.doNotEmail} else ${leads.doNotMail} end
                or exists (select 1 from suppressions s
                  where s.lead_id = ${leads.id} and s.channel::text = ${deliveries.channel}::text)))`,
              // Consent can be taken back between the claim and the call, and an objection made.
              sql`(${deliveries.purpose} not in ('nurture', 'promotional') or ${deliveries.channel} = 'notification' or not (
                ${leads.objected} or coalesce((select c.state = 'denied' from consents c
                  where c.lead_id = ${leads.id} and c.purpose = ${deliveries.purpose}
                    and c.channel::text = ${deliveries.channel}::text order by c.id desc limit 1), false)))`,
              sql`(${isNotice} or not exists (select 1 from lead_inputs i
                where i.lead_id = ${leads.id} and i.consumed_at is null and i.kind = 'control'
                  and i.payload ->> 'action' in ('pause', 'exit') and i.payload ->> 'enrollmentId' = ${enrollments.id}::text))`,
              sql`(${deliveries.isTest} or not exists (select 1 from settings h
                where h.key = 'hold' and (h.value = 'true' or h.value ->> 'on' = 'true')))`,
              sql`(${deliveries.isTest} or not ${isStoppedRow()})`,
            ),
          )
  const real = new Set(request.messages.flatMap((message) => (message.isReal === true ? [message.deliveryId] : [])))
  const readyIds = new Set(
    ready.flatMap(({ id, channel, to, liveSending, allowList }) => {
      const switches = { liveSending: liveSending === true, allowList: allowListSchema.parse(allowList ?? []) }
      return real.has(id) && !mayReach(switches, channel, to) ? [] : [id]
    }),
  )
  const back = ids.filter((id) => !readyIds.has(id))
  await putBack(tx, request.claimedBy, back, busyPauseMs)
  return readyIds
}

/** A lead that is busy this moment is left alone for so long. */
const busyPauseMs = 100

/**
 * Puts claimed messages that were never handed over back where they were in the queue, the attempt not counted: a clean
 * stop leaves nothing unknown, and after a provider's outage the order is what it was.
 */
export async function releaseClaimed(
  db: Queryable,
  claimedBy: string,
  deliveryIds: readonly string[],
  { reason = null, pauseMs = null }: { reason?: string | null; pauseMs?: number | null } = {},
): Promise<void> {
  await putBack(db, claimedBy, deliveryIds, pauseMs, reason)
}

/** A message of which an earlier attempt may have been taken goes back to `unknown`: it must not be un-counted. */
async function putBack(
  db: Queryable,
  claimedBy: string,
  deliveryIds: readonly string[],
  pauseMs: number | null,
  reason: string | null = null,
): Promise<void> {
  if (deliveryIds.length === 0) return
  await db
    .update(deliveries)
    .set({
      status: sql`case when ${deliveries.inDoubt} then 'unknown' else 'queued' end::delivery_status`,
      reason,
      attempts: sql`${deliveries.attempts} - 1`,
      ...(pauseMs === null ? {} : { claimableAt: sql`clock_timestamp() + ${pauseMs} * interval '1 millisecond'` }),
      claimedBy: null,
      updatedAt: sql`now()`,
    })
    .where(
      and(
        inArray(deliveries.id, [...deliveryIds]),
        eq(deliveries.status, 'sending'),
        eq(deliveries.claimedBy, claimedBy),
      ),
    )
}
