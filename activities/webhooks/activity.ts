/** The sender of webhooks as a Temporal activity: one long heartbeating run for the whole installation. */
import { Context } from '@temporalio/activity'
import type { WebhookActivities } from '../contract.ts'
import { runWebhooks, type WebhookSender } from './send-webhooks.ts'

/** Ends itself before the workflow's time limit of an hour, so that the limit only ever meets a run that hangs. */
const longestRunMs = 50 * 60_000

export interface WebhookActivityDependencies extends WebhookSender {
  /** Aborted by the worker when it begins to stop. */
  stopping?: AbortSignal
}

/** Returns when the worker stops or its time is up; fails when Postgres is away, and Temporal tries again. */
export function createWebhookActivities(dependencies: WebhookActivityDependencies): WebhookActivities {
  return {
    async runWebhooks() {
      const context = Context.current()
      const signals = [context.cancellationSignal, AbortSignal.timeout(longestRunMs)]
      if (dependencies.stopping !== undefined) signals.push(dependencies.stopping)
      await runWebhooks(dependencies, AbortSignal.any(signals), () => context.heartbeat())
    },
  }
}
