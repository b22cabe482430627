/** What becomes of each message that is due: the gate once more, and what only the present can tell. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { toRealTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import { decideDelivery } from '#engine/gate/gate.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import { dayMs } from '#engine/schedule/calendar.ts'
import { durationToMs } from '#engine/schedule/duration.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import { lookUp } from '#engine/steps/lookup.ts'
import type { GateReason } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import type { deliveries } from '../schema/deliveries.ts'
import { leadInputs } from '../schema/inputs.ts'
import { enrollments, journeys } from '../schema/journeys.ts'
import type { ClaimOutcome } from './claim-outcomes.ts'
import { noticePrefix } from './deliveries.ts'
import { loadGateFacts, settingsKey, type GateFacts, type SettingsCache } from './gate-facts.ts'
import type { LockedLead } from './lead-locks.ts'

type DeliveryRow = typeof deliveries.$inferSelect

/** A held row is looked at again after this long, unless `releaseHeld` comes first. */
const holdMs = 60_000

/** The enrollment a message belongs to, with its journey. */
export interface ClaimedEnrollment {
  id: string
  status: (typeof enrollments.$inferSelect)['status']
  journeyId: string
  version: number
  properties: (typeof enrollments.$inferSelect)['properties']
  journeyKey: string
  journeyName: string
  journeyStatus: (typeof journeys.$inferSelect)['status']
}

/** Everything `judge` looks at. */
export interface JudgeContext {
  leads: Map<string, LockedLead>
  facts: Map<string, GateFacts>
  enrollments: Map<string, ClaimedEnrollment>
  /** Enrollments with a pause or exit that a person has asked for and no turn has applied yet. */
  stopping: ReadonlySet<string>
  settings: Map<string, JourneySettings>
  library: Library
}

/** Reads what `judge` looks at, for rows of locked leads: a handful of statements. */
export async function loadJudgeContext(
  tx: Transaction,
  rows: readonly DeliveryRow[],
  locked: Map<string, LockedLead>,
  library: Library,
  settings: SettingsCache,
): Promise<JudgeContext> {
  const { caps, preferences } = library.policy
  const chosen = preferences.cadences.flatMap(({ atMost }) => (atMost === undefined ? [] : [atMost]))
  const longestCapMs = Math.max(0, ...[...caps, ...chosen].map((cap) => durationToMs(cap.within)))
  const since = new Map<string, Instant>()
  for (const row of rows) {
    const at = instantOf(row, locked)
    since.set(row.leadId, Math.min(since.get(row.leadId) ?? Infinity, at - longestCapMs * 1.1 - 3 * dayMs))
  }
  const asked = [...since].map(([leadId, from]) => ({ row: known(locked.get(leadId)).row, since: from }))
  const [facts, enrollmentRows, stopping] = await Promise.all([
    loadGateFacts(tx, asked),
    readEnrollments(tx, rows),
    readStopping(tx, [...since.keys()]),
  ])
  return {
    leads: locked,
    facts,
    enrollments: new Map(enrollmentRows.map((row) => [row.id, row])),
    stopping,
    settings: await settings.read(tx, enrollmentRows),
    library,
  }
}

function readEnrollments(tx: Transaction, rows: readonly DeliveryRow[]): Promise<ClaimedEnrollment[]> {
  return tx
    .select({
      id: enrollments.id,
      status: enrollments.status,
      journeyId: enrollments.journeyId,
      version: enrollments.version,
      properties: enrollments.properties,
      journeyKey: journeys.key,
      journeyName: journeys.name,
      journeyStatus: journeys.status,
    })
    .from(enrollments)
    .innerJoin(journeys, eq(journeys.id, enrollments.journeyId))
    .where(inArray(enrollments.id, [...new Set(rows.map((row) => row.enrollmentId))]))
}

/** Pause and exit bind from the moment they are answered, not from the turn that applies them. */
async function readStopping(tx: Transaction, leadIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx
    .select({ enrollmentId: sql<string>`${leadInputs.payload} ->> 'enrollmentId'` })
    .from(leadInputs)
    .where(
      and(
        inArray(leadInputs.leadId, [...leadIds]),
        sql`${leadInputs.consumedAt} is null`,
        eq(leadInputs.kind, 'control'),
        sql`${leadInputs.payload} ->> 'action' in ('pause', 'exit')`,
      ),
    )
  return new Set(rows.map((row) => row.enrollmentId))
}

/** The instant the gate is asked about. */
function instantOf(row: DeliveryRow, locked: Map<string, LockedLead>): Instant {
  if (row.isTest) return Math.max(row.queuedAt.getTime(), row.notBefore?.getTime() ?? -Infinity)
  return known(locked.get(row.leadId)).now
}

function whyStopped(
  row: DeliveryRow,
  enrollment: ClaimedEnrollment,
  { stopping }: JudgeContext,
  at: Instant,
): ClaimOutcome | null {
  const held = (reason: GateReason): ClaimOutcome => ({ kind: 'held', row, reason, forMs: holdMs })
  if (enrollment.status === 'exited') return { kind: 'ended', row, status: 'cancelled', reason: 'enrollment_ended', at }
  if (enrollment.journeyStatus === 'archived')
    return { kind: 'ended', row, status: 'cancelled', reason: 'journey_off', at }
  if (enrollment.status === 'paused' || enrollment.status === 'parked') return held('enrollment_paused')
  if (stopping.has(row.enrollmentId)) return { kind: 'held', row, reason: 'enrollment_paused', forMs: 2000 }
  if (enrollment.journeyStatus !== 'live' && !(row.isTest && enrollment.journeyStatus === 'draft'))
    return held('journey_off')
  return null
}

/** What becomes of one row. Marks it in the lead's facts, so that the lead's next row in this batch counts it. */
export function judge(row: DeliveryRow, context: JudgeContext): ClaimOutcome {
  const at = instantOf(row, context.leads)
  const enrollment = context.enrollments.get(row.enrollmentId)
  const held = (reason: GateReason): ClaimOutcome => ({ kind: 'held', row, reason, forMs: holdMs })
  if (enrollment === undefined) return { kind: 'ended', row, status: 'cancelled', reason: 'enrollment_ended', at }
  // Colleagues are told whatever becomes of the journey.
  const stopped = row.stepId.startsWith(noticePrefix) ? null : whyStopped(row, enrollment, context, at)
  if (stopped !== null) return stopped
  const { row: lead } = known(context.leads.get(row.leadId))
  const facts = known(context.facts.get(row.leadId))
  const settings = context.settings.get(settingsKey(enrollment.journeyId, enrollment.version))
  if (settings === undefined) return held('journey_off')
  const decision = decideDelivery(
    {
      channel: row.channel,
      purpose: row.purpose,
      now: at,
      topics: topicsOf(row, context.library),
      staleAt: row.staleAt?.getTime() ?? null,
      overCap: row.overCap,
      exclude: { countedAt: row.countedAt.getTime() },
    },
    { facts, library: context.library, settings, zone: zoneOr(lead.zone, settings.zone) },
  )
  const own = facts.deliveries.find(
    (delivery) =>
      delivery.countedAt === row.countedAt.getTime() &&
      delivery.channel === row.channel &&
      delivery.purpose === row.purpose &&
      delivery.status === row.status,
  )
  if (decision.verdict === 'queued') {
    if (own !== undefined) Object.assign(own, { status: 'sending', countedAt: at })
    return { kind: 'send', row, at }
  }
  const { reason } = decision
  if (decision.verdict === 'deferred') {
    const { notBefore } = decision
    if (own !== undefined) own.countedAt = notBefore
    return { kind: 'deferred', row, reason, notBefore, claimableAt: toRealTime(lead.clock, notBefore) }
  }
  if (own !== undefined) own.status = 'skipped'
  // What a provider may already have taken is not un-counted.
  return { kind: 'ended', row, status: row.status === 'unknown' ? 'cancelled' : 'skipped', reason, at }
}

/** What a message is about, as its asset stands now. */
function topicsOf({ content: { assetKey } }: DeliveryRow, { assets }: Library): readonly string[] {
  return assetKey === undefined ? [] : (lookUp(assets, assetKey)?.topics ?? [])
}

/** A row that a foreign key promises. */
export function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A claimed delivery refers to a row that is not there.')
  return value
}
