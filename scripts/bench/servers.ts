/** Postgres and Temporal of one measurement: as `npm start` runs them, empty, in a temporary folder, gone afterwards. */
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase } from '#db/migrate.ts'
import { defaultHome } from '#server/config.ts'
import { findFreePort } from '../provision/ports.ts'
import { embeddedPostgresUrl, ensureDatabase, startEmbeddedPostgres } from '../provision/postgres.ts'
import { obtainTemporalBinary } from '../provision/temporal-binary.ts'
import { startEmbeddedTemporal } from '../provision/temporal.ts'

export interface BenchPostgres {
  pid: number
  /** A migrated, empty database; its address. */
  createDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

/** `settings`: beyond those of `npm start`, e.g. no fsync where only reads are measured. */
export async function startBenchPostgres(settings: Readonly<Record<string, string>> = {}): Promise<BenchPostgres> {
  const folder = createFolder('postgres')
  const port = await findFreePort()
  const password = randomUUID()
  const server = await startEmbeddedPostgres({
    dataFolder: join(folder, 'data'),
    port,
    password,
    partsFolder: join(defaultHome(), 'parts'),
    logFile: join(folder, 'postgres.log'),
    settings,
    removeWhenDone: folder,
  })
  return {
    pid: server.process.pid,
    async createDatabase(name) {
      await ensureDatabase(embeddedPostgresUrl(port, password, 'postgres'), name)
      const url = embeddedPostgresUrl(port, password, name)
      await migrateDatabase(url)
      return url
    },
    stop: () => server.process.stop(),
  }
}

export interface BenchTemporal {
  pid: number
  address: string
  stop(): Promise<void>
}

async function startBenchTemporal(): Promise<BenchTemporal> {
  const binary = await obtainTemporalBinary({
    cliPath: process.env['TEMPORAL_CLI_PATH'] || undefined,
    searchPath: process.env['PATH'],
    binFolder: join(process.env['TRELLIS_HOME'] || defaultHome(), 'bin'),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  })
  const folder = createFolder('temporal')
  const server = await startEmbeddedTemporal({
    binary: binary.path,
    port: await findFreePort(),
    databaseFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    removeWhenDone: folder,
  })
  return { pid: server.process.pid, address: server.address, stop: () => server.process.stop() }
}

/** Both, for a measurement of the whole engine. */
export async function withServers<Result>(
  work: (servers: { postgres: BenchPostgres; temporal: BenchTemporal }) => Promise<Result>,
): Promise<Result> {
  const postgres = await startBenchPostgres()
  try {
    const temporal = await startBenchTemporal()
    try {
      return await work({ postgres, temporal })
    } finally {
      await temporal.stop()
    }
  } finally {
    await postgres.stop()
  }
}

/** Passable for Postgres's own user. */
function createFolder(name: string): string {
  const folder = mkdtempSync(join(process.env['TRELLIS_TEST_HOME'] || tmpdir(), `trellis-bench-${name}-`))
  chmodSync(folder, 0o711)
  return folder
}
