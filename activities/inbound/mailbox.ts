/** Fetches new mail from a mailbox by IMAP. How far it has been read is kept in Postgres, not on the mail server. */
import { ImapFlow, type SearchObject } from 'imapflow'
import { forgetUnmatched, notePoll, readMailbox, moveMailbox } from '#db/repositories/inbound.ts'
import { takeInMail, type InboundDependencies, type TakenIn } from './take-in.ts'

export interface MailboxSettings {
  host: string
  port: number
  /** TLS from the first byte; otherwise STARTTLS where the server has it. */
  secure: boolean
  user: string
  password: string
  folder: string
  /** Where messages go once they are taken in. Null: they stay and are marked as read. */
  doneFolder: string | null
}

export interface PollResult {
  /** What became of each new message, in the order of the mailbox. */
  taken: TakenIn[]
  /** True when there is more: poll again at once. */
  more: boolean
}

export interface PollOptions {
  /** Called after each message. */
  onProgress?: () => void
  /** Messages per call. @default 200 */
  limit?: number
  /** @default Date.now */
  now?: () => number
}

/** Of a longer message only the beginning is read: headers, text and reports come first. */
const mostBytes = 2_000_000
const timeoutMs = 20_000
/** How far back to look in a mailbox that is new to us, and in one that was made anew (`UIDVALIDITY` changed). */
const firstLookDays = 2
const renewedLookDays = 14
const unmatchedDays = 30

/**
 * Reads `imaps://user:password@host:993/INBOX` (user and password percent-encoded; `imap://` for STARTTLS; the folder may be
 * left out). Throws a TypeError for what is none.
 */
export function parseMailboxUrl(url: string, doneFolder: string | null = null): MailboxSettings {
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  if ((protocol !== 'imaps:' && protocol !== 'imap:') || hostname === '') throw new TypeError('No imaps:// address.')
  const secure = protocol === 'imaps:'
  const folder = decodeURIComponent(pathname.replace(/^\//, ''))
  return {
    host: hostname,
    port: port === '' ? (secure ? 993 : 143) : Number(port),
    secure,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    folder: folder === '' ? 'INBOX' : folder,
    doneFolder,
  }
}

/** What the mark of a mailbox is kept under; without the password. */
export function mailboxName({ user, host, folder }: MailboxSettings): string {
  return `${user}@${host}/${folder}`
}

/**
 * Takes in what is new, oldest first. Each message's effects and the mark behind it are one transaction; only then the
 * message is moved or marked as read. Killed anywhere, the next call goes on where the last commit stood: nothing is lost
 * and nothing happens twice.
 * @throws when the mailbox or Postgres cannot be reached. Why is kept with the mailbox, for people.
 */
export async function pollMailbox(
  dependencies: InboundDependencies,
  settings: MailboxSettings,
  options: PollOptions = {},
): Promise<PollResult> {
  const name = mailboxName(settings)
  const { db } = dependencies
  const client = new ImapFlow({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    auth: { user: settings.user, pass: settings.password },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs * 3,
  })
  // Without a listener an error between two commands would end the process; the command in hand rejects with it anyway.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const lock = await client.getMailboxLock(settings.folder)
    try {
      const result = await takeNew(dependencies, client, { ...settings, name }, options)
      await notePoll(db, name, null)
      await forgetUnmatched(db, unmatchedDays)
      return result
    } finally {
      lock.release()
    }
  } catch (error) {
    await notePoll(db, name, describe(error)).catch(() => undefined)
    throw error
  } finally {
    await client.logout().catch(() => client.close())
  }
}

async function takeNew(
  dependencies: InboundDependencies,
  client: ImapFlow,
  mailbox: MailboxSettings & { name: string },
  { onProgress, limit = 200, now = Date.now }: PollOptions,
): Promise<PollResult> {
  if (client.mailbox === false) throw new Error(`The folder "${mailbox.folder}" could not be opened.`)
  const uidValidity = Number(client.mailbox.uidValidity)
  const { uidNext } = client.mailbox
  const known = await readMailbox(dependencies.db, mailbox.name)
  const isKnown = known !== null && known.uidValidity === uidValidity
  const lookDays = known === null || known.uidValidity === 0 ? firstLookDays : renewedLookDays
  const from = isKnown ? known.lastUid + 1 : 1
  const wanted: SearchObject = isKnown
    ? { uid: `${String(from)}:*` }
    : { since: new Date(now() - lookDays * 86_400_000) }
  const found = await client.search(wanted, { uid: true })
  // `n:*` gives the last message even when it is older than n (RFC 3501 §6.4.8).
  const uids = (found === false || found === undefined ? [] : found).filter((uid) => uid >= from).sort((a, b) => a - b)
  const batch = uids.slice(0, limit)
  const taken: TakenIn[] = []
  for (const uid of batch) {
    const message = await client.fetchOne(String(uid), { source: { maxLength: mostBytes } }, { uid: true })
    const mark = { name: mailbox.name, uidValidity, lastUid: uid }
    // Gone in between: somebody has moved or deleted it.
    if (message === false || message?.source === undefined) await moveMailbox(dependencies.db, mark)
    else {
      const one = await takeInMail(dependencies, { raw: message.source, source: 'imap', mark })
      taken.push(one)
      // What nobody could read stays as it came: a person looks at it there.
      if (one.kind !== 'unreadable') await putAside(client, uid, mailbox.doneFolder)
    }
    onProgress?.()
  }
  if (batch.length === 0 && !isKnown) {
    await moveMailbox(dependencies.db, { name: mailbox.name, uidValidity, lastUid: Math.max(0, uidNext - 1) })
  }
  return { taken, more: uids.length > batch.length }
}

/** For people who look into the mailbox; what decides is the mark, so a failure here costs nothing. */
async function putAside(client: ImapFlow, uid: number, doneFolder: string | null): Promise<void> {
  try {
    await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true })
    if (doneFolder !== null) await client.messageMove(String(uid), doneFolder, { uid: true })
  } catch {
    // It stays where it is.
  }
}

/** What a person needs to mend it. Servers' answers may name the account, which is in the settings anyway. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'The mailbox could not be read.'
  const { responseText, code } = error as Error & { responseText?: string; code?: string }
  return [code, responseText ?? error.message]
    .filter((part) => part !== undefined)
    .join(': ')
    .slice(0, 300)
}
