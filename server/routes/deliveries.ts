import type { Queryable } from '#db/client.ts'
import { findDelivery, listDeliveryRows, listMailCopies, type JoinedDelivery } from '#db/repositories/delivery-reads.ts'
import { explainStoredReason } from '#engine/gate/reason-texts.ts'
import type { Library } from '#engine/library.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { getDelivery, listDeliveries, type DeliverySummary } from '../contract/deliveries.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'

/** Where the HTML of a mail is shown, by the id of its copy. */
export const mailPreviewPath = '/preview/mail/'

export function deliveryRoutes(deps: {
  db: Queryable
  versions: VersionCache
  library: () => Promise<Library>
}): Implementation[] {
  const { db, versions, library } = deps
  return [
    implement(listDeliveries, async ({ query }) => {
      const rows = await listDeliveryRows(db, {
        limit: query.limit + 1,
        cursor: readCursor(query.cursor),
        status: query.status,
        leadId: query.lead,
      })
      const shared = await library()
      const { items, nextCursor } = toPage(
        rows,
        query.limit,
        ({ delivery }) => ({ at: delivery.createdAt, id: delivery.id }),
        (row) => presentDelivery(row, versions, shared),
      )
      return ok({ items: await Promise.all(items), nextCursor })
    }),

    implement(getDelivery, async ({ params }) => {
      const row = await findDelivery(db, params.id)
      if (row === null) throw new HttpProblem('DELIVERY_NOT_FOUND', `There is no delivery "${params.id}".`)
      const copies = await listMailCopies(db, params.id)
      const { content, attempts, inDoubt, staleAt } = row.delivery
      return ok({
        ...(await presentDelivery(row, versions, await library())),
        content: {
          subject: content.subject ?? null,
          body: content.body,
          assetKey: content.assetKey ?? null,
          surveyKey: content.surveyKey ?? null,
        },
        attempts,
        inDoubt,
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
export async function presentDelivery(
  row: JoinedDelivery,
  versions: VersionCache,
  library: Library,
): Promise<DeliverySummary> {
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
    why: explainStoredReason(delivery.reason),
    subject: row.sentSubject ?? draftSubject(delivery.content, library),
    queuedAt: toInstant(delivery.queuedAt),
    notBefore: toInstantOrNull(delivery.notBefore),
    acceptedAt: toInstantOrNull(delivery.acceptedAt),
    createdAt: toInstant(delivery.createdAt),
  }
}

/** What a message that has not gone out will be called: its template with the asset's title; null when more is open. */
export function draftSubject(content: DeliveryContent, library: Library): string | null {
  const asset = content.assetKey === undefined ? undefined : library.assets[content.assetKey]
  const subject = (content.subject ?? '').replaceAll(/\{\{\s*asset\.title\s*\}\}/g, (whole) => asset?.title ?? whole)
  if (content.verbatim !== undefined) return subject
  return subject === '' || /\{[{%]/.test(subject) ? null : subject
}
