/** The activities of the `segments` queue, over their dependencies. */
import { Context } from '@temporalio/activity'
import type { Database } from '#db/client.ts'
import { createLibraryCache, libraryRevision } from '#db/repositories/library.ts'
import { findTestRun, markRunFinished } from '#db/repositories/test-runs.ts'
import { createStepRegistry, type StepRegistry } from '#engine/steps/catalogue.ts'
import type { EntryActivities, PublishingActivities, TaskActivities } from '../contract.ts'
import { moveLeads, type MoveDependencies } from '../journeys/move-leads.ts'
import { publishScheduled } from '../journeys/publications.ts'
import type { Poker } from '../poker.ts'
import { sweepConsents } from '../compliance/consent-sweep.ts'
import { tendTasks, type KeeperDependencies } from '../tasks/tend-tasks.ts'
import { reconcile } from './reconcile.ts'
import type { EntrySchedules } from './schedules.ts'
import { beginSweep, sweepPages, type SweepDependencies, type SweepRun } from './sweep.ts'
import { awaitTestLeads, fireTestTriggers, nextTestFiring, releaseTestClock } from './test-run.ts'
import { sweepTriggers } from './trigger-sweep.ts'

export interface EntryDependencies
  extends
    Pick<SweepDependencies, 'pokesPerSecond' | 'pageSize' | 'afterPage'>,
    Pick<MoveDependencies, 'movePageSize' | 'afterMovePage'> {
  db: Database
  poker: Poker
  schedules: EntrySchedules
  /** The present step types, for what is published at an instant. @default the built-in ones */
  registry?: () => StepRegistry
  /** Called when the reconciler had to rescue leads: a metric and a warning. */
  onRescue?: (counts: { pokes: number; overdue: number; sweeps: number }) => void
  /** Called for a task or a webhook to a person that could not be dealt with. */
  onTaskFailure?: KeeperDependencies['onFailure']
}

function keeperFailures({
  onTaskFailure,
}: Pick<EntryDependencies, 'onTaskFailure'>): Pick<KeeperDependencies, 'onFailure'> {
  return onTaskFailure === undefined ? {} : { onFailure: onTaskFailure }
}

/** Activities that bring leads into journeys. All are safe to run again after a kill. */
export function createEntryActivities(
  dependencies: EntryDependencies,
): EntryActivities & TaskActivities & PublishingActivities {
  const deps = { ...dependencies, libraries: createLibraryCache() }
  const { registry = () => createStepRegistry() } = dependencies
  return {
    beginSweep: (occasion) => beginSweep(deps, occasion, Date.now()),
    sweepPages: ({ sweepId }) => withHeartbeat(() => sweepPages(deps, sweepId, activityRun())),
    sweepTriggers: () =>
      withHeartbeat(async () => {
        const [triggers, consents] = await Promise.allSettled([sweepTriggers(deps), tellConsents(deps)])
        // Neither keeps the other from its turn.
        if (consents.status === 'rejected') throw consents.reason
        if (triggers.status === 'rejected') throw triggers.reason
        return triggers.value
      }),
    moveLeads: ({ moveId }) => withHeartbeat(() => moveLeads(deps, moveId, activityRun())),
    publishScheduled: ({ publicationId }) => publishScheduled({ ...deps, registry: registry() }, publicationId),
    reconcile: () => reconcile(deps, () => Context.current().heartbeat()),
    tendTasks: () => withHeartbeat(() => tendTasks({ db: deps.db, ...keeperFailures(deps) })),
    nextTestFiring: (input) => nextTestFiring(deps, input),
    awaitTestLeads: (input) => awaitTestLeads(deps, input, activityRun()),
    fireTestTriggers: (input) => withHeartbeat(() => fireTestTriggers(deps, input, activityRun())),
    releaseTestClock: (input) => releaseTestClock(deps, input),
    finishTestRun: ({ testRunId }) => markRunFinished(deps.db, testRunId),
    startOfTestRun: async ({ testRunId }) => (await findTestRun(deps.db, testRunId))?.clock.virtualStart ?? 0,
  }
}

async function tellConsents({
  db,
  poker,
  libraries,
}: Pick<EntryDependencies, 'db' | 'poker'> & { libraries: ReturnType<typeof createLibraryCache> }): Promise<void> {
  await sweepConsents({ db, poker }, await libraries.get(db, await libraryRevision(db)))
}

/** Pacing and progress of an activity; its sleep ends when the worker shuts down or the workflow is cancelled. */
function activityRun(): SweepRun {
  const context = Context.current()
  return {
    heartbeat: (detail) => context.heartbeat(detail),
    sleep: (ms) => context.sleep(ms),
    now: Date.now,
  }
}

const heartbeatMs = 5000

/** For work whose statements take longer than a heartbeat may be late. */
async function withHeartbeat<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current()
  const timer = setInterval(() => context.heartbeat(), heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
