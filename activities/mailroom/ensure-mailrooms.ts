/** Opens the mailrooms. */
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client'
import { channels, taskQueues } from '#engine/vocabulary.ts'

/** Also named by workflows/mailroom.ts; activities do not import workflows. */
const mailroomWorkflowType = 'mailroomWorkflow'

/**
 * Starts the mailroom of each channel where it is not running: `mailroom:email`, `mailroom:postcard`,
 * `mailroom:notification`. Every worker calls it when it starts; calling it again does no harm. `queuePrefix` (tests)
 * goes before ids and queue.
 */
export async function ensureMailrooms(
  client: Client,
  { queuePrefix = '' }: { queuePrefix?: string } = {},
): Promise<void> {
  for (const channel of channels) {
    await client.workflow.start(mailroomWorkflowType, {
      workflowId: `${queuePrefix}mailroom:${channel}`,
      taskQueue: `${queuePrefix}${taskQueues.mailroom}`,
      args: [{ channel }],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    })
  }
}
