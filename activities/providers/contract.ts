/** What hands messages over to the world outside: one adapter per way of sending. */
import type { Mailbox } from '#engine/company.ts'
import type { PrintedCard } from '#db/schema/print.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Rates } from '../mailroom/throttle.ts'

/** A message ready to go. Texts are final: nothing in them is a template any more. */
export interface RenderedMessage {
  deliveryId: string
  leadId: string
  channel: Channel
  /** Email address; postal address lines; or the colleague who is told. Never holds a line break for email. */
  to: string
  /** Who an email is from. Absent: the company's own sender. */
  from?: Mailbox
  /** Where answers go. Absent: to the sender. */
  replyTo?: Mailbox
  /**
   * Where the mail system reports what could not be delivered (RFC 5321 MAIL FROM), a bare address, best one per delivery.
   * Absent: the sender's.
   */
  envelopeFrom?: string
  /** Of a postcard: what is printed on it. */
  card?: PrintedCard
  subject: string
  html: string
  plain: string
  /** Mail headers, values without line breaks. `Message-ID` is the same on every attempt of one delivery. */
  headers: Record<string, string>
  isTest: boolean
}

/**
 * What became of one message. `temporary` is tried again later (greylisted, mailbox full), `permanent` is not; with
 * `badAddress` the mailbox does not exist, which counts as a hard bounce. `unavailable`: the provider itself could not be
 * asked (refused the connection, the password, the sender) and the message was not offered: no attempt of it is used up,
 * and nothing else is sent this way until the provider can be reached again. `unknown`: it may have been taken.
 * `reason` begins with a short code; the provider's words may follow.
 */
export type SendResult =
  | { deliveryId: string; outcome: 'accepted'; providerId: string | null }
  /** Kept by the provider, which has made the row its own (print-batch.ts): accepted or refused later, by a person. */
  | { deliveryId: string; outcome: 'kept' }
  | { deliveryId: string; outcome: 'temporary' | 'unavailable' | 'unknown'; reason: string }
  | { deliveryId: string; outcome: 'permanent'; reason: string; badAddress?: boolean }

/**
 * A way of sending. `send` gets at most `batchSize` messages and must *start* all its calls at once: the mailroom has
 * checked that these messages may go this very moment. Every message given is answered for; one that is missing from the
 * answer, or all of them when the call throws, is of unknown fate: perhaps taken, perhaps not.
 */
export interface Provider {
  /** For logs and the record. */
  name: string
  /** Messages per call. @minimum 1 */
  batchSize: number
  /** Calls under way at once. @minimum 1 */
  concurrency: number
  /** How fast it may go; absent = as fast as it goes. Kept by the mailroom before it takes messages from the queue. */
  rates?: Rates
  send(messages: readonly RenderedMessage[]): Promise<SendResult[]>
}
