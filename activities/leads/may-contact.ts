/** May this lead be contacted, now, by what and for what? The gate's own answers, with why. Reads only. */
import type { Queryable } from '#db/client.ts'
import { readCallLists } from '#db/repositories/call-lists.ts'
import { loadGateFacts } from '#db/repositories/gate-facts.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { findLead } from '#db/repositories/lead-reads.ts'
import { leads } from '#db/schema/leads.ts'
import { eq } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import { explainDecision, type ExplainedDecision } from '#engine/gate/explain.ts'
import type { GateContext } from '#engine/gate/gate.ts'
import type { Library } from '#engine/library.ts'
import { dayMs } from '#engine/schedule/calendar.ts'
import { durationToMs } from '#engine/schedule/duration.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import type { ContactChannel } from '#engine/vocabulary.ts'

/** What is asked about: mail and post for all three purposes, calls as sales makes them. */
const questions = [
  ['email', 'transactional'],
  ['email', 'nurture'],
  ['email', 'promotional'],
  ['postcard', 'transactional'],
  ['postcard', 'nurture'],
  ['postcard', 'promotional'],
  ['phone', 'nurture'],
] as const

interface ContactAnswer {
  channel: ContactChannel
  purpose: 'transactional' | 'nurture' | 'promotional'
  decision: ExplainedDecision
}

export interface MayContact {
  leadId: string
  /** What time it is for the lead. */
  now: Instant
  answers: ContactAnswer[]
}

/** Nothing of a journey is known here, so that only the company's rules and the law count. */
const noJourney = { callCoolOff: 'PT0S' }

/**
 * Asks the gate for every channel and purpose. A journey may have a send window and a longer cool-off of its own, which
 * its steps add. Null when there is no such lead.
 * @param at default: the lead's present
 */
export async function mayContact(
  db: Queryable,
  leadId: string,
  library: Library,
  at?: Instant,
): Promise<MayContact | null> {
  const lead = await findLead(db, leadId)
  if (lead === null) return null
  const [clock] = await db.select({ now: databaseNow }).from(leads).where(eq(leads.id, lead.id))
  const now = at ?? toLeadTime(lead.clock, clock?.now ?? 0)
  const longestCapMs = Math.max(0, ...library.policy.caps.map((cap) => durationToMs(cap.within)))
  const [facts, callLists] = await Promise.all([
    loadGateFacts(db, [{ row: lead, since: now - longestCapMs * 1.1 - 3 * dayMs }]),
    readCallLists(db, lead),
  ])
  const known = facts.get(lead.id)
  if (known === undefined) return null
  const context: GateContext = {
    facts: { ...known, callLists },
    library,
    settings: noJourney,
    zone: zoneOr(lead.zone, library.policy.zone),
  }
  const answers = questions.map(([channel, purpose]): ContactAnswer => {
    const intent = { channel, purpose, now, staleAt: null, overCap: 'defer' } as const
    return { channel, purpose, decision: explainDecision(intent, context) }
  })
  return { leadId: lead.id, now, answers }
}
