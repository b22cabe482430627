/** What a lead does with an asset on its page: takes it, or registers for it. One transaction under the lead's lock. */
import type { Database } from '#db/client.ts'
import { ingestEvents, lockReferenced } from '#db/repositories/events.ts'
import { noteReceived } from '#db/repositories/lead-assets.ts'
import { transact } from '#db/transact.ts'
import type { Asset, Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'

export interface TakeRequest {
  leadId: string
  /** The message whose link was used; null when it was another page's. */
  deliveryId: string | null
  journeyId: string | null
  asset: Asset
  act: 'downloaded' | 'registered'
}

/**
 * Records the event and the receipt of the asset's lineage. A download counts once a day and link, so that pressing twice is
 * one sign of interest and the cool-off begins anew with a later one (PLAYBOOK D1); a registration counts once.
 * @returns false when the lead is erased: nothing was recorded
 */
export async function takeAsset(
  { db, poker, library }: { db: Database; poker: Poker; library: () => Promise<Library> },
  { leadId, deliveryId, journeyId, asset, act }: TakeRequest,
): Promise<boolean> {
  const words = await library()
  const leadIds = await transact(db, async (tx) => {
    const { locked } = await lockReferenced(tx, [{ id: leadId }])
    const lead = [...locked.values()].find(({ row }) => row.mergedInto === null)
    if (lead === undefined || lead.row.erasedAt !== null) return null
    const { id } = lead.row
    const day = new Date(lead.now).toISOString().slice(0, 10)
    const recorded = await ingestEvents(
      tx,
      [
        {
          lead: { id },
          type: builtInEvents[act],
          occurredAt: lead.now,
          properties: {
            asset: asset.key,
            title: asset.title,
            format: asset.format,
            topics: [...asset.topics],
            ...(asset.webinar === undefined ? {} : { starts_at: asset.webinar.startsAt }),
            ...(deliveryId === null ? {} : { delivery_id: deliveryId }),
            ...(journeyId === null ? {} : { journey_id: journeyId }),
          },
          dedupeKey:
            act === 'registered'
              ? `registered:${id}:${asset.key}`
              : `downloaded:${deliveryId ?? id}:${asset.key}:${day}`,
        },
      ],
      { library: words, priority: 1 },
    )
    const received = await noteReceived(tx, { leadId: id, lineage: asset.lineage ?? asset.key, at: lead.now }, words)
    return [...recorded.leadIds, ...received.leadIds]
  })
  if (leadIds === null) return false
  await poker.poke([...new Set(leadIds)], { priority: 1 })
  return true
}
