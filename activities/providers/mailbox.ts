/** The built-in mailbox: where everything goes until live sending is on, and what test leads ever reach. */
import type { Database } from '#db/client.ts'
import { mailbox } from '#db/schema/deliveries.ts'
import type { Provider, RenderedMessage } from './contract.ts'

/**
 * Keeps each message it is given as a row of `mailbox`, one per call and message, with nothing to stop a second one: it
 * is the sink's own log, in which a duplicate would show.
 */
export function createMailboxProvider(db: Database): Provider {
  return {
    name: 'mailbox',
    batchSize: 200,
    concurrency: 1,
    async send(messages) {
      const rows = await db
        .insert(mailbox)
        .values(
          messages.map((message) => ({
            deliveryId: message.deliveryId,
            leadId: message.leadId,
            channel: message.channel,
            toAddress: message.to,
            subject: message.subject,
            html: message.html,
            plain: message.plain,
            headers: { ...addressHeaders(message), ...message.headers },
            isTest: message.isTest,
          })),
        )
        .returning({ id: mailbox.id, deliveryId: mailbox.deliveryId })
      return rows.map((row) => ({
        deliveryId: row.deliveryId,
        outcome: 'accepted',
        providerId: `mailbox:${String(row.id)}`,
      }))
    },
  }
}

/** Who it says it is from, as a mail program would show it. */
function addressHeaders({ from, replyTo }: RenderedMessage): Record<string, string> {
  const show = ({ name, email }: { name: string; email: string }): string =>
    name === '' ? email : `${name} <${email}>`
  return {
    ...(from === undefined ? {} : { From: show(from) }),
    ...(replyTo === undefined ? {} : { 'Reply-To': show(replyTo) }),
  }
}
