/** A publish that waits for its instant. What it publishes, and whether it still should, is in Postgres. */
import { proxyActivities, sleep } from '@temporalio/workflow'
import type { PublishingActivities } from '#activities/contract.ts'

const { publishScheduled } = proxyActivities<PublishingActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '1 minute' },
})

/** `publishAt` in UTC ms. One that was called off meanwhile is found so when it wakes. */
export async function publicationWorkflow({
  publicationId,
  publishAt,
}: {
  publicationId: string
  publishAt: number
}): Promise<void> {
  // Inside a workflow this is Temporal's own time, from the history: the same at every replay.
  const wait = publishAt - Date.now()
  if (wait > 0) await sleep(wait)
  await publishScheduled({ publicationId })
}
