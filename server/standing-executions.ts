/** What must always be there in Temporal: the mailrooms, the sender of webhooks and the schedules. A server that lost its data gets them anew. */
import { ScheduleNotFoundError, type Client } from '@temporalio/client'
import type { EntrySchedules } from '#activities/entry/schedules.ts'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { ensureWebhooks } from '#activities/webhooks/ensure-webhooks.ts'

/** How often a worker looks whether they are still there. */
const lookEveryMs = 60_000

export interface Standing {
  client: Client
  schedules: EntrySchedules
  /** @default '' */
  queuePrefix?: string
}

/** Brings all of it in line with the database. Every worker does so when it starts; repeating it is harmless. */
export async function ensureStanding({ client, schedules, queuePrefix = '' }: Standing): Promise<void> {
  await ensureMailrooms(client, { queuePrefix })
  await ensureWebhooks(client, { queuePrefix })
  await schedules.ensure()
}

/**
 * Looks for one of them, the reconciler's schedule; when it is gone, all are made anew, and with it every lead is found
 * again. True when they were.
 * @throws when Temporal does not answer.
 */
export async function restoreStanding(standing: Standing): Promise<boolean> {
  const { client, queuePrefix = '' } = standing
  try {
    await client.schedule.getHandle(`${queuePrefix}trellis:reconcile`).describe()
    return false
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    await ensureStanding(standing)
    return true
  }
}

/** Calls `restoreStanding` every minute. A Temporal that is away is asked again the next time. */
export function watchStanding(standing: Standing, onRestored: () => void): { stop(): void } {
  const timer = setInterval(() => {
    restoreStanding(standing).then(
      (isRestored) => {
        if (isRestored) onRestored()
      },
      () => {},
    )
  }, lookEveryMs)
  return { stop: () => clearInterval(timer) }
}
