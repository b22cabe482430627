/** May this lead be called at this moment? Asked when a call is worked, by the gate that everything else asks, too. */
import { and, eq } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import { decideDelivery } from '#engine/gate/gate.ts'
import type { GateDecision } from '#engine/gate/types.ts'
import { settingsSchema, type JourneySettings } from '#engine/graph/schema.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { describeGateReason } from '#engine/steps/gate-reasons.ts'
import type { Queryable } from '#db/client.ts'
import { readCallLists } from '#db/repositories/call-lists.ts'
import type { LeadRow } from '#db/repositories/facts.ts'
import { createSettingsCache, loadGateFacts, settingsKey } from '#db/repositories/gate-facts.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { refuse, type TaskRefusal } from './with-task.ts'
import type { TaskRow } from './record-assignment.ts'

const settingsOf = createSettingsCache()

/** The gate's word on a call to this lead at `now`, in the lead's own clock, with the settings of the task's journey. */
export async function decideCall(
  tx: Queryable,
  task: Pick<TaskRow, 'enrollmentId'>,
  lead: LeadRow,
  now: Instant,
): Promise<GateDecision> {
  const settings = await readSettings(tx, task)
  const [known, callLists] = await Promise.all([
    loadGateFacts(tx, [{ row: lead, since: now }]),
    readCallLists(tx, lead),
  ])
  const facts = known.get(lead.id)
  if (facts === undefined) throw new Error(`No facts of lead "${lead.id}" were read.`)
  return decideDelivery(
    { channel: 'phone', purpose: 'nurture', now, staleAt: null, overCap: 'defer' },
    {
      facts: { ...facts, callLists },
      library: await readLibrary(tx),
      settings,
      zone: zoneOr(lead.zone, settings.zone),
    },
  )
}

/**
 * CALL_REFUSED (do-not-call, suppression) or CALL_NOT_NOW (outside the hours the law allows where the lead is, or in the
 * cool-off after a download) with the reason; null when the lead may be called.
 */
export async function refuseCall(
  tx: Queryable,
  task: Pick<TaskRow, 'enrollmentId'>,
  lead: LeadRow,
  now: Instant,
): Promise<TaskRefusal | null> {
  const decision = await decideCall(tx, task, lead, now)
  if (decision.verdict === 'queued') return null
  const why = describeGateReason(decision.reason)
  if (decision.verdict === 'skipped') return refuse('CALL_REFUSED', `The lead must not be called: ${why}.`)
  const at = new Date(decision.notBefore).toISOString()
  return refuse('CALL_NOT_NOW', `The lead may not be called now: ${why}. From ${at} on it may.`)
}

async function readSettings(tx: Queryable, { enrollmentId }: Pick<TaskRow, 'enrollmentId'>): Promise<JourneySettings> {
  const standard = settingsSchema.parse({})
  if (enrollmentId === null) return standard
  const [row] = await tx
    .select({ journeyId: enrollments.journeyId, version: enrollments.version })
    .from(enrollments)
    .where(and(eq(enrollments.id, enrollmentId)))
  if (row === undefined) return standard
  const known = await settingsOf.read(tx, [row])
  return known.get(settingsKey(row.journeyId, row.version)) ?? standard
}
