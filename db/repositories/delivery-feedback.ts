/** What mailboxes tell us about messages a provider had taken: bounces and complaints, each counted once. */
import { and, eq } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { cutText } from '#engine/text.ts'
import { builtInEvents, type DeliveryFeedbackKind } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { deliveryFeedback } from '../schema/sending.ts'
import { isMailToLead } from './deliveries.ts'
import { ingestEvents } from './events.ts'
import { countMail, stopFailingJourneys } from './journey-breaker.ts'
import { lockLeads } from './lead-locks.ts'
import { suppressLead } from './suppressions.ts'

export interface DeliveryFeedback {
  deliveryId: string
  kind: DeliveryFeedbackKind
  /** Status code (`5.1.1`, RFC 3463), SMTP code (`550`) or feedback type (`abuse`, RFC 5965). Kept short; never a text. */
  code: string
  /** In the lead's own clock. */
  at: Instant
  /** True: it is about an address that the lead no longer has, so it stops nothing. @default false */
  isOfFormerAddress?: boolean
}

export interface FeedbackResult {
  /** False: there is no such mail to a lead, or this kind has been recorded for it. */
  isNew: boolean
  /** Channels of the lead that are suppressed because of it. */
  suppressed: boolean
  /** Queued messages that will now never be sent. */
  cancelled: string[]
  /** Poke after the commit. */
  leadIds: string[]
}

const eventTypes = {
  hard_bounce: builtInEvents.emailBounced,
  soft_bounce: builtInEvents.emailBounced,
  complaint: builtInEvents.emailComplained,
} as const

/**
 * Records one piece of feedback: its row, an event on the lead (`email_bounced` with `kind` and `code`, or
 * `email_complained`), the journey's counts, which may stop its mail, and after a hard bounce or a complaint the
 * suppression of the lead's email. Repeating it changes nothing. Who complained must get no more mail (Gmail and Yahoo bulk
 * sender rules; RFC 6650 §5); an address that does not exist must not be tried again. Of other channels and of internal mail
 * nothing is recorded: the address is not the lead's email.
 */
export async function recordFeedback(
  tx: Transaction,
  feedback: DeliveryFeedback,
  library: Library,
): Promise<FeedbackResult> {
  const nothing: FeedbackResult = { isNew: false, suppressed: false, cancelled: [], leadIds: [] }
  const { deliveryId, kind, at, isOfFormerAddress = false } = feedback
  const code = cutText(feedback.code, 40)
  const [delivery] = await tx
    .select({ leadId: deliveries.leadId, journeyId: deliveries.journeyId, isTest: deliveries.isTest })
    .from(deliveries)
    .where(and(eq(deliveries.id, deliveryId), isMailToLead()))
  if (delivery === undefined) return nothing
  const { leadId, journeyId } = delivery
  await lockLeads(tx, [leadId])
  const added = await tx
    .insert(deliveryFeedback)
    .values({ deliveryId, leadId, journeyId, kind, code, at: new Date(at) })
    .onConflictDoNothing()
    .returning({ id: deliveryFeedback.id })
  if (added.length === 0) return nothing
  const { leadIds } = await ingestEvents(
    tx,
    [
      {
        lead: { id: leadId },
        type: eventTypes[kind],
        occurredAt: at,
        properties: { delivery: deliveryId, kind, code },
        dedupeKey: `feedback:${deliveryId}:${kind}`,
      },
    ],
    { library },
  )
  const result: FeedbackResult = { isNew: true, suppressed: false, cancelled: [], leadIds }
  if (kind !== 'soft_bounce' && !isOfFormerAddress) {
    const stopped = await suppressLead(tx, { leadId, channels: ['email'], reason: kind, source: 'mail_feedback', at })
    result.suppressed = true
    result.cancelled = stopped.cancelled
    result.leadIds = [...new Set([...leadIds, ...stopped.leadIds])]
  }
  if (!delivery.isTest) {
    const counter = { hard_bounce: 'hardBounces', soft_bounce: 'softBounces', complaint: 'complaints' } as const
    await countMail(tx, [{ journeyId, [counter[kind]]: 1 }])
    await stopFailingJourneys(tx, [journeyId])
  }
  return result
}
