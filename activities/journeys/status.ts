/** Pausing, resuming and archiving a journey as a whole. */
import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '#db/client.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { auditJourney, lockJourney, setJourneyStatus } from '#db/repositories/journeys.ts'
import { cancelPublications } from '#db/repositories/publications.ts'
import { transact } from '#db/transact.ts'
import { triggerMembers } from '#db/schema/inputs.ts'
import { enrollments, journeyTriggers } from '#db/schema/journeys.ts'
import { findEnrollments, requestControl } from '../controls/request-control.ts'
import type { Poker } from '../poker.ts'
import { JourneyNotFound, JourneyStateConflict } from './errors.ts'
import { letHeldGo, pokeHeld } from './held.ts'
import type { JourneyDependencies } from './publish.ts'

export interface StatusRequest {
  /** Key or id. */
  journey: string
  actor: string
  /** Why; kept in the audit. @default '' */
  reason?: string
}

type StatusDependencies = Pick<JourneyDependencies, 'db' | 'schedules'> & { poker: Poker }

/**
 * Nobody enters and nobody moves until `resumeJourney`; the mailroom's gate refuses the journey's messages from the
 * moment this commits. Schedules that fire meanwhile are skipped.
 */
export async function pauseJourney(deps: StatusDependencies, request: StatusRequest): Promise<{ journeyId: string }> {
  const journeyId = await changeStatus(deps, request, 'live', 'paused', 'pause')
  await deps.schedules?.sync(journeyId)
  return { journeyId }
}

/**
 * What fell due during the pause happens now, and so do entries that were waiting. Who began to match a watched segment
 * meanwhile enters at the next sweep; dates up to 24 hours back are made up for, older ones are not.
 */
export async function resumeJourney(deps: StatusDependencies, request: StatusRequest): Promise<{ journeyId: string }> {
  const journeyId = await changeStatus(deps, request, 'paused', 'live', 'resume', async (tx, id) => {
    await tx
      .update(journeyTriggers)
      .set({ firedUntil: null })
      .where(sql`${journeyTriggers.journeyId} = ${id} and ${journeyTriggers.kind} = 'segment_entered'`)
    await letHeldGo(tx, id)
  })
  await deps.schedules?.sync(journeyId)
  await pokeHeld(deps, journeyId)
  return { journeyId }
}

/**
 * Puts a journey away. Leads that are still in it leave (`exitLeads`), or the call is refused: an archived journey moves
 * nobody. Publishes that wait for their instant are called off.
 *
 * @throws {JourneyStateConflict} when leads are in it and `exitLeads` is not set.
 */
export async function archiveJourney(
  deps: StatusDependencies,
  request: StatusRequest & { exitLeads?: boolean },
): Promise<{ journeyId: string; exited: number }> {
  const journey = await findJourney(deps.db, request.journey)
  if (journey === null) throw new JourneyNotFound(request.journey)
  const [open] = await deps.db
    .select({ count: sql<number>`count(*)::int` })
    .from(enrollments)
    .where(sql`${enrollments.journeyId} = ${journey.id} and ${enrollments.status} in ('active', 'paused', 'parked')`)
  if ((open?.count ?? 0) > 0 && request.exitLeads !== true) {
    throw new JourneyStateConflict(
      journey.key,
      `${String(open?.count)} leads are still in journey "${journey.key}"; let them finish, or archive it with their exit.`,
    )
  }
  const journeyId = await changeStatus(deps, request, null, 'archived', 'archive', async (tx, id) => {
    await tx.execute(sql`delete from ${triggerMembers} where trigger_key like ${`${id}:%`}`)
    await tx.delete(journeyTriggers).where(eq(journeyTriggers.journeyId, id))
    for (const publicationId of await cancelPublications(tx, id)) {
      const after = { publicationId, reason: 'The journey was archived.' }
      await auditJourney(tx, { actor: request.actor, action: 'publish_cancelled', journeyId: id, after })
    }
  })
  await deps.schedules?.sync(journeyId)
  let exited = 0
  for (let after: string | undefined; ;) {
    const enrollmentIds = await findEnrollments(deps.db, {
      journeyId,
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    after = enrollmentIds.at(-1)
    if (after === undefined) return { journeyId, exited }
    const reason = request.reason ?? 'The journey was archived.'
    const { requested } = await requestControl(deps, { action: 'exit', enrollmentIds, reason, actor: request.actor })
    exited += requested
  }
}

async function changeStatus(
  { db }: StatusDependencies,
  request: StatusRequest,
  from: 'live' | 'paused' | null,
  to: 'live' | 'paused' | 'archived',
  action: string,
  also?: (tx: Transaction, journeyId: string) => PromiseLike<unknown>,
): Promise<string> {
  return transact(db, async (tx) => {
    const found = await findJourney(tx, request.journey)
    const journey = found === null ? null : await lockJourney(tx, found.id)
    if (journey === null) throw new JourneyNotFound(request.journey)
    if (journey.status === to) return journey.id
    if (from !== null && journey.status !== from) {
      throw new JourneyStateConflict(journey.key, `Journey "${journey.key}" is "${journey.status}", not "${from}".`)
    }
    await setJourneyStatus(tx, journey.id, to)
    await also?.(tx, journey.id)
    await auditJourney(tx, {
      actor: request.actor,
      action,
      journeyId: journey.id,
      before: { status: journey.status },
      after: { status: to, reason: request.reason ?? '' },
    })
    return journey.id
  })
}
