import type { EntrySchedules } from '#activities/entry/schedules.ts'
import { compileJourney } from '#activities/journeys/compile-journey.ts'
import { createJourney as create, restoreVersion, saveDraft as save } from '#activities/journeys/drafts.ts'
import { countExistingMatches, publishJourney as publish } from '#activities/journeys/publish.ts'
import { archiveJourney, pauseJourney, resumeJourney } from '#activities/journeys/status.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { isPublishable } from '#engine/issues.ts'
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
} from '../contract/drafts.ts'
import { toInstant } from '../present.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'
import { inProblems, presentIssue, refuseInvalid, withSchedules } from './publish-support.ts'

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

    implement(publishJourney, async ({ params, body, headers }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const { note, enrolExisting, policies, baseVersion, version: older, despiteTestCases, resume } = body
      const once = headers['idempotency-key']
      const wish = {
        journey: journey.id,
        actor,
        note,
        revision: body.revision,
        policies,
        despiteTestCases,
        resume,
        ...(enrolExisting === undefined ? {} : { enrolExisting }),
        ...(baseVersion === undefined ? {} : { baseVersion }),
        ...(older === undefined ? {} : { source: { version: older } }),
        ...(once === undefined ? {} : { once }),
      }
      const { result, scheduled } = await withSchedules(deps, (schedules) =>
        inProblems(() => publish({ ...deps, schedules }, wish)),
      )
      if (!result.published) return refuseInvalid(journey.name, result.issues)
      const { version, hash, isNew, moveId, issues } = result
      return ok({ version, hash, isNew, moveId, issues: issues.map(presentIssue), scheduled })
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
