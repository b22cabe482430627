/** One look into a mailbox as a process of its own, for tests that kill it. Argument: JSON of `InboundProcessOptions`. */
import { pollMailbox, type MailboxSettings } from '#activities/inbound/mailbox.ts'
import { createDatabase } from '#db/client.ts'
import { readLibrary } from '#db/repositories/library.ts'

export interface InboundProcessOptions {
  databaseUrl: string
  mailbox: MailboxSettings
}

const options = JSON.parse(process.argv[2] ?? '{}') as InboundProcessOptions
const { db } = createDatabase(options.databaseUrl, { applicationName: 'inbound-process' })
await pollMailbox({ db, poker: { poke: async () => ({ failed: 0 }) }, library: () => readLibrary(db) }, options.mailbox)
process.exit(0)
