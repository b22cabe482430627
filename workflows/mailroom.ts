/** One channel's mailroom: a long activity that hands deliveries over, started again whenever it ends. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { MailroomActivities, MailroomInput } from '#activities/contract.ts'

/** The heartbeat timeout is also the lease of a batch: when it passes, what was being sent is of unknown fate. */
const { runMailroom } = proxyActivities<MailroomActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds' },
})

/** Runs for ever, id `mailroom:<channel>`. No signal per message: the activity looks at the ledger itself. */
export async function mailroomWorkflow({ channel }: MailroomInput): Promise<void> {
  for (let runs = 0; runs < 100 && !workflowInfo().continueAsNewSuggested; runs += 1) {
    await runMailroom({ channel })
  }
  await continueAsNew<typeof mailroomWorkflow>({ channel })
}
