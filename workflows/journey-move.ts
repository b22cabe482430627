/**
 * Leads in flight after a publish: tells them to move or to leave, and waits until each has answered. The pages and who
 * has answered are in Postgres; this only keeps the work going, whatever dies meanwhile.
 */
import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { PublishingActivities } from '#activities/contract.ts'

const { moveLeads } = proxyActivities<PublishingActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { maximumInterval: '1 minute' },
})

const activitiesPerRun = 200
const firstWaitMs = 250
const longestWaitMs = 30_000

export async function journeyMoveWorkflow({ moveId }: { moveId: string }): Promise<void> {
  let wait = firstWaitMs
  for (let count = 0; count < activitiesPerRun; count += 1) {
    const progress = await moveLeads({ moveId })
    if (progress === 'done') return
    if (progress === 'waiting') {
      await sleep(wait)
      wait = Math.min(wait * 2, longestWaitMs)
    }
    if (workflowInfo().continueAsNewSuggested) break
  }
  await continueAsNew<typeof journeyMoveWorkflow>({ moveId })
}
