/** What leads agree to, word for word: shown on the page and kept in the ledger (GDPR Art. 7(1): consent must be shown). */
import type { ContactChannel } from '#engine/vocabulary.ts'

/** Raised with every change of a text below; kept beside the wording. */
export const wordingVersion = 'preference-centre-1'

/** A ticked box says so, an unticked one takes it back. */
export function channelWording(channel: ContactChannel, company: string): string {
  switch (channel) {
    case 'email':
      return `${company} may send me information, invitations and offers by email.`
    case 'postcard':
      return `${company} may send me information, invitations and offers by post.`
    case 'phone':
      return `${company} may call me about information, invitations and offers.`
  }
}

export function stopAllWording(company: string): string {
  return `${company} must not contact me any more: no email, no post, no calls.`
}

/** GDPR Art. 21(2) and (3). */
export function objectionWording(company: string): string {
  return `I object to ${company} using my data for direct marketing, and for any profile made for it.`
}
