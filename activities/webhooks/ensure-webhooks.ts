import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client'
import { taskQueues } from '#engine/vocabulary.ts'

/** Also named by workflows/webhooks.ts; activities do not import workflows. */
const webhooksWorkflowType = 'webhooksWorkflow'

/** Starts the sender of webhooks (id `webhooks`) where it is not running. Calling it again does no harm. */
export async function ensureWebhooks(
  client: Client,
  { queuePrefix = '' }: { queuePrefix?: string } = {},
): Promise<void> {
  await client.workflow.start(webhooksWorkflowType, {
    workflowId: `${queuePrefix}webhooks`,
    taskQueue: `${queuePrefix}${taskQueues.mailroom}`,
    args: [],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  })
}
