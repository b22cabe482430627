/** The mailroom as a Temporal activity: one long heartbeating run per channel. */
import { randomUUID } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { MailroomActivities } from '../contract.ts'
import { keepAlive, runMailroom, type MailroomDependencies } from './run-mailroom.ts'

/** Ends itself before the workflow's time limit of an hour, so that the limit only ever meets a run that hangs. */
const longestRunMs = 50 * 60_000

export interface MailroomActivityDependencies extends MailroomDependencies {
  /** Aborted by the worker when it begins to stop: the run ends within moments instead of after the grace time. */
  stopping?: AbortSignal
}

/**
 * The activities of the `mailroom` queue. `runMailroom` returns when the worker stops or its time is up, and the workflow
 * starts it anew; it fails when Postgres is away, and Temporal tries again.
 */
export function createMailroomActivities(dependencies: MailroomActivityDependencies): MailroomActivities {
  return {
    async runMailroom({ channel }) {
      const context = Context.current()
      const over = new AbortController()
      const signals = [context.cancellationSignal, over.signal, AbortSignal.timeout(longestRunMs)]
      if (dependencies.stopping !== undefined) signals.push(dependencies.stopping)
      const run = { channel, claimedBy: randomUUID(), signal: AbortSignal.any(signals) }
      const alive = keepAlive(dependencies, run, () => context.heartbeat())
      try {
        // Whichever fails ends the run: a mailroom that cannot say it lives must not go on sending.
        await Promise.race([runMailroom(dependencies, run), alive.then(() => new Promise<never>(() => undefined))])
      } finally {
        over.abort()
        await alive.catch(() => undefined)
      }
    },
  }
}
