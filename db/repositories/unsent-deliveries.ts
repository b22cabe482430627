/** What follows when a delivery's fate is settled: counts taken back for what was not sent, and leads that rest on it woken. */
import { and, arrayOverlaps, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { events } from '../schema/events.ts'
import { enrollments } from '../schema/journeys.ts'
import { addInputs, type AddressedInput } from './inputs.ts'
import { jsonRows } from './json-rows.ts'

/** The columns of a settled delivery that the rest of this file works on. */
export const settledColumns = {
  id: deliveries.id,
  leadId: deliveries.leadId,
  enrollmentId: deliveries.enrollmentId,
  stepId: deliveries.stepId,
  visit: deliveries.visit,
  countedEventId: deliveries.countedEventId,
  assetLineage: deliveries.assetLineage,
  queuedAt: deliveries.queuedAt,
}

export interface SettledDelivery {
  id: string
  leadId: string
  enrollmentId: string
  stepId: string
  visit: number
  countedEventId: number | null
  assetLineage: string | null
  queuedAt: Date
}

/**
 * Takes back what queueing promised, for deliveries that ended without being sent: the counted event (an invitation) is
 * voided and leaves the totals, and an asset received by nothing else counts as not received. Call in the transaction
 * that changes their status, holding the leads' locks. Returns the event types voided, by lead.
 */
export async function undoUnsent(
  tx: Transaction,
  unsent: readonly SettledDelivery[],
): Promise<{ leadId: string; type: string }[]> {
  await forgetAssets(tx, unsent)
  const eventIds = unsent.flatMap((delivery) => (delivery.countedEventId === null ? [] : [delivery.countedEventId]))
  if (eventIds.length === 0) return []
  const voided = await tx
    .update(events)
    .set({ voidedAt: sql`now()` })
    .where(and(inArray(events.id, eventIds), isNull(events.voidedAt)))
    .returning({ leadId: events.leadId, type: events.type })
  await lowerTotals(tx, voided)
  return voided
}

async function lowerTotals(tx: Transaction, voided: readonly { leadId: string; type: string }[]): Promise<void> {
  const byKey = new Map<string, { lead_id: string; type: string; n: number }>()
  for (const { leadId, type } of voided) {
    const row = byKey.get(`${leadId} ${type}`) ?? { lead_id: leadId, type, n: 0 }
    row.n += 1
    byKey.set(`${leadId} ${type}`, row)
  }
  if (byKey.size === 0) return
  const rows = jsonRows([...byKey.values()], 'v', 'lead_id uuid, type text, n int')
  // Locked first and in order: recording events takes these rows without the lead's lock, and the next statement must
  // see every event counted so far.
  await tx.execute(
    sql`select 1 from event_totals t join ${rows} using (lead_id, type) order by t.lead_id, t.type for update of t`,
  )
  await tx.execute(sql`
    update event_totals t
    set count = t.count - v.n, first_at = coalesce(e.first_at, t.first_at), last_at = coalesce(e.last_at, t.last_at)
    from ${rows}
    left join lateral (
      select min(occurred_at) as first_at, max(occurred_at) as last_at
      from events
      where events.lead_id = v.lead_id and events.type = v.type and events.voided_at is null
    ) e on true
    where t.lead_id = v.lead_id and t.type = v.type`)
  await tx.execute(
    sql`delete from event_totals t using ${rows} where t.lead_id = v.lead_id and t.type = v.type and t.count <= 0`,
  )
}

/** An asset was marked received when its message was queued; only that very mark is taken back, never an older one. */
async function forgetAssets(tx: Transaction, unsent: readonly SettledDelivery[]): Promise<void> {
  const marks = unsent
    .filter((delivery) => delivery.assetLineage !== null)
    .map((delivery) => ({
      id: delivery.id,
      lead_id: delivery.leadId,
      lineage: delivery.assetLineage,
      at: delivery.queuedAt,
    }))
  if (marks.length === 0) return
  await tx.execute(sql`
    delete from lead_assets a
    using ${jsonRows(marks, 'v', 'id uuid, lead_id uuid, lineage text, at timestamptz')}
    where a.lead_id = v.lead_id and a.lineage = v.lineage and a.received_at = v.at
      and not exists (
        select 1 from deliveries d
        where d.lead_id = v.lead_id and d.asset_lineage = v.lineage and d.id <> v.id
          and d.status in ('queued', 'sending', 'accepted', 'unknown')
      )`)
}

/**
 * Writes an input for each settled delivery that some active enrollment rests on: the one that sent it and waits for
 * its result, or one of the lead's whose rule counts deliveries, received assets or an event just voided. Nobody else
 * is woken (DESIGN: a delivery result pokes a lead only when it rests on it). Returns the leads to poke after the commit.
 */
export async function wakeResting(
  tx: Transaction,
  settled: readonly (SettledDelivery & { at: Instant })[],
  voided: readonly { leadId: string; type: string }[] = [],
): Promise<string[]> {
  if (settled.length === 0) return []
  const wanted = settled.map((delivery) => ({
    delivery,
    own: `sent:${delivery.stepId}:${String(delivery.visit)}`,
    others: [
      'delivery',
      ...(delivery.assetLineage === null ? [] : ['received']),
      ...voided.filter((event) => event.leadId === delivery.leadId).map((event) => `event:${event.type}`),
    ],
  }))
  const keys = [...new Set(wanted.flatMap(({ own, others }) => [own, ...others]))]
  const resting = await tx
    .select({ id: enrollments.id, leadId: enrollments.leadId, dependsOn: enrollments.dependsOn })
    .from(enrollments)
    .where(
      and(
        inArray(enrollments.leadId, [...new Set(settled.map((delivery) => delivery.leadId))]),
        eq(enrollments.status, 'active'),
        arrayOverlaps(enrollments.dependsOn, keys),
      ),
    )
  const inputs: AddressedInput[] = wanted.flatMap(({ delivery, own, others }) => {
    const rests = resting.some(
      (enrollment) =>
        enrollment.leadId === delivery.leadId &&
        ((enrollment.id === delivery.enrollmentId && enrollment.dependsOn.includes(own)) ||
          others.some((key) => enrollment.dependsOn.includes(key))),
    )
    return rests
      ? [{ leadId: delivery.leadId, at: delivery.at, input: { kind: 'delivery', deliveryId: delivery.id } }]
      : []
  })
  await addInputs(tx, inputs)
  return [...new Set(inputs.map((input) => input.leadId))]
}
