/** What the box beside a channel says: may we, as things stand? The page shows it and saving compares with it. */
import type { ChannelStanding, PreferenceFacts } from '#db/repositories/preference-reads.ts'
import { consentNeed } from '#engine/compliance/consent-rules.ts'
import { readCountry } from '#engine/compliance/places.ts'
import type { Instant } from '#engine/facts.ts'
import type { ContactPolicy } from '#engine/library.ts'

/**
 * Where the law of the lead's country (or the company) asks for a consent, a box is ticked only when there is one: a box that
 * is ticked beforehand gives none (GDPR recital 32). Elsewhere it is ticked while nothing stands against it.
 */
export function isChannelAllowed(
  { channel, stopped, consent, basis }: ChannelStanding,
  { objected, country }: Pick<PreferenceFacts, 'objected' | 'country'>,
  at: Instant,
  policy: ContactPolicy,
): boolean {
  if (objected || stopped !== null) return false
  const need = consentNeed(channel, readCountry(country), at, policy)
  return !need.required || (consent === 'granted' && basis !== null && need.bases.includes(basis))
}
