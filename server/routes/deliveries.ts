import type { Queryable } from '#db/client.ts'
import { findDelivery, listDeliveryRows, listMailCopies, type JoinedDelivery } from '#db/repositories/delivery-reads.ts'
import { getDelivery, listDeliveries, type DeliverySummary } from '../contract/deliveries.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'

/** Where the HTML of a mail is shown, by the id of its copy. */
export const mailPreviewPath = '/preview/mail/'

export function deliveryRoutes({ db, versions }: { db: Queryable; versions: VersionCache }): Implementation[] {
  return [
    implement(listDeliveries, async ({ query }) => {
      const rows = await listDeliveryRows(db, {
        limit: query.limit + 1,
        cursor: readCursor(query.cursor),
        status: query.status,
        leadId: query.lead,
      })
      const { items, nextCursor } = toPage(
        rows,
        query.limit,
        ({ delivery }) => ({ at: delivery.createdAt, id: delivery.id }),
        (row) => presentDelivery(row, versions),
      )
      return ok({ items: await Promise.all(items), nextCursor })
    }),

    implement(getDelivery, async ({ params }) => {
      const row = await findDelivery(db, params.id)
      if (row === null) throw new HttpProblem('DELIVERY_NOT_FOUND', `There is no delivery "${params.id}".`)
      const copies = await listMailCopies(db, params.id)
      const { content, attempts, staleAt } = row.delivery
      return ok({
        ...(await presentDelivery(row, versions)),
        content: {
          subject: content.subject ?? null,
          body: content.body,
          assetKey: content.assetKey ?? null,
          surveyKey: content.surveyKey ?? null,
        },
        attempts,
        staleAt: toInstantOrNull(staleAt),
        copies: copies.map(({ id, toAddress, subject, plain, headers, receivedAt }) => ({
          id,
          to: toAddress,
          subject,
          plain,
          headers,
          previewPath: `${mailPreviewPath}${String(id)}`,
          receivedAt: toInstant(receivedAt),
        })),
      })
    }),
  ]
}

/** A delivery for a list: whose, from which step, and how it fares. */
export async function presentDelivery(row: JoinedDelivery, versions: VersionCache): Promise<DeliverySummary> {
  const { delivery, lead, journey, version } = row
  return {
    id: delivery.id,
    lead: presentLeadName(lead),
    journey,
    step: await versions.nameStep(journey.id, version, delivery.stepId),
    channel: delivery.channel,
    purpose: delivery.purpose,
    status: delivery.status,
    reason: delivery.reason,
    subject: delivery.content.subject ?? null,
    queuedAt: toInstant(delivery.queuedAt),
    notBefore: toInstantOrNull(delivery.notBefore),
    acceptedAt: toInstantOrNull(delivery.acceptedAt),
    createdAt: toInstant(delivery.createdAt),
  }
}
