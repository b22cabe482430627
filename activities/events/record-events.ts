/** Takes in events that other systems report, making leads of people who are not known yet. */
import type { Database } from '#db/client.ts'
import { ingestEvents, type IncomingEvent } from '#db/repositories/events.ts'
import type { LeadReference } from '#db/repositories/identities.ts'
import { upsertLeads, type UpsertedLead } from '#db/repositories/upsert-leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { transact } from '#db/transact.ts'
import type { Library } from '#engine/library.ts'
import { refuseReserved } from '#engine/reserved-events.ts'
import type { Poker } from '../poker.ts'

export interface RecordEventsRequest {
  /** Each with an id of its sender, by which a repeat is known. */
  events: (IncomingEvent & { dedupeKey: string })[]
  actor: string
  /** Under which the batch is found in the audit log. */
  batchId: string
}

export type RecordedEvent =
  | { status: 'recorded' | 'duplicate'; leadId: string }
  | { status: 'refused'; code: 'LEAD_NOT_FOUND' | 'IDENTITY_CONFLICT' | 'EVENT_RESERVED'; message: string }

/**
 * Records the events in one transaction and pokes whom they concern. One result per event, in order: an event whose lead
 * cannot be told, or that only Trellis records, is refused and the others are recorded. A repeat of the whole call records nothing and makes nobody.
 */
export async function recordEvents(
  { db, poker, library }: { db: Database; poker: Poker; library: () => Promise<Library> },
  request: RecordEventsRequest,
): Promise<RecordedEvent[]> {
  const { events, actor, batchId } = request
  const options = { library: await library(), priority: 1 as const }
  const takeable = events.filter(({ type }) => refuseReserved(type) === null)
  const { results, leadIds } = await transact(db, async (tx) => {
    // New leads first, all that their event says about who they are included; known ones are left as they are.
    const named = takeable.filter(({ lead }) => lead.id === undefined)
    const upserted = await upsertLeads(
      tx,
      named.map(({ lead }) => withoutId(lead)),
      { ...options, actor, onExisting: 'skip' },
    )
    const leadOf = new Map<IncomingEvent, UpsertedLead | undefined>(
      named.map((event, index) => [event, upserted.rows[index]]),
    )
    const placed = takeable.flatMap((event) => {
      const leadId = event.lead.id ?? leadOf.get(event)?.leadId
      return leadId === undefined || leadId === null ? [] : [{ ...event, lead: { id: leadId } }]
    })
    const ingested = await ingestEvents(tx, placed, options)
    const outcomes = ingested.events[Symbol.iterator]()
    const all = events.map((event): RecordedEvent => {
      const reserved = refuseReserved(event.type)
      if (reserved !== null) return { status: 'refused', code: 'EVENT_RESERVED', message: reserved }
      const refusal = leadOf.get(event)
      if (refusal?.outcome === 'refused') {
        return { status: 'refused', code: 'IDENTITY_CONFLICT', message: refusal.message ?? 'Its lead cannot be told.' }
      }
      const outcome = outcomes.next().value
      return outcome === undefined || outcome.status === 'unknown_lead'
        ? { status: 'refused', code: 'LEAD_NOT_FOUND', message: unknownLead(event.lead) }
        : { status: outcome.status, leadId: outcome.leadId }
    })
    const recorded = all.filter(({ status }) => status === 'recorded').length
    await tx.insert(auditLog).values({
      actor,
      action: 'events.record',
      subjectKind: 'request',
      subjectId: batchId,
      after: { events: events.length, recorded },
    })
    return { results: all, leadIds: [...upserted.leadIds, ...ingested.leadIds] }
  })
  await poker.poke(leadIds, { priority: 1 })
  return results
}

function withoutId({ externalId, email, anonymousId }: LeadReference) {
  return { externalId, email, anonymousId }
}

function unknownLead({ id }: LeadReference): string {
  return id === undefined
    ? 'The lead was erased or cannot be told; nothing was recorded.'
    : `There is no lead "${id}"; leave the id out to find or make the lead by its address.`
}
