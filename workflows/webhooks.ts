/** The sender of webhooks: a long activity, started again whenever it ends. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { WebhookActivities } from '#activities/contract.ts'

/** Longer than a call may take, since the activity says that it lives between rounds of calls. */
const { runWebhooks } = proxyActivities<WebhookActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
})

/** Runs for ever, id `webhooks`. No signal per call: the activity looks at the table itself. */
export async function webhooksWorkflow(): Promise<void> {
  for (let runs = 0; runs < 100 && !workflowInfo().continueAsNewSuggested; runs += 1) await runWebhooks()
  await continueAsNew<typeof webhooksWorkflow>()
}
