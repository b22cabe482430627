/**
 * A test run's year in minutes: lets the run's clock go on to the next instant at which a trigger fires, waits until it
 * shows that instant and all leads have arrived there, fires, and goes on. See docs/entry.md.
 */
import { ApplicationFailure, continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { EntryActivities } from '#activities/contract.ts'

const { nextTestFiring, releaseTestClock, startOfTestRun, finishTestRun } = proxyActivities<EntryActivities>({
  startToCloseTimeout: '1 minute',
})
const { awaitTestLeads, fireTestTriggers } = proxyActivities<EntryActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  // A trigger that cannot be fired (its segment was deleted) ends the run instead of holding it for ever.
  retry: { maximumAttempts: 10, maximumInterval: '10 seconds' },
})

const firingsPerRun = 100
/** Twenty seconds each: after ten minutes without everybody arriving, something is broken. */
const mostWaits = 30

interface TestRunInput {
  testRunId: string
  /** Virtual UTC ms up to which everything has fired; null at the start. */
  after: number | null
  /** Virtual UTC ms at which the run ends and its clock stops for good. */
  until: number
}

export async function testRunWorkflow({ testRunId, after: given, until }: TestRunInput): Promise<void> {
  let after = given ?? (await startOfTestRun({ testRunId }))
  for (let count = 0; count < firingsPerRun; count += 1) {
    const { at, isEnd } = await nextTestFiring({ testRunId, after, until })
    const { realAt } = await releaseTestClock({ testRunId, until: at })
    if (realAt > Date.now()) await sleep(realAt - Date.now())
    await arrival(testRunId, at)
    if (isEnd) {
      await finishTestRun({ testRunId })
      return
    }
    await fireTestTriggers({ testRunId, after, at })
    after = at
    if (workflowInfo().continueAsNewSuggested) break
  }
  await continueAsNew<typeof testRunWorkflow>({ testRunId, after, until })
}

async function arrival(testRunId: string, at: number): Promise<void> {
  for (let count = 0; count < mostWaits; count += 1) if (await awaitTestLeads({ testRunId, at })) return
  throw ApplicationFailure.nonRetryable(
    `Leads of test run "${testRunId}" do not settle; see what waits in its activities' heartbeats.`,
    'TEST_RUN_STUCK',
  )
}
