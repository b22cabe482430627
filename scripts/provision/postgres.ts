import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, realpathSync, writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { spawnGuarded, type GuardedProcess } from './guarded-process.ts'
import { quoteLog } from './log-file.ts'
import { preparePostgresBinaries } from './postgres-binaries.ts'
import { findUnprivilegedUser, findClosedParent, giveFolder } from './unprivileged-user.ts'

/** How to run an embedded Postgres. */
export type EmbeddedPostgresOptions = {
  /** The cluster's own folder; created and initialised when it is empty. */
  dataFolder: string
  port: number
  /** Of the super-user `trellis`; fixed when the cluster is first made. */
  password: string
  /** Where programs may be copied to, see `preparePostgresBinaries`. */
  partsFolder: string
  logFile: string
  /** Server settings beyond ours, e.g. `{ fsync: 'off' }`. */
  settings?: Readonly<Record<string, string>>
  /** A folder to delete once the server is gone, even when we were killed. */
  removeWhenDone?: string
  /** Told when something slow begins. */
  onProgress?: (message: string) => void
}

/** A running embedded Postgres. */
export type EmbeddedPostgres = { process: GuardedProcess; url: string; version: string }

const superuser = 'trellis'

/** The address of a database of our embedded server. */
export function embeddedPostgresUrl(port: number, password: string, database = 'trellis'): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`
}

/**
 * Starts the Postgres that came with npm on 127.0.0.1 and waits until it answers *as this cluster*: a stranger's server
 * on the port is never taken for ours. As root it runs as `nobody`. The database `trellis` exists afterwards.
 *
 * @throws {Error} when it cannot be initialised or started; the message quotes the server's own words.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = findUnprivilegedUser()
  const binaries = preparePostgresBinaries({ partsFolder: options.partsFolder, user })
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o711 })
  giveFolder(options.dataFolder, user)
  const closed = user === undefined ? undefined : findClosedParent(join(options.dataFolder, '..'))
  if (closed !== undefined && user !== undefined) {
    throw new Error(
      `Postgres refuses to run as root and its user "${user.name}" cannot enter "${closed}". ` +
        `Run "chmod o+x ${closed}", or set TRELLIS_HOME to a folder every user may pass through, such as /var/lib/trellis.`,
    )
  }
  const owner = user === undefined ? {} : { uid: user.uid, gid: user.gid }
  if (!existsSync(join(options.dataFolder, 'PG_VERSION'))) {
    options.onProgress?.('Creating the Postgres cluster (first start only)')
    await initialise(binaries.initdb, options, owner)
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // Deltas between the database clock and ours would be bugs in disguise; both speak UTC.
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  }
  const server = await spawnGuarded({
    command: binaries.postgres,
    args: [
      '-D',
      options.dataFolder,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: options.dataFolder,
    ...owner,
    // Fast shutdown first; immediate shutdown, which recovers from the log at the next start, if clients hang on.
    stopSignals: ['SIGINT', 'SIGQUIT'],
    logFile: options.logFile,
    ...(options.removeWhenDone === undefined ? {} : { removeWhenDone: options.removeWhenDone }),
  })
  try {
    await waitUntilReady(server, options)
    await ensureDatabase(embeddedPostgresUrl(options.port, options.password, 'postgres'), 'trellis')
  } catch (error) {
    await server.stop()
    throw error
  }
  return { process: server, url: embeddedPostgresUrl(options.port, options.password), version: binaries.version }
}

/** Creates a database unless it exists. `adminUrl` names any database of the same server. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    const found = await sql`select 1 from pg_database where datname = ${name}`
    if (found.length === 0) await sql`create database ${sql(name)}`
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Removes a database and whoever is connected to it. `adminUrl` names another database of the same server. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    await sql`drop database if exists ${sql(name)} with (force)`
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function initialise(
  initdb: string,
  { dataFolder, password }: EmbeddedPostgresOptions,
  owner: { uid?: number; gid?: number },
): Promise<void> {
  const passwordFile = `${dataFolder}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(passwordFile, owner.uid, owner.gid)
  try {
    await promisify(execFile)(
      initdb,
      [
        '-D',
        dataFolder,
        '-U',
        superuser,
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        // Case mapping as in JavaScript, on every machine alike: rules must not depend on the host's locales.
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=PG_UNICODE_FAST',
        '--locale=C',
      ],
      { ...owner, cwd: dataFolder, env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' } },
    )
  } catch (cause) {
    const { stderr } = cause as { stderr?: string }
    throw new Error(`Postgres could not create its cluster in "${dataFolder}": ${stderr?.trim() ?? String(cause)}`, {
      cause,
    })
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

async function waitUntilReady(server: GuardedProcess, options: EmbeddedPostgresOptions): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const problem = await askForDataFolder(options)
    if (!server.isRunning()) {
      throw new Error(`Postgres stopped while starting on port ${String(options.port)}.\n${quoteLog(options.logFile)}`)
    }
    if (problem === undefined) return
    if (Date.now() > deadline) {
      throw new Error(
        `Postgres did not answer on port ${String(options.port)} in 60 s (${problem}).\n${quoteLog(options.logFile)}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Undefined when the server on the port is the one over our folder, else what is wrong. */
async function askForDataFolder({ port, password, dataFolder }: EmbeddedPostgresOptions): Promise<string | undefined> {
  const sql = postgres(embeddedPostgresUrl(port, password, 'postgres'), {
    max: 1,
    connect_timeout: 5,
    onnotice: () => undefined,
  })
  try {
    const [row] = await sql<{ folder: string }[]>`select current_setting('data_directory') as folder`
    if (row === undefined || realpathSync(row.folder) !== realpathSync(dataFolder)) {
      return `another Postgres, over "${row?.folder ?? '?'}", listens there`
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
