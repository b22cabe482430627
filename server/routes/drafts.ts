import { setTimeout as pause } from 'node:timers/promises'
import type { EntrySchedules } from '#activities/entry/schedules.ts'
import { compileJourney } from '#activities/journeys/compile-journey.ts'
import { createJourney as create, restoreVersion, saveDraft as save } from '#activities/journeys/drafts.ts'
import { DraftConflict, JourneyNotFound, JourneyStateConflict } from '#activities/journeys/errors.ts'
import { countExistingMatches, publishJourney as publish } from '#activities/journeys/publish.ts'
import { archiveJourney, pauseJourney, resumeJourney } from '#activities/journeys/status.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import {
  changeJourneyStatus,
  checkJourney,
  createJourney,
  getDraft,
  publishJourney,
  restoreJourneyVersion,
  saveDraft,
  type Draft,
  type DraftIssue,
} from '../contract/drafts.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'

export interface DraftDependencies {
  db: Database
  registry: StepRegistry
  poker: Poker
  /** Temporal's schedules. */
  schedules: EntrySchedules
}

export function draftRoutes(deps: DraftDependencies): Implementation[] {
  const { db, registry } = deps
  return [
    implement(createJourney, async ({ body }, { actor }) => {
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const row = await inProblems(() => create(db, { ...given, name: body.name }, actor))
      return reply(201, presentDraft(row))
    }),

    implement(getDraft, async ({ params }) => ok(presentDraft(await requireJourney(db, params.journey)))),

    implement(saveDraft, async ({ params, body: { baseRevision, ...draft } }, { actor }) => {
      const row = await inProblems(() => save(db, { journey: params.journey, baseRevision, draft, actor }))
      return ok({ revision: row.draftRevision, updatedAt: toInstant(row.updatedAt) })
    }),

    implement(checkJourney, async ({ params, body }) => {
      const journey = await requireJourney(db, params.journey)
      const { issues } = await compileJourney(db, { graph: body.graph ?? journey.draftGraph, registry })
      const existingMatches = body.graph === undefined ? await countExistingMatches({ db, registry }, journey.id) : null
      return ok({ issues: issues.map(presentIssue), publishable: isPublishable(issues), existingMatches })
    }),

    implement(publishJourney, async ({ params, body }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const { note, enrolExisting } = body
      const request = { journey: journey.id, actor, note, revision: body.revision }
      const wish = enrolExisting === undefined ? request : { ...request, enrolExisting }
      const { result, scheduled } = await withSchedules(deps, (schedules) =>
        inProblems(() => publish({ ...deps, schedules }, wish)),
      )
      if (!result.published) {
        const { length } = result.issues.filter(({ severity }) => severity === 'error')
        throw new HttpProblem(
          'JOURNEY_INVALID',
          `"${journey.name}" has ${String(length)} problem${length === 1 ? '' : 's'} to solve before it can be published.`,
          {
            issues: result.issues.map(({ nodeId, path, ...issue }) => ({
              ...issue,
              path: [...(nodeId ? [nodeId] : []), ...path],
            })),
          },
        )
      }
      const { version, hash, isNew, issues } = result
      return ok({ version, hash, isNew, issues: issues.map(presentIssue), scheduled })
    }),

    implement(changeJourneyStatus, async ({ params, body }, { actor }) => {
      const { action, reason, exitLeads } = body
      const request = { journey: params.journey, actor, reason }
      const { result, scheduled } = await withSchedules(deps, (schedules) =>
        inProblems(async () => {
          const own = { ...deps, schedules }
          if (action === 'archive') return archiveJourney(own, { ...request, exitLeads })
          await (action === 'pause' ? pauseJourney(own, request) : resumeJourney(own, request))
          return { exited: 0 }
        }),
      )
      const { status } = await requireJourney(db, params.journey)
      return ok({ status, exited: result.exited, scheduled })
    }),

    implement(restoreJourneyVersion, async ({ params, body: { baseRevision } }, { actor }) => {
      const { journey, version } = params
      return ok(presentDraft(await inProblems(() => restoreVersion(db, { journey, version, baseRevision, actor }))))
    }),
  ]
}

/** How long a person waits for Temporal's schedules; the call itself goes on. */
const scheduleWaitMs = 3000

/**
 * The database decides; Temporal's schedules follow. When Temporal is away, what was decided stands, and `scheduled` is
 * false: the next publish, or a worker's start, brings the schedules in line.
 */
async function withSchedules<Result>(
  { schedules }: DraftDependencies,
  work: (schedules: EntrySchedules) => Promise<Result>,
): Promise<{ result: Result; scheduled: boolean }> {
  let scheduled = true
  const tolerant = <Args extends unknown[]>(call: (...args: Args) => Promise<void>) => {
    return async (...args: Args): Promise<void> => {
      const done = call(...args).then(
        () => true,
        () => false,
      )
      const inTime = await Promise.race([done, pause(scheduleWaitMs, false, { ref: false })])
      if (!inTime) scheduled = false
    }
  }
  const result = await work({
    ...schedules,
    sync: tolerant((journeyId: string) => schedules.sync(journeyId)),
    startSweep: tolerant((sweepId: string) => schedules.startSweep(sweepId)),
  })
  return { result, scheduled }
}

async function inProblems<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof JourneyNotFound || error instanceof JourneyStateConflict || error instanceof DraftConflict) {
      throw new HttpProblem(error.code, error.message)
    }
    throw error
  }
}

function presentDraft(row: Awaited<ReturnType<typeof requireJourney>>): Draft {
  const { id, key, name, description, status, liveVersion } = row
  return {
    id,
    key,
    name,
    description,
    status,
    liveVersion,
    revision: row.draftRevision,
    graph: row.draftGraph,
    layout: row.draftLayout,
    updatedAt: toInstant(row.updatedAt),
  }
}

function presentIssue({ code, severity, nodeId, path, message, hint }: Issue): DraftIssue {
  return {
    code,
    severity,
    path: [...path],
    message,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(hint === undefined ? {} : { hint }),
  }
}
