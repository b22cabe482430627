/** A real IMAP server for tests: hoodiecrow-imap, an implementation of its own, with mailboxes in memory. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import createServer from 'hoodiecrow-imap'
import type { MailboxSettings } from '#activities/inbound/mailbox.ts'

export interface TestImapServer {
  settings: MailboxSettings
  /** Puts a message into the inbox. */
  deliver(raw: Buffer): void
  /** How many messages a folder holds. */
  count(folder: string): number
  stop(): Promise<void>
}

/** Listens on a free port; the folder `Done` is there. */
export async function startImapServer(): Promise<TestImapServer> {
  const imap = createServer({
    plugins: ['ID', 'UNSELECT', 'UIDPLUS', 'MOVE', 'NAMESPACE', 'LITERALPLUS', 'ENABLE', 'SASL-IR', 'AUTH-PLAIN'],
    users: { ada: { password: 'secret' } },
    storage: { INBOX: { messages: [] }, '': { folders: { Done: { messages: [] } } } },
  })
  const server = imap.server as Server
  imap.listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    settings: {
      host: '127.0.0.1',
      port,
      secure: false,
      user: 'ada',
      password: 'secret',
      folder: 'INBOX',
      doneFolder: null,
    },
    deliver: (raw) => imap.appendMessage('INBOX', [], false, raw.toString('latin1')),
    count: (folder) => imap.getMailbox(folder).messages.length,
    stop: async () => {
      await new Promise<void>((resolve) => imap.close(() => resolve()))
    },
  }
}
