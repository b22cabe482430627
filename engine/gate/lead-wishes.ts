/**
 * What the lead asked for in the preference centre, as the gate sees it: a pause until a day, and how often at most. Both
 * are lead fields, so that a rule, an import and the gate can never disagree. They bind nurture and promotion only.
 */
import type { Facts, Instant } from '../facts.ts'
import type { Library } from '../library.ts'
import { preferenceFields } from '../preferences.ts'
import { parseLocalDate } from '../schedule/calendar.ts'
import { toInstant } from '../schedule/zone.ts'
import { checkCaps } from './caps.ts'
import type { MessageIntent } from './types.ts'

interface Wish {
  reason: 'paused_by_lead' | 'lead_cadence'
  /** The first instant not before `at` that suits it; null when none ever does. */
  next(at: Instant): Instant | null
}

interface WishContext {
  facts: Pick<Facts, 'fields' | 'deliveries'>
  library: Pick<Library, 'policy'>
  zone: string
}

/** The wishes that bear on this message or call. */
export function leadWishes(intent: MessageIntent, { facts, library, zone }: WishContext): Wish[] {
  if (intent.purpose !== 'nurture' && intent.purpose !== 'promotional') return []
  const wishes: Wish[] = []
  const resumesAt = pauseEndsAt(facts.fields, zone)
  if (resumesAt > intent.now) wishes.push({ reason: 'paused_by_lead', next: (at) => Math.max(at, resumesAt) })
  const chosen = facts.fields[preferenceFields.cadence]
  const atMost = library.policy.preferences.cadences.find(({ key }) => key === chosen)?.atMost
  // Caps count messages, not calls.
  if (atMost !== undefined && intent.channel !== 'phone') {
    const caps = checkCaps(intent, facts.deliveries, { ...library.policy, caps: [atMost] }, zone)
    wishes.push({ reason: 'lead_cadence', next: (at) => (caps.hasRoom(at) ? at : caps.nextRoom(at)) })
  }
  return wishes
}

/** When the lead's pause ends: the start of that day in its zone. -Infinity when there is none. */
export function pauseEndsAt(fields: Facts['fields'], zone: string): Instant {
  const value = fields[preferenceFields.pausedUntil]
  const day = typeof value === 'string' ? parseLocalDate(value) : null
  return day === null ? -Infinity : toInstant(day, zone)
}
