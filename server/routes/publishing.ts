import { cancelMove as stopMoving } from '#activities/journeys/move-leads.ts'
import { cancelPublication as callOff, schedulePublication as schedule } from '#activities/journeys/publications.ts'
import { planPublish as plan } from '#activities/journeys/publish-plan.ts'
import type { EntrySchedules } from '#activities/entry/schedules.ts'
import type { Database } from '#db/client.ts'
import { listAuditRows } from '#db/repositories/audit-reads.ts'
import { countResults, findMove, listMoves, type JourneyMoveRow } from '#db/repositories/journey-moves.ts'
import { countByVersion, listVersions } from '#db/repositories/journey-reads.ts'
import { findPublication, listPublications } from '#db/repositories/publications.ts'
import { isZone } from '#engine/schedule/zone.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { z } from 'zod'
import {
  cancelMove,
  cancelPublication,
  getJourneyHistory,
  planPublish,
  schedulePublication,
  type JourneyMove,
  type Publication,
} from '../contract/publishing.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'
import { inProblems, presentIssue, refuseInvalid, withSchedules } from './publish-support.ts'

export interface PublishingDependencies {
  db: Database
  registry: StepRegistry
  schedules: EntrySchedules
  now: () => number
}

const aYearMs = 366 * 86_400_000

export function publishingRoutes(deps: PublishingDependencies): Implementation[] {
  const { db, registry, now } = deps
  return [
    implement(planPublish, async ({ params, body }) => {
      const { journey, baseVersion, isNew, issues, publishable, diff, inFlight, stillMoving, tests, existingMatches } =
        await inProblems(() => plan({ db, registry }, params.journey, body))
      type Diff = z.infer<(typeof planPublish.responses)[200]>['diff']
      return ok({
        revision: journey.draftRevision,
        baseVersion,
        status: journey.status,
        isNew,
        issues: issues.map(presentIssue),
        publishable,
        // What is undefined in it is absent on the wire.
        diff: JSON.parse(JSON.stringify(diff)) as Diff,
        inFlight,
        stillMoving,
        tests,
        existingMatches,
      })
    }),

    implement(schedulePublication, async ({ params, body }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const publishAt = new Date(body.publishAt)
      checkTime(publishAt, body.zone, now())
      const { enrolExisting, version, revision, baseVersion, note, policies, zone } = body
      const { result, scheduled } = await withSchedules(deps, (schedules) =>
        inProblems(() =>
          schedule(
            { db, registry, schedules },
            {
              journey: journey.id,
              actor,
              publishAt,
              zone,
              revision,
              baseVersion,
              note,
              policies,
              ...(enrolExisting === undefined ? {} : { enrolExisting }),
              ...(version === undefined ? {} : { version }),
            },
          ),
        ),
      )
      if (!result.scheduled) return refuseInvalid(journey.name, result.issues)
      return reply(201, { ...presentPublication(result.publication), scheduled })
    }),

    implement(cancelPublication, async ({ params }, { actor }) => {
      const { id: journeyId } = await requireJourney(db, params.journey)
      await inProblems(() => callOff({ db }, { journeyId, publicationId: params.id, actor }))
      const row = await findPublication(db, params.id)
      if (row === null) throw new HttpProblem('PUBLICATION_NOT_SCHEDULED', `"${params.id}" is gone.`)
      return ok(presentPublication(row))
    }),

    implement(cancelMove, async ({ params }, { actor }) => {
      const { id: journeyId } = await requireJourney(db, params.journey)
      await inProblems(() => stopMoving({ db }, { journeyId, moveId: params.id, actor }))
      const move = await findMove(db, params.id)
      if (move === null) throw new HttpProblem('MOVE_NOT_RUNNING', `"${params.id}" is gone.`)
      return ok(presentMove(move, await countResults(db, [move.id])))
    }),

    implement(getJourneyHistory, async ({ params }) => {
      const journey = await requireJourney(db, params.journey)
      const own = { subjectKind: 'journey', subjectId: journey.id }
      const newest = { limit: 50, beforeId: null }
      const [versions, here, publications, moves, restores, rollBacks] = await Promise.all([
        listVersions(db, journey.id),
        countByVersion(db, journey.id),
        listPublications(db, journey.id),
        listMoves(db, journey.id),
        listAuditRows(db, { ...own, action: 'journey.restore' }, newest),
        listAuditRows(db, { ...own, action: 'journey.roll_back' }, newest),
      ])
      const results = await countResults(
        db,
        moves.map(({ id }) => id),
      )
      const cameFrom = new Map(rollBacks.map(({ after }) => [numberIn(after, 'version'), numberIn(after, 'from')]))
      return ok({
        versions: versions.map(({ version, note, publishedBy, publishedAt }) => ({
          version,
          note,
          publishedBy,
          publishedAt: toInstant(publishedAt),
          isLive: version === journey.liveVersion,
          here: here.get(version) ?? 0,
          from: cameFrom.get(version) ?? null,
        })),
        publications: publications.map(presentPublication),
        moves: moves.map((move) => presentMove(move, results)),
        restores: restores.map(({ after, actor, at }) => ({
          version: numberIn(after, 'version') ?? 0,
          by: actor,
          at: toInstant(at),
        })),
      })
    }),
  ]
}

/** @throws {HttpProblem} PUBLISH_TIME_INVALID */
function checkTime(publishAt: Date, zone: string, now: number): void {
  if (!isZone(zone))
    throw new HttpProblem('PUBLISH_TIME_INVALID', `"${zone}" is no time zone; write one such as "Europe/Berlin".`)
  const ahead = publishAt.getTime() - now
  if (ahead <= 0)
    throw new HttpProblem(
      'PUBLISH_TIME_INVALID',
      `${toInstant(publishAt)} has passed; choose a later time, or publish now.`,
    )
  if (ahead > aYearMs)
    throw new HttpProblem('PUBLISH_TIME_INVALID', `${toInstant(publishAt)} is more than a year ahead.`)
}

function numberIn(json: unknown, key: string): number | null {
  const value = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[key] : null
  return typeof value === 'number' ? value : null
}

function presentPublication(row: Awaited<ReturnType<typeof listPublications>>[number]): Publication {
  const { id, status, publishAt, zone, note, fromVersion, baseVersion, policies, version, problem, requestedBy } = row
  return {
    id,
    status,
    publishAt: toInstant(publishAt),
    zone,
    note,
    fromVersion,
    baseVersion,
    policies,
    version,
    problem,
    requestedBy,
    at: toInstant(row.createdAt),
    finishedAt: toInstantOrNull(row.finishedAt),
  }
}

function presentMove(row: JourneyMoveRow, results: Awaited<ReturnType<typeof countResults>>): JourneyMove {
  const { id, version, status, requestedBy, policies, counted } = row
  return {
    id,
    version,
    status,
    requestedBy,
    at: toInstant(row.createdAt),
    finishedAt: toInstantOrNull(row.finishedAt),
    policies: policies.map((policy, index) => {
      const own = results.filter((result) => result.moveId === id && result.policy === index)
      const of = (wanted: string | null): number => own.find(({ result }) => result === wanted)?.count ?? 0
      return {
        ...policy,
        counted: counted[index] ?? 0,
        tests: own.reduce((sum, { tests }) => sum + tests, 0),
        moved: of('moved'),
        exited: of('exited'),
        left: of('left'),
        refused: of('refused'),
        cancelled: of('cancelled'),
        open: of(null),
      }
    }),
  }
}
