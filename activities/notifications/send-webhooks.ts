/**
 * Webhooks to people: each notification of somebody who has set an address, signed with that person's secret (Standard
 * Webhooks, as all of ours). A row is taken for two minutes before it is sent, so that two keepers do not send it at
 * once; one that cannot be delivered is tried six times over about an hour.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Database } from '#db/client.ts'
import { notifications, users } from '#db/schema/people.ts'
import { postSigned } from '../effects/webhook.ts'
import { readPublicUrl } from './notify-person.ts'

export type WebhookSender = (call: { id: string; url: string; payload: Json; secret: string | null }) => Promise<void>

export interface WebhookDependencies {
  db: Database
  send?: WebhookSender
  onFailure?: (failure: { what: string; error: unknown }) => void
}

const atOnce = 100
const mostAttempts = 6
const firstPauseSeconds = 60

/** Sends what is due. Returns how many were accepted. */
export async function sendWebhooks(
  { db, send = sendSigned, onFailure }: WebhookDependencies,
  heartbeat: () => void = () => {},
): Promise<number> {
  const taken = await db.execute<{ id: string }>(sql`
    update notifications set webhook_attempts = webhook_attempts + 1, webhook_due_at = now() + interval '2 minutes'
     where id in (select id from notifications where webhook = 'queued' and webhook_due_at <= now()
                   order by webhook_due_at limit ${atOnce} for update skip locked)
    returning id`)
  let sent = 0
  const publicUrl = taken.length === 0 ? '' : await readPublicUrl(db)
  for (const { id } of taken) {
    const [row] = await db
      .select({ notification: notifications, settings: users.notifications, secret: users.webhookSecret })
      .from(notifications)
      .innerJoin(users, eq(users.key, notifications.person))
      .where(and(eq(notifications.id, id), eq(notifications.webhook, 'queued')))
    const url = row?.settings.webhookUrl ?? null
    if (row === undefined || url === null) {
      await db.update(notifications).set({ webhook: 'none' }).where(eq(notifications.id, id))
      continue
    }
    const { kind, subject, body, path, taskId, leadId, at, webhookAttempts } = row.notification
    try {
      const payload = { kind, subject, body, url: `${publicUrl}${path}`, taskId, leadId, at: at.toISOString() }
      await send({ id, url, payload, secret: row.secret })
      await db.update(notifications).set({ webhook: 'sent', webhookError: null }).where(eq(notifications.id, id))
      sent += 1
    } catch (error) {
      onFailure?.({ what: `webhook of notification ${id}`, error })
      const isOver = webhookAttempts >= mostAttempts
      await db
        .update(notifications)
        .set({
          webhook: isOver ? 'failed' : 'queued',
          webhookError: error instanceof Error ? error.message.slice(0, 500) : String(error),
          webhookDueAt: sql`now() + make_interval(secs => ${firstPauseSeconds * 2 ** (webhookAttempts - 1)})`,
        })
        .where(eq(notifications.id, id))
    }
    heartbeat()
  }
  return sent
}

async function sendSigned({ id, url, payload, secret }: Parameters<WebhookSender>[0]): Promise<void> {
  const { signal } = new AbortController()
  await postSigned(url, JSON.stringify(payload), secret, { idempotencyKey: id, signal })
}
