/** Asks each dependency, now, whether it is well. */
import type { DatabaseHandle } from '#db/client.ts'
import { readMailbox } from '#db/repositories/inbound.ts'
import { readProviderState } from '#db/repositories/provider-state.ts'
import type { DependencyHealth, Health, MailDependencyHealth } from './contract/health.ts'
import type { TemporalGateway } from './temporal.ts'

/** Longest any check takes; what has not answered by then counts as down. */
const timeoutMs = 2000

/** How the worker's connections are named in `pg_stat_activity` (server/worker.ts). */
const workerApplication = 'trellis-worker'

/** The mailbox is looked into every minute; after this long without a look nobody reads it. */
const staleMs = 10 * 60_000

/** What there is of mail, as this process was told. */
interface MailParts {
  /** Real mail is handed to a mail server. */
  hasMail: boolean
  /** The mailbox that is read (`user@host/folder`); null = none. */
  inboxName: string | null
}

/** What earlier checks found. */
interface HealthMemory {
  /** The worker's database connections have been seen, so their absence means something. */
  workerSeen: boolean
}

/** Never throws. Checks run side by side, so it answers within two seconds whatever hangs. */
async function checkHealth(
  database: DatabaseHandle,
  temporal: TemporalGateway,
  memory: HealthMemory,
  { hasMail, inboxName }: MailParts,
): Promise<Health> {
  const [postgres, server, worker, mail, inbox] = await Promise.all([
    check(async () => `Postgres ${await postgresVersion(database)}`),
    check(async () => `Temporal ${(await temporal.checkServer()).version}`),
    check(async () => {
      const [count, isGone] = await Promise.all([temporal.countWorkers(), hasWorkerGone(database, memory)])
      if (count === 0 || isGone)
        throw new HealthProblem('No worker polls the queue of the leads; start one (server/worker.ts).')
      return count === 1 ? '1 worker' : `${String(count)} workers`
    }),
    hasMail
      ? check(() => checkMail(database))
      : off('No mail server is configured: mail stays in the built-in mailbox.'),
    inboxName === null
      ? off('No mailbox is configured: replies and bounces are not read.')
      : check(() => checkInbox(database, inboxName)),
  ])
  const allWell = [postgres, server, worker].every(({ status }) => status === 'ok')
  return {
    status: allWell ? 'ok' : postgres.status === 'ok' ? 'degraded' : 'down',
    postgres,
    temporal: server,
    worker,
    mail,
    inbox,
  }
}

function off(detail: string): MailDependencyHealth {
  return { status: 'off', detail, tookMs: 0 }
}

/** As the mailroom last found it: it notes when the server goes away and when it is back. Codes only, no addresses. */
async function checkMail({ db }: DatabaseHandle): Promise<string> {
  const { email: down } = await readProviderState(db)
  if (down === undefined) return 'No failure to reach the mail server is noted.'
  const code = /^[A-Z0-9_]+/.exec(down.reason)?.[0] ?? 'unknown'
  throw new HealthProblem(`Cannot be reached since ${new Date(down.since).toISOString()} (${code}): messages wait.`)
}

async function checkInbox({ db }: DatabaseHandle, name: string): Promise<string> {
  const mailbox = await readMailbox(db, name)
  const at = mailbox?.polledAt ?? null
  if (at === null) throw new HealthProblem('Has not been read yet; the worker reads it every minute.')
  if (mailbox?.error != null) throw new HealthProblem(`Could not be read at ${at.toISOString()}: replies wait in it.`)
  if (Date.now() - at.getTime() > staleMs) throw new HealthProblem(`Was last read at ${at.toISOString()}.`)
  return `Read at ${at.toISOString()}`
}

/** The health, checked anew if the last answer is older than `maxAgeMs`. Callers at one time share one check. */
export function createHealthCache(
  database: DatabaseHandle,
  temporal: TemporalGateway,
  parts: MailParts,
  now: () => number = Date.now,
): (maxAgeMs: number) => Promise<Health> {
  const memory = { workerSeen: false }
  let underWay: Promise<Health> | null = null
  let last: { at: number; health: Health } | null = null
  const renew = async (): Promise<Health> => {
    const health = await checkHealth(database, temporal, memory, parts)
    last = { at: now(), health }
    underWay = null
    return health
  }
  return (maxAgeMs) => {
    if (last !== null && maxAgeMs > 0 && now() - last.at <= maxAgeMs) return Promise.resolve(last.health)
    underWay ??= renew()
    return underWay
  }
}

/** Can the database answer? For `/ready`. */
export async function isDatabaseReady(database: DatabaseHandle): Promise<boolean> {
  return (await check(() => postgresVersion(database))).status === 'ok'
}

/**
 * Temporal remembers pollers for a minute after a worker was killed; its database connections are gone at once. Only
 * where they have been seen under their name before (a pooler may hide it) does their absence count.
 */
async function hasWorkerGone({ sql }: DatabaseHandle, memory: HealthMemory): Promise<boolean> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name = ${workerApplication}`
  const isConnected = (row?.count ?? 0) > 0
  if (isConnected) memory.workerSeen = true
  return memory.workerSeen && !isConnected
}

class HealthProblem extends Error {}

async function postgresVersion(database: DatabaseHandle): Promise<string> {
  const [row] = await database.sql<{ version: string }[]>`select current_setting('server_version') as version`
  return row?.version.split(' ')[0] ?? ''
}

async function check(ask: () => Promise<string>): Promise<DependencyHealth> {
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HealthProblem('Did not answer within two seconds.')), timeoutMs)
  })
  try {
    const detail = await Promise.race([ask(), late])
    return { status: 'ok', detail, tookMs: Math.round(performance.now() - startedAt) }
  } catch (error) {
    return { status: 'down', detail: explain(error), tookMs: Math.round(performance.now() - startedAt) }
  } finally {
    clearTimeout(timer)
  }
}

/** Error texts may hold addresses and passwords; only codes and our own words are shown. */
function explain(error: unknown): string {
  if (error instanceof HealthProblem) return error.message
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? `Does not answer (${code}).` : 'Does not answer.'
}
