/** Clicks on links in messages: taken in with one insert, judged some seconds later. */
import { inArray, sql } from 'drizzle-orm'
import type { VirtualClock } from '#engine/clock.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { linkClicks } from '../schema/links.ts'
import { jsonRows } from './json-rows.ts'

export interface NewClick {
  deliveryId: string
  url: string
  /** Real time, UTC ms. */
  at: number
  suspicion: string | null
}

/** Clicks kept per message: a link that is opened over and over fills no table. */
const mostPerDelivery = 500

/** Keeps the click if its message exists and its lead is not erased. One statement. */
export async function insertClick(db: Queryable, { deliveryId, url, at, suspicion }: NewClick): Promise<void> {
  await db.execute(sql`
    insert into link_clicks (delivery_id, lead_id, url, at, suspicion, verdict, reason)
    select d.id, d.lead_id, ${url}, ${new Date(at).toISOString()}::timestamptz, ${suspicion}::text,
           case when ${suspicion}::text is null then 'pending' else 'suspected_scan' end, ${suspicion}::text
      from deliveries d
      join leads l on l.id = d.lead_id and l.erased_at is null
     where d.id = ${deliveryId}
       and (select count(*) from link_clicks c where c.delivery_id = d.id) < ${mostPerDelivery}`)
}

/** A click to be judged, with the message it belongs to. */
export interface PendingClick {
  id: number
  deliveryId: string
  leadId: string
  url: string
  at: number
  journeyId: string
  stepId: string
  channel: Channel
  assetKey: string | null
  /** In the lead's own clock. */
  acceptedAt: number | null
  clock: VirtualClock | null
}

/** Locks clicks that wait to be judged since before `before`, oldest first; those that another judge holds are left out. */
export async function takePendingClicks(tx: Transaction, before: number, limit: number): Promise<PendingClick[]> {
  return tx.execute<PendingClick & Record<string, unknown>>(sql`
    with due as (
      select id from link_clicks where verdict = 'pending' and at <= ${new Date(before).toISOString()}::timestamptz
       order by at, id limit ${limit} for update skip locked)
    select c.id::float8 as id, c.delivery_id as "deliveryId", c.lead_id as "leadId", c.url,
           (extract(epoch from c.at) * 1000)::float8 as at, d.journey_id as "journeyId", d.step_id as "stepId",
           d.channel, d.content ->> 'assetKey' as "assetKey",
           (extract(epoch from d.accepted_at) * 1000)::float8 as "acceptedAt", l.clock
      from due join link_clicks c using (id)
      join deliveries d on d.id = c.delivery_id
      join leads l on l.id = c.lead_id
     order by c.at, c.id`)
}

/** All clicks on links of these messages, by message. */
export async function readClicks(
  tx: Queryable,
  deliveryIds: readonly string[],
): Promise<Map<string, { id: number; url: string; at: number; suspicion: string | null }[]>> {
  if (deliveryIds.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(linkClicks)
    .where(inArray(linkClicks.deliveryId, [...new Set(deliveryIds)]))
    .orderBy(linkClicks.at, linkClicks.id)
  return Map.groupBy(
    rows.map(({ id, deliveryId, url, at, suspicion }) => ({ id, deliveryId, url, at: at.getTime(), suspicion })),
    ({ deliveryId }) => deliveryId,
  )
}

/** Writes what became of clicks: a person's when `reason` is null. */
export async function writeVerdicts(
  tx: Queryable,
  verdicts: readonly { id: number; reason: string | null }[],
): Promise<void> {
  if (verdicts.length === 0) return
  await tx.execute(sql`
    update link_clicks c set verdict = case when r.reason is null then 'human' else 'suspected_scan' end, reason = r.reason
      from ${jsonRows(verdicts, 'r', 'id bigint, reason text')} where c.id = r.id`)
}
