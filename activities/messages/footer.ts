/** What ends every mail to a lead: why it comes, who sends it and from where, and how to leave (CAN-SPAM, 16 CFR 316.5; CASL). */
import type { MailScope } from './layout.ts'
import { escapeHtml } from '../mailroom/message-text.ts'

export interface FooterParts {
  mail: MailScope
  company: { address: string; privacyUrl: string }
  unsubscribe: string
  preferences: string
}

/** The footer of the plain part. */
export function plainFooter({ mail, company, unsubscribe, preferences }: FooterParts): string {
  const lines = [mail.reason, mail.signature]
  if (mail.is_marketing) {
    lines.push(`${mail.words.unsubscribe}: ${unsubscribe}`, `${mail.words.preferences}: ${preferences}`)
  }
  if (company.privacyUrl !== '') lines.push(`${mail.words.privacy}: ${company.privacyUrl}`)
  return `—\n${lines.join('\n')}`
}

/**
 * A whole page of an author's own, made complete: without the postal address or the unsubscribe link, a marketing mail
 * gets a footer with both before the end of its body.
 */
export function completePage(page: string, parts: FooterParts): string {
  const { mail, company, unsubscribe, preferences } = parts
  const words = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  const hasAddress = company.address === '' || sameWords(words).includes(sameWords(escapeHtml(company.address)))
  if (!mail.is_marketing || (hasAddress && page.includes(escapeHtml(unsubscribe)))) return page
  const footer =
    `<div role="contentinfo" lang="${escapeHtml(mail.language)}" style="font:13px/20px sans-serif;color:#57606a;padding:20px;text-align:center">` +
    `${escapeHtml(mail.reason)}<br>${escapeHtml(mail.signature)}<br>` +
    `<a href="${escapeHtml(unsubscribe)}" style="color:#57606a">${escapeHtml(mail.words.unsubscribe)}</a> · ` +
    `<a href="${escapeHtml(preferences)}" style="color:#57606a">${escapeHtml(mail.words.preferences)}</a></div>`
  const end = page.toLowerCase().lastIndexOf('</body')
  return end === -1 ? `${page}\n${footer}` : `${page.slice(0, end)}${footer}\n${page.slice(end)}`
}

/** An address reads the same with commas or line breaks between its lines. */
function sameWords(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s,·|–-]+/g, ' ')
    .trim()
}
