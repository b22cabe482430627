/** Who a mail is from, and the headers that say what kind of mail it is. */
import { domainToASCII } from 'node:url'
import type { CompanyProfile, Mailbox } from '#engine/company.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import type { Purpose } from '#engine/vocabulary.ts'

/** What decides the sender of one mail. */
export interface SenderChoice {
  company: CompanyProfile
  settings: Pick<JourneySettings, 'sender' | 'replyTo'>
  /** The person the lead belongs to; null when it belongs to nobody who can be written to. */
  owner: Mailbox | null
}

/**
 * From and Reply-To. A mail from the owner carries the owner's name and address, and is answered to the owner. Both are
 * absent when neither the journey nor the company names a sender.
 */
export function senderOf({ company, settings, owner }: SenderChoice): { from?: Mailbox; replyTo?: Mailbox } {
  const { sender = 'company' } = settings
  const chosen = sender === 'owner' ? owner : sender === 'company' ? null : sender
  const from = chosen ?? company.from
  // The company's Reply-To belongs to the company's From: who writes under another name wants the answers there.
  const replyTo = settings.replyTo ?? (chosen === null ? company.replyTo : undefined)
  return {
    ...(from === undefined ? {} : { from: named(from, company) }),
    ...(replyTo === undefined ? {} : { replyTo }),
  }
}

function named(mailbox: Mailbox, company: CompanyProfile): Mailbox {
  return mailbox.name === '' ? { ...mailbox, name: company.name } : mailbox
}

/** True for mail that must be easy to leave: all that the lead did not ask for. */
export function isMarketing(purpose: Purpose): boolean {
  return purpose === 'nurture' || purpose === 'promotional'
}

export interface HeaderFacts {
  deliveryId: string
  from: Mailbox | undefined
  /** Host of this installation, used while there is no sender. */
  host: string
  purpose: Purpose
  journey: string
  stepId: string
  language: string
  /** The one-click address; null on mail that is not left by one. */
  unsubscribe: string | null
}

/**
 * The headers of a mail. `Message-ID` is the same on every attempt: on the sender's domain, and the delivery's id before
 * it, by which answers find their way back. `List-Unsubscribe` and `List-Unsubscribe-Post`: exactly one of each (RFC 8058
 * §3.1; required of bulk senders by Gmail and Yahoo). `List-Id`: RFC 2919. `Feedback-ID`: up to three tags and the
 * sender, for Gmail's complaint figures. `Auto-Submitted` (RFC 3834 §5) on what answers an act of the lead, so that
 * automatic answers do not answer it; `Precedence: bulk` on the rest, for those that look at nothing else.
 */
export function mailHeaders(facts: HeaderFacts): Record<string, string> {
  const domain = domainOf(facts.from?.email ?? '') ?? facts.host
  const marketing = isMarketing(facts.purpose)
  return {
    'Message-ID': `<${facts.deliveryId}@${domain}>`,
    'Content-Language': facts.language,
    ...(facts.unsubscribe === null
      ? {}
      : { 'List-Unsubscribe': `<${facts.unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    ...(marketing
      ? { 'List-Id': `<${facts.journey}.${domain}>`, Precedence: 'bulk' }
      : { 'Auto-Submitted': 'auto-generated' }),
    'Feedback-ID': [facts.journey, facts.stepId, facts.purpose, domain.replaceAll('.', '-').slice(0, 15)]
      .map((tag) => tag.replaceAll(/[^\w-]/g, '-'))
      .join(':'),
  }
}

/** The headers of a notice to a colleague: the same Message-ID on every attempt, and no answer by machines. */
export function noticeHeaders(facts: Pick<HeaderFacts, 'deliveryId' | 'from' | 'host'>): Record<string, string> {
  const domain = domainOf(facts.from?.email ?? '') ?? facts.host
  return { 'Message-ID': `<${facts.deliveryId}@${domain}>`, 'Auto-Submitted': 'auto-generated' }
}

/** The domain of an address as DNS knows it (IDNA); null when there is none. */
export function domainOf(email: string): string | null {
  const domain = domainToASCII(email.split('@')[1]?.trim() ?? '')
  return domain === '' ? null : domain.toLowerCase()
}

/** True when leads can reach the address safely: https, or this very machine while one is trying things out. */
export function isFitForLeads(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
