/** Where a lead stands, why, and what comes next: the answer to "why did, or didn't, this lead get it?". Reads only. */
import { and, desc, eq } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import { explainStoredReason } from '#engine/gate/reason-texts.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { Queryable } from '#db/client.ts'
import { findVersion, listEnrollmentsOfLead } from '#db/repositories/journey-reads.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { findLead, readLeadExtras } from '#db/repositories/lead-reads.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { eventTotals } from '#db/schema/events.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { tasks } from '#db/schema/tasks.ts'

/** All instants are ISO 8601, in the lead's own clock. */
export type LeadExplanation = NonNullable<Awaited<ReturnType<typeof explainLead>>>

/** @param limit how many log lines per enrollment, messages and tasks, newest first. @default 20 */
export async function explainLead(db: Queryable, leadId: string, { limit = 20 }: { limit?: number } = {}) {
  const lead = await findLead(db, leadId)
  if (lead === null) return null
  const [extras, entries, messages, work, totals, [clock]] = await Promise.all([
    readLeadExtras(db, lead.id),
    listEnrollmentsOfLead(db, lead.id, limit),
    db
      .select()
      .from(deliveries)
      .where(eq(deliveries.leadId, lead.id))
      .orderBy(desc(deliveries.countedAt), desc(deliveries.id))
      .limit(limit),
    db.select().from(tasks).where(eq(tasks.leadId, lead.id)).orderBy(desc(tasks.id)).limit(limit),
    db.select().from(eventTotals).where(eq(eventTotals.leadId, lead.id)).orderBy(eventTotals.type),
    db.select({ now: databaseNow }).from(leads).where(eq(leads.id, lead.id)),
  ])
  const definitions = new Map<string, Definition | null>()
  const stepName = async (journeyId: string, version: number, stepId: string): Promise<string> => {
    const key = `${journeyId}:${String(version)}`
    if (!definitions.has(key)) definitions.set(key, (await findVersion(db, journeyId, version))?.definition ?? null)
    return definitions.get(key)?.steps[stepId]?.name ?? stepId
  }
  const enrollments = []
  for (const { enrollment, journey } of entries) {
    const { id, journeyId, version, state } = enrollment
    const log = await db
      .select()
      .from(stepLog)
      .where(and(eq(stepLog.enrollmentId, id), eq(stepLog.leadId, lead.id)))
      .orderBy(desc(stepLog.id))
      .limit(limit)
    enrollments.push({
      id,
      journey: journey.key,
      version,
      status: enrollment.status,
      enteredAt: iso(enrollment.enteredAt),
      triggerId: enrollment.triggerId,
      step: { id: enrollment.stepId, name: await stepName(journeyId, version, enrollment.stepId) },
      since: iso(enrollment.since),
      waitsFor: state.rest?.reason ?? null,
      wakesOn: state.rest?.on ?? [],
      nextAt: iso(enrollment.wakeAt),
      finishedAt: iso(enrollment.finishedAt),
      goalMet: enrollment.goalMet,
      endedBecause: enrollment.exitReason ?? state.reason,
      error: enrollment.error,
      log: await Promise.all(
        log.map(async (line) => ({
          at: iso(line.leftAt),
          step: await stepName(journeyId, line.version, line.stepId),
          stepId: line.stepId,
          visit: line.visit,
          port: line.port,
          reason: line.reason,
        })),
      ),
    })
  }
  return {
    id: lead.id,
    name: [lead.firstName, lead.lastName].filter((part) => part !== null).join(' '),
    email: lead.email,
    company: lead.company,
    stage: lead.stage,
    attention: lead.attention,
    score: lead.score,
    zone: lead.zone,
    isTest: lead.isTest,
    /** What time it is for this lead. */
    now: new Date(toLeadTime(lead.clock, clock?.now ?? 0)).toISOString(),
    erased: lead.erasedAt !== null,
    doNot: { email: lead.doNotEmail, mail: lead.doNotMail, call: lead.doNotCall },
    ...extras,
    totals: Object.fromEntries(totals.map(({ type, count }) => [type, count])),
    enrollments,
    messages: messages.map((row) => ({
      id: row.id,
      at: iso(row.acceptedAt ?? row.notBefore ?? row.queuedAt),
      channel: row.channel,
      purpose: row.purpose,
      status: row.status,
      reason: row.reason,
      why: explainStoredReason(row.reason),
      subject: row.content.subject ?? '',
      asset: row.assetLineage,
      stepId: row.stepId,
    })),
    tasks: work.map((row) => ({
      id: row.id,
      kind: row.kind,
      title: row.title,
      status: row.status,
      reason: row.reason,
      dueAt: iso(row.dueAt),
      outcome: row.outcome,
    })),
  }
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString()
}
