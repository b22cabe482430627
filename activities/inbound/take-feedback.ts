/** Feedback that a provider tells by HTTP instead of by mail. */
import { recordFeedback } from '#db/repositories/delivery-feedback.ts'
import { matchInbound } from '#db/repositories/inbound.ts'
import { lockLeads } from '#db/repositories/lead-locks.ts'
import { transact } from '#db/transact.ts'
import type { DeliveryFeedbackKind } from '#engine/vocabulary.ts'
import { stopAfterSoftBounces, type InboundDependencies } from './take-in.ts'

export interface ProviderFeedback {
  /** Our Message-ID, with or without angle brackets, or the delivery's id. */
  message: string
  kind: DeliveryFeedbackKind
  /** `5.1.1`, `550`, `abuse`. */
  code: string
}

/** `recorded`; `duplicate` when it is known; `unknown` when no message of ours has that name: nothing was done. */
export type FeedbackOutcome = 'recorded' | 'duplicate' | 'unknown'

/** As a bounce or complaint by mail: suppresses, counts, and is recorded once per message and kind. */
export async function takeFeedback(
  { db, poker, library }: InboundDependencies,
  feedback: ProviderFeedback,
): Promise<FeedbackOutcome> {
  const deliveryId = feedback.message.trim().replace(/^</, '').split('@')[0] ?? ''
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(deliveryId)) return 'unknown'
  const words = await library()
  const { outcome, leadIds } = await transact(db, async (tx) => {
    const match = await matchInbound(tx, { byReference: [deliveryId.toLowerCase()], byAddress: [], from: null })
    const lead = match === null ? undefined : (await lockLeads(tx, [match.leadId])).get(match.leadId)
    if (match === null || match.delivery === null || lead === undefined) {
      return { outcome: 'unknown' as const, leadIds: [] }
    }
    const { kind, code } = feedback
    const result = await recordFeedback(tx, { deliveryId: match.delivery.id, kind, code, at: lead.now }, words)
    const stopped = await stopAfterSoftBounces(tx, lead, kind)
    return {
      outcome: result.isNew ? ('recorded' as const) : ('duplicate' as const),
      leadIds: [...result.leadIds, ...stopped],
    }
  })
  if (leadIds.length > 0) await poker.poke([...new Set(leadIds)], { priority: 1 })
  return outcome
}
