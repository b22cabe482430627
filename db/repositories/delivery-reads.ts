/** Deliveries and the built-in mailbox, as screens and the API show them. Reads only. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { DeliveryStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { deliveries, mailbox } from '../schema/deliveries.ts'
import { enrollments, journeys } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { olderThan, type Keyset } from './keyset.ts'
import { leadNameColumns } from './lead-reads.ts'

/**
 * The subject of the newest copy of a delivery in the mailbox (index on its id), for a select over `deliveries`. Named in
 * full: drizzle drops the table's name where only one is selected from, and `mailbox` has an `id`, too.
 */
export const sentSubject = sql<string | null>`(
  select m.subject from mailbox m where m.delivery_id = deliveries.id order by m.id desc limit 1)`

const joined = {
  delivery: deliveries,
  lead: leadNameColumns,
  journey: { id: journeys.id, key: journeys.key, name: journeys.name },
  /** As it was sent; null before. The ledger keeps the template. */
  sentSubject,
  /** The version whose steps name the delivery's step. */
  version: enrollments.version,
}

function selectJoined(db: Queryable) {
  return db
    .select(joined)
    .from(deliveries)
    .innerJoin(leads, eq(leads.id, deliveries.leadId))
    .innerJoin(journeys, eq(journeys.id, deliveries.journeyId))
    .leftJoin(enrollments, eq(enrollments.id, deliveries.enrollmentId))
}
export type JoinedDelivery = Awaited<ReturnType<typeof selectJoined>>[number]

/** One page, newest first: by (created_at, id), or within a lead's own. */
export async function listDeliveryRows(
  db: Queryable,
  filter: {
    limit: number
    cursor: Keyset | null
    status?: DeliveryStatus | undefined
    leadId?: string | undefined
  },
): Promise<JoinedDelivery[]> {
  return selectJoined(db)
    .where(
      and(
        filter.status === undefined ? undefined : eq(deliveries.status, filter.status),
        filter.leadId === undefined ? undefined : eq(deliveries.leadId, filter.leadId),
        olderThan(deliveries.createdAt, deliveries.id, filter.cursor),
      ),
    )
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(filter.limit)
}

export async function findDelivery(db: Queryable, id: string): Promise<JoinedDelivery | null> {
  const [row] = await selectJoined(db).where(eq(deliveries.id, id))
  return row ?? null
}

/** What the mailbox holds of a delivery, newest first, without the HTML. */
export async function listMailCopies(db: Queryable, deliveryId: string) {
  return db
    .select({
      id: mailbox.id,
      toAddress: mailbox.toAddress,
      subject: mailbox.subject,
      plain: mailbox.plain,
      headers: mailbox.headers,
      receivedAt: mailbox.receivedAt,
    })
    .from(mailbox)
    .where(eq(mailbox.deliveryId, deliveryId))
    .orderBy(desc(mailbox.id))
    .limit(50)
}

/** The HTML of one copy; null when there is none. */
export async function findMailHtml(db: Queryable, mailId: number): Promise<string | null> {
  const [row] = await db.select({ html: mailbox.html }).from(mailbox).where(eq(mailbox.id, mailId))
  return row?.html ?? null
}
