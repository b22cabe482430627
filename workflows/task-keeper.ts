/** Every 30 seconds, by a Temporal Schedule: tasks wake up, find somebody, are handed on; people's webhooks are sent. */
import { proxyActivities } from '@temporalio/workflow'
import type { TaskActivities } from '#activities/contract.ts'

const { tendTasks } = proxyActivities<TaskActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  // What fails is tried anew by the next run of the schedule.
  retry: { maximumAttempts: 1 },
})

export async function taskKeeperWorkflow(): Promise<{ woken: number; assigned: number }> {
  const { woken, assigned } = await tendTasks()
  return { woken, assigned }
}
