/** Addresses of public pages. The same delivery has the same links whenever it is rendered. */
import { linkPurposes, signToken, type LinkKeys, type LinkPurpose, type TokenContent } from './token.ts'

/** What links need: where leads reach this installation (`https://leads.example.org`), and what signs. */
export interface LinkOptions extends LinkKeys {
  baseUrl: string
}

/** The page of that purpose about that content, e.g. `https://leads.example.org/s/EAGT…`. */
export function linkTo(options: LinkOptions, purpose: LinkPurpose, content: TokenContent): string {
  const token = signToken(options, purpose, content)
  return `${options.baseUrl.replace(/\/+$/, '')}/${linkPurposes[purpose]}/${token}`
}

/** A link in a message to its lead. It never expires by itself; pages may say that their time is over. */
export function personalLink(options: LinkOptions, purpose: LinkPurpose, deliveryId: string): string {
  return linkTo(options, purpose, { about: 'delivery', id: deliveryId })
}
