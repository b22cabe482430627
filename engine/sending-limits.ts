/** When a journey's mail is stopped by itself: the circuit breaker's limits and its decision. */
import { z } from 'zod'

const share = z.number().min(0).max(1)

/**
 * A company's limits (setting `sending_limits`). The defaults: Gmail's bulk sender guidelines ask for a spam rate below
 * 0.1 % and never 0.3 % (support.google.com/mail/answer/81126); Amazon SES reviews senders from 5 % bounces on
 * (docs.aws.amazon.com/ses, "Reputation metrics").
 */
export const sendingLimitsSchema = z.strictObject({
  /** Rolling window. @default 24 */
  windowHours: z.int().min(1).max(168).default(24),
  /** Mails in the window below which nothing is judged. @default 100 */
  leastMails: z.int().min(1).default(100),
  /** Hard bounces per mail sent. @default 0.05 */
  hardBounces: share.default(0.05),
  /** Complaints per mail accepted. @default 0.003 */
  complaints: share.default(0.003),
  /** Complaints below which nobody is judged: one person must not stop a journey. @default 2 */
  leastComplaints: z.int().min(1).default(2),
  /** Mails refused for good by the provider, of all offered. @default 0.2 */
  refusals: share.default(0.2),
})
export type SendingLimits = z.infer<typeof sendingLimitsSchema>

/** What happened to a journey's mails in the window. */
export interface MailCounts {
  accepted: number
  /** Refused for good by the provider. */
  refused: number
  hardBounces: number
  softBounces: number
  complaints: number
}

export const noMail: MailCounts = { accepted: 0, refused: 0, hardBounces: 0, softBounces: 0, complaints: 0 }

/** Why a journey's mail must stop, in words for people; null when it may go on. A rate at the limit is over it. */
export function judgeMail(counts: MailCounts, limits: SendingLimits): string | null {
  const { accepted, refused, hardBounces, complaints } = counts
  const offered = accepted + refused
  if (offered < limits.leastMails) return null
  const told = (what: string, count: number, of: number, limit: number): string =>
    `${String(count)} of ${String(of)} mails of the last ${String(limits.windowHours)} hours ${what} ` +
    `(${percent(count / of)}; the limit is ${percent(limit)}).`
  if (hardBounces / offered >= limits.hardBounces) return told('bounced', hardBounces, offered, limits.hardBounces)
  if (accepted > 0 && complaints >= limits.leastComplaints && complaints / accepted >= limits.complaints)
    return told('were reported as spam', complaints, accepted, limits.complaints)
  if (refused / offered >= limits.refusals)
    return told('were refused by the mail provider', refused, offered, limits.refusals)
  return null
}

function percent(value: number): string {
  return `${String(Number((value * 100).toFixed(2)))} %`
}
