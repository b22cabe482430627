import { mkdtempSync, mkdirSync, chmodSync, existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { obtainTemporalBinary } from '#scripts/provision/temporal-binary.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { dropDatabase, embeddedPostgresUrl, startEmbeddedPostgres } from '#scripts/provision/postgres.ts'
import { startEmbeddedTemporal } from '#scripts/provision/temporal.ts'
import { defaultHome } from '#server/config.ts'
import { migrateTemplate } from './template-database.ts'

/** A server shared by every test file of one `vitest run`. `address` is a database URL, or host and port. */
export type SharedServer = { address: string; stop: () => Promise<void> }

/** Name of the migrated database that `createTestDatabase()` clones. */
export const templateDatabase = 'trellis_template'

/**
 * The Postgres of this test run: TEST_DATABASE_URL, else an embedded one without durability, in a temporary folder that
 * is deleted at the end. Its template database is migrated. `address` is the administrator's URL.
 */
export async function startTestPostgres(): Promise<SharedServer> {
  const given = process.env['TEST_DATABASE_URL']
  if (given !== undefined && given !== '') {
    const name = `${templateDatabase}_${randomUUID().slice(0, 8)}`
    await migrateTemplate(given, name)
    return { address: `${given}#${name}`, stop: () => dropDatabase(given, name) }
  }
  const folder = createRunFolder('postgres')
  const port = await findFreePort()
  const password = randomUUID()
  const server = await startEmbeddedPostgres({
    dataFolder: join(folder, 'data'),
    port,
    password,
    partsFolder: join(defaultHome(), 'parts'),
    logFile: join(folder, 'postgres.log'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '5s' },
    removeWhenDone: folder,
  })
  const adminUrl = embeddedPostgresUrl(port, password, 'postgres')
  await migrateTemplate(adminUrl, templateDatabase)
  return { address: `${adminUrl}#${templateDatabase}`, stop: () => server.process.stop() }
}

/** The Temporal server of this test run: TEST_TEMPORAL_ADDRESS, else an embedded one, deleted at the end. */
export async function startTestTemporal(): Promise<SharedServer> {
  const given = process.env['TEST_TEMPORAL_ADDRESS']
  if (given !== undefined && given !== '') return { address: given, stop: () => Promise.resolve() }
  const binary = await obtainTestBinary()
  const folder = createRunFolder('temporal')
  const server = await startEmbeddedTemporal({
    binary: binary.path,
    port: await findFreePort(),
    databaseFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    removeWhenDone: folder,
  })
  return { address: server.address, stop: () => server.process.stop() }
}

/** A Postgres of one test alone, on a fixed port, with a migrated database. */
export type OwnPostgres = {
  url: string
  /** Stops it at once, as an operator's restart does: connections are cut. */
  stop: () => Promise<void>
  /** Starts it again, on the same port. */
  start: () => Promise<void>
  /** Stops it for good and deletes its folder. */
  end: () => Promise<void>
}

/** Starts a Postgres that no other test uses. Always an embedded one, also when TEST_DATABASE_URL is set. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = createRunFolder('own-postgres')
  const port = await findFreePort()
  const password = randomUUID()
  const run = () =>
    startEmbeddedPostgres({
      dataFolder: join(folder, 'data'),
      port,
      password,
      partsFolder: join(defaultHome(), 'parts'),
      logFile: join(folder, 'postgres.log'),
      settings: { fsync: 'off', full_page_writes: 'off' },
    })
  let server = await run()
  const adminUrl = embeddedPostgresUrl(port, password, 'postgres')
  await migrateTemplate(adminUrl, 'trellis_own')
  return {
    url: embeddedPostgresUrl(port, password, 'trellis_own'),
    stop: () => server.process.stop(),
    start: async () => {
      server = await run()
    },
    end: async () => {
      await server.process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A Temporal server of one test alone, on a fixed port, whose database the test may delete. */
export type OwnTemporal = {
  address: string
  /** Stops it, gently. */
  stop: () => Promise<void>
  /** Deletes everything it knew; only while it is stopped. */
  deleteDatabase: () => void
  /** Starts it again, on the same port. */
  start: () => Promise<void>
  /** Stops it for good and deletes its folder. */
  end: () => Promise<void>
}

/**
 * Starts a server that no other test uses. `dynamicConfig` adds to Trellis's own values, e.g.
 * `limit.historyCount.suggestContinueAsNew`. Always an embedded one, also when TEST_TEMPORAL_ADDRESS is set.
 */
export async function startOwnTemporal(dynamicConfig: Readonly<Record<string, string>> = {}): Promise<OwnTemporal> {
  const binary = await obtainTestBinary()
  const folder = createRunFolder('own-temporal')
  const port = await findFreePort()
  const databaseFile = join(folder, 'temporal.db')
  const run = () =>
    startEmbeddedTemporal({
      binary: binary.path,
      port,
      databaseFile,
      logFile: join(folder, 'temporal.log'),
      dynamicConfig,
    })
  let server = await run()
  return {
    address: server.address,
    stop: () => server.process.stop(),
    deleteDatabase: () => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${databaseFile}${ending}`, { force: true })
    },
    start: async () => {
      server = await run()
    },
    end: async () => {
      await server.process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function obtainTestBinary() {
  return obtainTemporalBinary({
    cliPath: process.env['TEMPORAL_CLI_PATH'] || undefined,
    searchPath: process.env['PATH'],
    binFolder: join(process.env['TRELLIS_HOME'] || defaultHome(), 'bin'),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  })
}

/** A folder of this run under the system's temporary folder (or TRELLIS_TEST_HOME), passable for Postgres's own user. */
function createRunFolder(name: string): string {
  const parent = process.env['TRELLIS_TEST_HOME'] || tmpdir()
  if (!existsSync(parent)) mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, `trellis-test-${name}-`))
  chmodSync(folder, 0o711)
  return folder
}
