/** Every minute, by a Temporal Schedule: new mail is fetched from the mailbox that replies and bounces go to. */
import { proxyActivities } from '@temporalio/workflow'
import type { InboundActivities } from '#activities/contract.ts'

/** One attempt: the next look comes by itself, and goes on where this one stood. */
const { pollInbound } = proxyActivities<InboundActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '3 minutes',
  retry: { maximumAttempts: 1 },
})

export async function inboundWorkflow(): Promise<{ taken: number }> {
  return pollInbound()
}
