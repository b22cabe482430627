import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Connection } from '@temporalio/client'
import postgres from 'postgres'
import type { Config } from '#server/config.ts'
import { checkPostgres } from '../provision/check-postgres.ts'
import { findHomeHolder } from '../provision/home-lock.ts'
import { describeHome, readState } from '../provision/home.ts'
import { embeddedPostgresUrl } from '../provision/postgres.ts'
import { findTemporalBinary } from '../provision/temporal-binary.ts'
import { checkTemporal } from '../provision/temporal.ts'
import { describeError, type DoctorCheck } from './check.ts'

const journalFile = fileURLToPath(new URL('../../db/migrations/meta/_journal.json', import.meta.url))
const maxClockSkewMs = 2000
const startFirst = 'Embedded servers run while Trellis does: npm start.'

/** Postgres: which one, does it answer, its version, its clock, migrations that wait. */
export async function checkDatabase(config: Config): Promise<DoctorCheck[]> {
  const url = config.databaseUrl ?? findEmbeddedUrl(config)
  const source = config.databaseUrl === undefined ? 'embedded' : 'DATABASE_URL'
  if (url === undefined) {
    return [{ name: 'postgres', status: 'warning', detail: 'embedded, not running', remedy: startFirst }]
  }
  try {
    const { version, clockSkewMs } = await checkPostgres(url)
    const skewed = Math.abs(clockSkewMs) > maxClockSkewMs
    return [
      { name: 'postgres', status: 'ok', detail: `${version}, ${source}, ${new URL(url).host}` },
      {
        name: 'clock',
        status: skewed ? 'warning' : 'ok',
        detail: `the database is ${String(Math.abs(clockSkewMs))} ms ${clockSkewMs < 0 ? 'behind' : 'ahead of'} this machine`,
        ...(skewed
          ? { remedy: 'Turn on network time (NTP) on both machines; times are taken from the database.' }
          : {}),
      },
      await checkMigrations(url),
    ]
  } catch (error) {
    return [{ name: 'postgres', status: 'failed', detail: describeError(error), remedy: 'See the message.' }]
  }
}

/** Temporal: which one, does it answer with our namespace. */
export async function checkTemporalServer(config: Config): Promise<DoctorCheck> {
  const address = config.temporalAddress ?? findEmbeddedTemporal(config)
  try {
    if (address === undefined) return await describeTemporalBinary(config)
    const source = config.temporalAddress === undefined ? 'embedded' : 'TEMPORAL_ADDRESS'
    const problem = await checkTemporal(address, config.temporalNamespace)
    const detail = `${address}, ${source}, namespace "${config.temporalNamespace}"`
    if (problem === undefined) return { name: 'temporal', status: 'ok', detail }
    return {
      name: 'temporal',
      status: 'failed',
      detail: `${detail}: ${problem}`,
      remedy: `Start that server; if only the namespace is missing: temporal operator namespace create ${config.temporalNamespace}`,
    }
  } catch (error) {
    return { name: 'temporal', status: 'failed', detail: describeError(error), remedy: 'See the message.' }
  }
}

/** Whether somebody takes the leads' tasks. */
export async function checkWorker(config: Config): Promise<DoctorCheck> {
  const address = config.temporalAddress ?? findEmbeddedTemporal(config)
  const idle = { name: 'worker', status: 'warning' as const }
  if (address === undefined) return { ...idle, detail: 'not running', remedy: startFirst }
  try {
    const connection = await Connection.connect({ address, connectTimeout: 3000 })
    try {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: config.temporalNamespace,
        taskQueue: { name: 'leads' },
      })
      const count = new Set((pollers ?? []).map(({ identity }) => identity)).size
      if (count > 0) return { name: 'worker', status: 'ok', detail: `${String(count)} on queue "leads"` }
      return {
        ...idle,
        detail: 'nobody asks for the tasks of queue "leads"',
        remedy: 'Leads wait safely until a worker runs; look at logs/worker.log in TRELLIS_HOME.',
      }
    } finally {
      await connection.close()
    }
  } catch (error) {
    return { ...idle, detail: `unknown: ${describeError(error)}`, remedy: 'Temporal has to answer first.' }
  }
}

async function describeTemporalBinary(config: Config): Promise<DoctorCheck> {
  const binary = await findTemporalBinary({
    cliPath: config.temporalCliPath,
    searchPath: process.env['PATH'],
    binFolder: describeHome(config.home).bin,
  })
  if (binary === undefined) {
    return {
      name: 'temporal',
      status: 'warning',
      detail: 'embedded, and no program for it yet',
      remedy: '"npm start" downloads it or builds it with Go; or install the Temporal CLI; or set TEMPORAL_ADDRESS.',
    }
  }
  const detail = `embedded, not running; ${binary.version} from ${binary.source} (${binary.path})`
  return { name: 'temporal', status: 'warning', detail, remedy: startFirst }
}

async function checkMigrations(url: string): Promise<DoctorCheck> {
  const { entries } = JSON.parse(readFileSync(journalFile, 'utf8')) as { entries: { when: number }[] }
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`
    const [last] =
      table?.['name'] === null
        ? []
        : await sql<
            { at: string }[]
          >`select created_at::text as at from drizzle.__drizzle_migrations order by created_at desc limit 1`
    const appliedAt = Number(last?.at ?? 0)
    const pending = entries.filter(({ when }) => when > appliedAt).length
    if (pending === 0) return { name: 'migrations', status: 'ok', detail: `all ${String(entries.length)} applied` }
    return {
      name: 'migrations',
      status: 'warning',
      detail: `${String(pending)} of ${String(entries.length)} not applied`,
      remedy: '"npm start" applies them; elsewhere run "node scripts/migrate.ts" before the new version starts.',
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** The embedded servers are ours to ask only while the supervisor of this TRELLIS_HOME runs. */
function findEmbeddedUrl(config: Config): string | undefined {
  const home = describeHome(config.home)
  const state = findHomeHolder(home) === undefined ? undefined : readState(home)
  return state?.postgresPort === undefined ? undefined : embeddedPostgresUrl(state.postgresPort, state.postgresPassword)
}

function findEmbeddedTemporal(config: Config): string | undefined {
  const home = describeHome(config.home)
  const state = findHomeHolder(home) === undefined ? undefined : readState(home)
  return state?.temporalPort === undefined ? undefined : `127.0.0.1:${String(state.temporalPort)}`
}
