/** Every 30 seconds, by a Temporal Schedule: leads that lost their poke or their timer are moved. */
import { proxyActivities } from '@temporalio/workflow'
import type { EntryActivities } from '#activities/contract.ts'

const { reconcile } = proxyActivities<EntryActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: { maximumAttempts: 3 },
})

export async function reconcileWorkflow(): Promise<{ pokes: number; overdue: number; sweeps: number }> {
  return reconcile()
}
