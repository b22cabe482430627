/** Publishing at an instant: written down as it was looked at, checked again when its time comes. */
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import { checkPolicies } from '#engine/publishing/policies.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import type { Database, Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { auditJourney, lockJourney } from '#db/repositories/journeys.ts'
import { findPeople } from '#db/repositories/people.ts'
import { addPublication, endPublication, findPublication, type PublicationRow } from '#db/repositories/publications.ts'
import { notifications } from '#db/schema/people.ts'
import { transact } from '#db/transact.ts'
import { compileJourney } from './compile-journey.ts'
import {
  DraftConflict,
  JourneyNotFound,
  JourneyStateConflict,
  LiveVersionChanged,
  PoliciesInvalid,
  PublicationNotScheduled,
  TestCasesFailed,
} from './errors.ts'
import { publishJourney, refuseToRevive, type JourneyDependencies } from './publish.ts'

export interface ScheduleRequest {
  /** Key or id. */
  journey: string
  actor: string
  publishAt: Date
  /** IANA zone the instant was chosen in. */
  zone: string
  /** The draft's revision that was looked at. */
  revision: number
  baseVersion: number | null
  note: string
  policies: readonly LeadPolicy[]
  enrolExisting?: boolean
  /** An older version that comes back, in place of the draft. */
  version?: number
}

export type ScheduleResult = { scheduled: false; issues: Issue[] } | { scheduled: true; publication: PublicationRow }

/**
 * Schedules what would be published now. The draft may be worked on afterwards: what was looked at is what goes live.
 *
 * @throws {JourneyNotFound} {DraftConflict} {LiveVersionChanged} {PoliciesInvalid}
 * @throws {JourneyStateConflict} when the journey is paused or archived: who revives it does so on the spot.
 */
export async function schedulePublication(
  { db, registry, schedules }: JourneyDependencies,
  request: ScheduleRequest,
): Promise<ScheduleResult> {
  const result = await transact(db, async (tx): Promise<ScheduleResult> => {
    const found = await findJourney(tx, request.journey)
    const journey = found === null ? null : await lockJourney(tx, found.id)
    if (journey === null) throw new JourneyNotFound(request.journey)
    if (request.revision !== journey.draftRevision)
      throw new DraftConflict(journey.key, request.revision, journey.draftRevision)
    if (request.baseVersion !== journey.liveVersion)
      throw new LiveVersionChanged(journey.key, request.baseVersion, journey.liveVersion)
    refuseToRevive(journey)
    const older = request.version === undefined ? null : await findVersion(tx, journey.id, request.version)
    if (request.version !== undefined && older === null)
      throw new JourneyNotFound(`${journey.key}, version ${String(request.version)}`)
    const graph = older?.graph ?? journey.draftGraph
    const { definition, issues } = await compileJourney(tx, { graph, registry })
    if (definition === null || !isPublishable(issues)) return { scheduled: false, issues }
    const refused = checkPolicies(request.policies, new Set(Object.keys(definition.steps)))
    if (refused.length > 0) throw new PoliciesInvalid(refused)
    const publication = await addPublication(tx, {
      journeyId: journey.id,
      graph,
      layout: older?.layout ?? journey.draftLayout,
      revision: older === null ? journey.draftRevision : null,
      fromVersion: request.version ?? null,
      baseVersion: journey.liveVersion,
      note: request.note,
      policies: [...request.policies],
      enrolExisting: request.enrolExisting ?? null,
      publishAt: request.publishAt,
      zone: request.zone,
      requestedBy: request.actor,
    })
    await auditJourney(tx, {
      actor: request.actor,
      action: 'publish_scheduled',
      journeyId: journey.id,
      before: { version: journey.liveVersion },
      after: { publicationId: publication.id, publishAt: request.publishAt.toISOString(), zone: request.zone },
    })
    return { scheduled: true, publication }
  })
  if (result.scheduled) await schedules?.startPublication(result.publication.id, request.publishAt.getTime())
  return result
}

/** Calls a scheduled publish off. @throws {PublicationNotScheduled} */
export async function cancelPublication(
  { db }: { db: Database },
  { journeyId, publicationId, actor }: { journeyId: string; publicationId: string; actor: string },
): Promise<void> {
  await transact(db, async (tx) => {
    const publication = await findPublication(tx, publicationId)
    const isOurs = publication?.journeyId === journeyId
    if (!isOurs || !(await endPublication(tx, publicationId, { status: 'cancelled' })))
      throw new PublicationNotScheduled(publicationId)
    await auditJourney(tx, { actor, action: 'publish_cancelled', journeyId, after: { publicationId } })
  })
}

/**
 * Publishes what is due, once. What has problems by now, was overtaken by another publish, or whose journey is paused by
 * now, stays unpublished: it is written down why, audited, and who asked for it is told.
 */
export async function publishScheduled(deps: JourneyDependencies, publicationId: string): Promise<void> {
  const { db } = deps
  const publication = await findPublication(db, publicationId)
  if (publication?.status !== 'scheduled') return
  const { journeyId, graph, layout, note, policies, enrolExisting, baseVersion, requestedBy } = publication
  try {
    const result = await publishJourney(deps, {
      journey: journeyId,
      actor: requestedBy,
      note,
      policies,
      baseVersion,
      source: { graph, layout, publicationId },
      ...(enrolExisting === null ? {} : { enrolExisting }),
    })
    if (result.published) return
    const errors = result.issues.filter(({ severity }) => severity === 'error')
    const message = `${errors.length === 1 ? 'A problem has' : `${String(errors.length)} problems have`} come up since: ${errors[0]?.message ?? ''}`
    await failPublication(db, publication, { code: 'JOURNEY_INVALID', message })
  } catch (error) {
    if (error instanceof PublicationNotScheduled) return
    const isFinal =
      error instanceof TestCasesFailed ||
      error instanceof LiveVersionChanged ||
      error instanceof PoliciesInvalid ||
      error instanceof JourneyStateConflict ||
      error instanceof JourneyNotFound
    // Anything else is trouble of the moment: the activity is tried again.
    if (!isFinal) throw error
    await failPublication(db, publication, { code: error.code, message: error.message })
  }
}

async function failPublication(
  db: Database,
  publication: PublicationRow,
  problem: { code: string; message: string },
): Promise<void> {
  await transact(db, async (tx) => {
    if (!(await endPublication(tx, publication.id, { status: 'failed', problem }))) return
    await auditJourney(tx, {
      actor: publication.requestedBy,
      action: 'publish_failed',
      journeyId: publication.journeyId,
      before: { version: publication.baseVersion },
      after: { publicationId: publication.id, ...problem },
    })
    await tellWhoAsked(tx, publication, problem.message)
  })
}

/** In their list of notices, once. A key that asked has no list; the journey's history shows it to everybody. */
async function tellWhoAsked(tx: Transaction, publication: PublicationRow, message: string): Promise<void> {
  const key = publication.requestedBy.replace(/^user:/, '')
  const person = (await findPeople(tx, [key])).get(key)
  const journey = await findJourney(tx, publication.journeyId)
  if (person === undefined || journey === null) return
  await tx
    .insert(notifications)
    .values({
      id: newId(),
      key: `publication:${publication.id}`,
      person: person.key,
      kind: 'publish_failed',
      subject: `"${journey.name}" was not published`,
      body: message,
      path: `/journeys/${journey.key}?sheet=history`,
      webhook: person.notifications.webhookUrl === null ? 'none' : 'queued',
      webhookDueAt: person.notifications.webhookUrl === null ? null : new Date(),
    })
    .onConflictDoNothing()
}
