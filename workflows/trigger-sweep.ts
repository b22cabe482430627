/** Every five minutes, by a Temporal Schedule: what time alone brings into journeys. */
import { proxyActivities } from '@temporalio/workflow'
import type { EntryActivities } from '#activities/contract.ts'

const { sweepTriggers } = proxyActivities<EntryActivities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  // A trigger that fails is tried again; the next run of the schedule tries it anew in any case.
  retry: { maximumAttempts: 3 },
})

export async function triggerSweepWorkflow(): Promise<{ entered: number }> {
  return sweepTriggers()
}
