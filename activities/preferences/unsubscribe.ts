/** Leaving by a link in a message. What it stops, it stops before it answers. */
import type { Database, Transaction } from '#db/client.ts'
import { hasLeft } from '#db/repositories/consent-reads.ts'
import { ingestEvents, lockReferenced } from '#db/repositories/events.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { transact } from '#db/transact.ts'
import type { Library } from '#engine/library.ts'
import { builtInEvents, type ContactChannel } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'

export interface UnsubscribeRequest {
  /** The lead, or one that was merged into it. */
  leadId: string
  channels: readonly ContactChannel[]
  /** The message whose link was used; null when there was none. */
  deliveryId: string | null
  journeyId: string | null
  /** `one_click` came from a mail program (RFC 8058), `mail_reply` was written to us, the others are our pages. Kept. */
  source: 'one_click' | 'unsubscribe_page' | 'preference_centre' | 'mail_reply' | 'spoken'
  /** What the lead agreed to, word for word as it was shown. */
  wording: string
}

export interface UnsubscribeResult {
  /** False: there was nothing left to stop (the lead is erased). */
  isKnown: boolean
  /** Messages that will now not be sent. */
  cancelled: readonly string[]
  /** Messages whose provider call had begun before this was answered: they cannot be called back. */
  underWay: readonly string[]
}

/**
 * Suppresses the channels, cancels what is queued, writes the ledger (no nurture, no promotion on them) and records the
 * event, in one transaction under the lead's lock. When this returns, no provider call for the lead starts on these
 * channels (ADR 0005); CAN-SPAM would allow ten business days (16 CFR 316.5(a)(4)). Repeating it is harmless.
 */
export async function unsubscribe(
  { db, poker, library }: { db: Database; poker: Poker; library: () => Promise<Library> },
  request: UnsubscribeRequest,
): Promise<UnsubscribeResult> {
  const words = await library()
  const { leadIds, ...result } = await transact(db, (tx) => unsubscribeWithin(tx, request, words))
  await poker.poke([...new Set(leadIds)], { priority: 1 })
  return result
}

/** `unsubscribe` as part of a transaction that does more; poke `leadIds` after its commit. */
export async function unsubscribeWithin(
  tx: Transaction,
  request: UnsubscribeRequest,
  library: Library,
): Promise<UnsubscribeResult & { leadIds: string[] }> {
  const { channels, source, wording, journeyId, deliveryId } = request
  const options = { library, priority: 1 as const }
  const { locked } = await lockReferenced(tx, [{ id: request.leadId }])
  const lead = [...locked.values()].find(({ row }) => row.mergedInto === null)
  if (lead === undefined || lead.row.erasedAt !== null) {
    return { isKnown: false, leadIds: [], cancelled: [], underWay: [] }
  }
  const leadId = lead.row.id
  const stopped = await suppressLead(tx, {
    leadId,
    channels,
    reason: 'unsubscribed',
    source,
    at: lead.now,
  })
  const { cancelled, underWay } = stopped
  if (await hasLeft(tx, leadId, channels)) return { isKnown: true, cancelled, underWay, leadIds: stopped.leadIds }
  const ledger = await applyLeadChanges(
    tx,
    channels.flatMap((channel) =>
      (['nurture', 'promotional'] as const).map((purpose) => ({
        kind: 'set_consent' as const,
        leadId,
        purpose,
        channel,
        state: 'denied' as const,
        wording,
        mechanism: source,
      })),
    ),
    { ...options, actor: source, at: lead.now },
  )
  const recorded = await ingestEvents(
    tx,
    [
      {
        lead: { id: leadId },
        type: builtInEvents.unsubscribed,
        occurredAt: lead.now,
        properties: {
          channels: [...channels],
          source,
          ...(journeyId === null ? {} : { journey_id: journeyId }),
          ...(deliveryId === null ? {} : { delivery_id: deliveryId }),
        },
      },
    ],
    options,
  )
  return {
    isKnown: true,
    cancelled,
    underWay,
    leadIds: [...stopped.leadIds, ...ledger.leadIds, ...recorded.leadIds],
  }
}
