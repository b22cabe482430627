/**
 * One sweep: all leads of a segment enter a journey. Started by a Temporal Schedule at its instant, or for a sweep that is
 * written down already (those who match at publishing, a released one). The pages and their cursor are in Postgres; this
 * only keeps the work going, whatever dies meanwhile.
 */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { EntryActivities } from '#activities/contract.ts'

const { beginSweep } = proxyActivities<EntryActivities>({ startToCloseTimeout: '30 seconds' })
const { sweepPages } = proxyActivities<EntryActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { maximumInterval: '1 minute' },
})

/** Activities per run: about 15 events each would be far below the limit, but histories are kept short. */
const activitiesPerRun = 200

type SegmentSweepInput =
  | { sweepId: string }
  /** `firesAt` (UTC ms) when started by hand; a Schedule tells its own instant. */
  | { journeyId: string; triggerId: string; firesAt?: number }

export async function segmentSweepWorkflow(input: SegmentSweepInput): Promise<void> {
  let sweepId: string
  if ('sweepId' in input) sweepId = input.sweepId
  else {
    const { journeyId, triggerId, firesAt = scheduledAt() } = input
    const begun = await beginSweep({ journeyId, triggerId, firesAt })
    if (begun === null) return
    sweepId = begun.sweepId
  }
  for (let count = 0; count < activitiesPerRun; count += 1) {
    const { progress } = await sweepPages({ sweepId })
    if (progress !== 'more') return
    if (workflowInfo().continueAsNewSuggested) break
  }
  await continueAsNew<typeof segmentSweepWorkflow>({ sweepId })
}

/** The instant the Schedule stands for (Friday 09:00), also when the server was away and starts this late. */
function scheduledAt(): number {
  // The typed form is not set for what the server itself adds.
  const { searchAttributes, startTime } = workflowInfo()
  const value: unknown = searchAttributes['TemporalScheduledStartTime']?.[0]
  return value instanceof Date ? value.getTime() : startTime.getTime()
}
