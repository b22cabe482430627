/**
 * Test runs at speed: every trigger that time fires, fired at its virtual instant for the run's leads. The run's clock
 * stops at each such instant until all leads have arrived there, so that 60 × and 86,400 × take the same path.
 */
import { ApplicationFailure } from '@temporalio/common'
import type { Client } from '@temporalio/client'
import { sql } from 'drizzle-orm'
import { toRealTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import { nextLocalTime } from '#engine/schedule/next.ts'
import { taskQueues } from '#engine/vocabulary.ts'
import { firstOccurrence } from '#db/repositories/date-triggers.ts'
import { findTestRun, moveRunClock, readBacklog, type TestRunRow } from '#db/repositories/test-runs.ts'
import { readLiveTriggers, timeDependency, type LiveTrigger } from '#db/repositories/triggers.ts'
import type { TestFiring } from '../contract.ts'
import { fireTrigger, presentLibrary, type SweepDependencies, type SweepRun } from './sweep.ts'
import { sweepDates, sweepSegment, type TriggerSweepDependencies } from './trigger-sweep.ts'

const dayMs = 86_400_000

type TestRunDependencies = SweepDependencies & TriggerSweepDependencies

/** Live triggers that time fires. */
function timedTriggers(deps: TestRunDependencies): Promise<LiveTrigger[]> {
  return readLiveTriggers(
    deps.db,
    sql`jt.kind in ('schedule', 'date_field', 'computed_date')
        or (jt.kind = 'segment_entered' and ${timeDependency} = any(jt.depends_on))`,
  )
}

async function runOf(deps: TestRunDependencies, testRunId: string): Promise<TestRunRow> {
  const run = await findTestRun(deps.db, testRunId)
  if (run !== null) return run
  throw ApplicationFailure.nonRetryable(`There is no test run "${testRunId}".`, 'TEST_RUN_NOT_FOUND')
}

/**
 * The next virtual instant after `after` at which a trigger fires for the run, or its end. Dates can move with what leads
 * do, and segments with time in their rule change at any time: where there are such triggers the run stops daily.
 */
export async function nextTestFiring(
  deps: TestRunDependencies,
  { testRunId, after, until }: { testRunId: string; after: Instant; until: Instant },
): Promise<TestFiring> {
  await runOf(deps, testRunId)
  const library = await presentLibrary(deps.db, deps.libraries)
  let at = until
  for (const { trigger, zone } of await timedTriggers(deps)) {
    if (trigger.kind === 'schedule') {
      const { days, time, zone: ofTrigger } = trigger
      at = Math.min(at, nextLocalTime({ after, days, time, zone: ofTrigger }))
    } else {
      at = Math.min(at, (Math.floor(after / dayMs) + 1) * dayMs)
      if (trigger.kind !== 'date_field' && trigger.kind !== 'computed_date') continue
      at = Math.min(at, (await firstOccurrence(deps.db, { trigger, zone, after, until: at, library, testRunId })) ?? at)
    }
  }
  return { at, isEnd: at >= until }
}

/** How long one activity waits for the leads, and how often it looks. */
const longestWaitMs = 20_000
const lookEveryMs = 100

/** True when nothing of the run is left to do at or before the instant; false when it still was after 20 s. */
export async function awaitTestLeads(
  deps: TestRunDependencies,
  { testRunId, at }: { testRunId: string; at: Instant },
  run: SweepRun,
): Promise<boolean> {
  const started = run.now()
  for (;;) {
    const backlog = await readBacklog(deps.db, testRunId, at)
    if (Object.values(backlog).every((count) => count === 0)) return true
    if (run.now() - started > longestWaitMs) return false
    run.heartbeat(JSON.stringify(backlog))
    await run.sleep(lookEveryMs)
  }
}

/** Fires every trigger of the instant, for the run's leads. Repeating it lets nobody in twice. */
export async function fireTestTriggers(
  deps: TestRunDependencies,
  { testRunId, after, at }: { testRunId: string; after: Instant; at: Instant },
  run: SweepRun,
): Promise<{ entered: number }> {
  const library = await presentLibrary(deps.db, deps.libraries)
  let entered = 0
  for (const live of await timedTriggers(deps)) {
    const { trigger, journeyId, triggerId } = live
    if (trigger.kind === 'schedule') {
      const { days, time, zone } = trigger
      if (nextLocalTime({ after: at, inclusive: true, days, time, zone }) !== at) continue
      entered += (await fireTrigger(deps, { journeyId, triggerId, at, testRunId }, run)).enqueued
    } else if (trigger.kind === 'segment_entered') {
      entered += await sweepSegment(deps, live, library, at, { testRunId })
    } else entered += await sweepDates(deps, live, library, { after, until: at }, { testRunId })
  }
  return { entered }
}

/** Lets the run's clock go on until `until`; returns when it will show that, in real UTC ms. */
export async function releaseTestClock(
  deps: TestRunDependencies,
  { testRunId, until }: { testRunId: string; until: Instant },
): Promise<{ realAt: number }> {
  const leadIds = await moveRunClock(deps.db, testRunId, until)
  await deps.poker.poke(leadIds)
  const { clock } = await runOf(deps, testRunId)
  return { realAt: toRealTime(clock, until) }
}

/**
 * Starts the workflow that fires a run's triggers until a virtual instant, and then stops its clock there. Its leads may
 * be there already or come later.
 */
export async function startTestRun(
  client: Client,
  { testRunId, until, queuePrefix = '' }: { testRunId: string; until: Instant; queuePrefix?: string },
): Promise<{ workflowId: string }> {
  const workflowId = `test-run:${testRunId}`
  await client.workflow.start('testRunWorkflow', {
    workflowId,
    taskQueue: `${queuePrefix}${taskQueues.segments}`,
    args: [{ testRunId, after: null, until }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  })
  return { workflowId }
}
