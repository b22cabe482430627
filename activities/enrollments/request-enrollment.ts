/** A person or another system puts a lead into a journey. */
import { eq } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Json } from '#engine/facts.ts'
import type { Database } from '#db/client.ts'
import { resolveLeads } from '#db/repositories/events.ts'
import type { LeadReference } from '#db/repositories/identities.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { journeys } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Poker } from '../poker.ts'

/** The trigger that enrollments by hand and by API are recorded under. */
export const manualTrigger = 'manual'

export interface EnrollmentRequest {
  journeyId: string
  lead: LeadReference
  /** Unique per lead and journey: a repeat enters no second time. */
  entryKey: string
  /** What rules and templates of the journey may use. */
  properties?: Record<string, Json>
  actor: string
}

export type RequestedEnrollment =
  | { done: true; leadId: string }
  | { done: false; code: 'LEAD_NOT_FOUND' | 'JOURNEY_NOT_FOUND' | 'JOURNEY_NOT_LIVE'; message: string }

/**
 * Records the wish and pokes the lead; its turn decides by the journey's entry rule and re-enrollment policy. Refused at
 * once when the lead is unknown or the journey takes nobody.
 */
export async function requestEnrollment(
  { db, poker }: { db: Database; poker: Poker },
  request: EnrollmentRequest,
): Promise<RequestedEnrollment> {
  const { journeyId, entryKey, properties, actor } = request
  const result = await db.transaction(async (tx): Promise<RequestedEnrollment> => {
    const [journey] = await tx.select().from(journeys).where(eq(journeys.id, journeyId))
    if (journey === undefined) {
      return { done: false, code: 'JOURNEY_NOT_FOUND', message: `There is no journey "${journeyId}".` }
    }
    if (journey.status !== 'live' || journey.liveVersion === null) {
      const message = `The journey "${journey.key}" is ${journey.status}; publish or resume it first.`
      return { done: false, code: 'JOURNEY_NOT_LIVE', message }
    }
    const [leadId] = await resolveLeads(tx, [request.lead])
    const [lead] =
      leadId === undefined || leadId === null
        ? []
        : await tx
            .select({ clock: leads.clock, erasedAt: leads.erasedAt, now: databaseNow })
            .from(leads)
            .where(eq(leads.id, leadId))
    if (leadId === undefined || leadId === null || lead === undefined || lead.erasedAt !== null) {
      return { done: false, code: 'LEAD_NOT_FOUND', message: 'No lead is known by that; bring it in first.' }
    }
    await addInputs(
      tx,
      [
        {
          leadId,
          at: toLeadTime(lead.clock, lead.now),
          input: {
            kind: 'enroll',
            journeyId,
            triggerId: manualTrigger,
            entryKey,
            ...(properties ? { properties } : {}),
          },
        },
      ],
      1,
    )
    await tx.insert(auditLog).values({
      actor,
      action: 'lead.enroll',
      subjectKind: 'lead',
      subjectId: leadId,
      after: { journeyId, entryKey },
    })
    return { done: true, leadId }
  })
  if (result.done) await poker.poke([result.leadId], { priority: 1 })
  return result
}
