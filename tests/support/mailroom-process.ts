/**
 * A worker of the mailroom alone, as a process of its own, for tests that kill it. Argument: JSON of
 * `MailroomProcessOptions`. Its provider takes each message at once and answers only `answerAfterMs` later: in between, the
 * message is sent and nobody knows.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { createMailroomActivities } from '#activities/mailroom/activity.ts'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { createPoker } from '#activities/poker.ts'
import type { Provider } from '#activities/providers/contract.ts'
import { createMailboxProvider } from '#activities/providers/mailbox.ts'
import { createSmtpProvider } from '#activities/providers/smtp.ts'
import { createDatabase } from '#db/client.ts'
import { startEngine } from '#server/engine.ts'

export interface MailroomProcessOptions {
  databaseUrl: string
  temporalAddress: string
  namespace: string
  queuePrefix: string
  answerAfterMs: number
  /** Real mail leaves by this server instead, as soon as live sending is on. */
  smtpUrl?: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as MailroomProcessOptions
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const { db } = createDatabase(options.databaseUrl)
const connection = await Connection.connect({ address: options.temporalAddress })
const client = new Client({ connection, namespace: options.namespace })
const mailbox = createMailboxProvider(db)
const { smtpUrl } = options
const smtp =
  smtpUrl === undefined
    ? null
    : createSmtpProvider({
        url: smtpUrl,
        sender: () => Promise.resolve({ name: 'Company', email: 'news@company.example' }),
        connections: 3,
      })

/** Answers only `answerAfterMs` after the real provider did: in between, the message is sent and nobody knows. */
function slowly(provider: Provider): Provider {
  return {
    ...provider,
    batchSize: 1,
    concurrency: 3,
    async send(messages) {
      const results = await provider.send(messages)
      await pause(options.answerAfterMs)
      return results
    },
  }
}

await startEngine({
  connection: await NativeConnection.connect({ address: options.temporalAddress }),
  namespace: options.namespace,
  queuePrefix: options.queuePrefix,
  activities: {
    mailroom: createMailroomActivities({
      db,
      poker: createPoker(client, { queuePrefix: options.queuePrefix }),
      links: { baseUrl: 'https://leads.example.test', secret: 'x'.repeat(32) },
      highWater: null,
      idleMs: 50,
      batchSize: 40,
      mailbox: slowly(mailbox),
      ...(smtp === null ? {} : { providers: { email: slowly(smtp) } }),
      retryPauses: { firstMs: 20, longestMs: 100 },
      health: { firstPauseMs: 50, longestPauseMs: 500 },
    }),
  },
})
await ensureMailrooms(client, { queuePrefix: options.queuePrefix })
process.stdout.write('ready\n')
