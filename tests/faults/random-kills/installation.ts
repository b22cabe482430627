/**
 * A whole Trellis as processes of its own, each of which can be killed: Postgres with durability on, Temporal with a
 * database file, workers and APIs. Whatever ends is started again, as a supervisor in production does.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrateDatabase } from '#db/migrate.ts'
import { sendSignal, spawnGuarded, type GuardedProcess } from '#scripts/provision/guarded-process.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { embeddedPostgresUrl, startEmbeddedPostgres } from '#scripts/provision/postgres.ts'
import { obtainTemporalBinary } from '#scripts/provision/temporal-binary.ts'
import { startEmbeddedTemporal } from '#scripts/provision/temporal.ts'
import { defaultHome } from '#server/config.ts'
import type { EngineProcessOptions, Failpoint } from '../../support/engine-process.ts'

/** What can be killed. */
export type Role = 'postgres' | 'temporal' | `worker-${number}` | `api-${number}`

/** One end of a process: asked for by a kill or a failpoint, or by itself (because what it needs was gone). */
export interface Death {
  role: Role
  at: number
  asked: boolean
}

export interface Installation {
  databaseUrl: string
  temporalAddress: string
  apiUrls: readonly string[]
  deaths: readonly Death[]
  /** Kill -9; it is started again after `downMs`. False when it was not running. */
  kill(role: Role, downMs: number): boolean
  /** The next worker that comes to this place kills itself there. */
  arm(place: Failpoint): void
  /** Places where a worker has killed itself, in order. */
  readonly fired: readonly Failpoint[]
  /** Resolves when all processes run. */
  allUp(): Promise<void>
  /** Resolves when each worker has come up once. */
  workersReady(): Promise<void>
  /** Stops everything and deletes its folder. */
  stop(): Promise<void>
  /** Last words of each process, for a failure. */
  logs(): string
}

interface Supervised {
  kill(downMs: number): boolean
  isUp(): boolean
  stop(): Promise<void>
}

/** Starts it all; resolves when everything answers. */
export async function startInstallation(counts: { workers: number; apis: number }): Promise<Installation> {
  const folder = mkdtempSync(join(process.env['TRELLIS_TEST_HOME'] || tmpdir(), 'trellis-faults-'))
  chmodSync(folder, 0o711)
  const deaths: Death[] = []
  const fired: Failpoint[] = []
  const failpointFile = join(folder, 'failpoint')
  const supervised = new Map<Role, Supervised>()
  const log = (role: Role): string => join(folder, `${role}.log`)

  const keep = async (role: Role, start: () => Promise<GuardedProcess>): Promise<void> => {
    const noteDeath = (asked: boolean): void => {
      const taken = takeFired(failpointFile)
      deaths.push({ role, at: Date.now(), asked: asked || taken !== null })
      if (taken !== null) fired.push(taken)
    }
    supervised.set(role, await supervise(start, noteDeath))
  }

  const postgresPort = await findFreePort()
  const password = 'faults'
  await keep('postgres', async () => {
    const { process } = await startEmbeddedPostgres({
      dataFolder: join(folder, 'postgres', 'data'),
      port: postgresPort,
      password,
      partsFolder: join(defaultHome(), 'parts'),
      logFile: log('postgres'),
    })
    return process
  })
  const databaseUrl = embeddedPostgresUrl(postgresPort, password)
  await migrateDatabase(databaseUrl)

  const binary = await obtainTemporalBinary({
    cliPath: process.env['TEMPORAL_CLI_PATH'] || undefined,
    searchPath: process.env['PATH'],
    binFolder: join(process.env['TRELLIS_HOME'] || defaultHome(), 'bin'),
    onProgress: (message) => process.stderr.write(`${message}\n`),
  })
  const temporalPort = await findFreePort()
  const temporalAddress = `127.0.0.1:${String(temporalPort)}`
  await keep('temporal', async () => {
    const { process } = await startEmbeddedTemporal({
      binary: binary.path,
      port: temporalPort,
      databaseFile: join(folder, 'temporal', 'temporal.db'),
      logFile: log('temporal'),
    })
    return process
  })

  const apiUrls: string[] = []
  for (let index = 1; index <= counts.apis; index += 1) {
    const role: Role = `api-${index}`
    const port = await findFreePort()
    apiUrls.push(`http://127.0.0.1:${String(port)}`)
    const env = {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      TRELLIS_HOME: join(folder, 'home'),
      LOG_LEVEL: 'error',
    }
    await keep(role, () =>
      spawnGuarded({
        command: process.execPath,
        args: ['server/api.ts'],
        env,
        logFile: log(role),
        stopTimeoutMs: 1000,
      }),
    )
  }
  for (let index = 1; index <= counts.workers; index += 1) {
    const role: Role = `worker-${index}`
    const options: EngineProcessOptions = {
      databaseUrl,
      temporalAddress,
      queuePrefix: '',
      segments: true,
      home: join(folder, 'home'),
      failpointFile,
    }
    const args = ['tests/support/engine-process.ts', JSON.stringify(options)]
    await keep(role, () =>
      spawnGuarded({ command: process.execPath, args, logFile: log(role), stopSignals: ['SIGKILL'], stopTimeoutMs: 0 }),
    )
  }

  return {
    databaseUrl,
    temporalAddress,
    apiUrls,
    deaths,
    fired,
    kill: (role, downMs) => supervised.get(role)?.kill(downMs) ?? false,
    arm: (place) => writeFileSync(failpointFile, place),
    async allUp() {
      while ([...supervised.values()].some((one) => !one.isUp())) await pause(100)
    },
    async workersReady() {
      const deadline = Date.now() + 180_000
      const workers = [...supervised.keys()].filter((role) => role.startsWith('worker'))
      while (!workers.every((role) => readFileSync(log(role), 'utf8').includes('ready'))) {
        if (Date.now() > deadline) throw new Error('The workers did not come up in 180 s.')
        await pause(200)
      }
    },
    async stop() {
      for (const one of [...supervised.values()].toReversed()) await one.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
    logs: () =>
      [...supervised.keys()]
        .map((role) => `--- ${role}\n${lastLines(log(role), role === 'temporal' ? 3 : 15)}`)
        .join('\n'),
  }
}

/** Starts a process, and starts it again whenever it has ended. Resolves when it runs for the first time. */
async function supervise(start: () => Promise<GuardedProcess>, onDeath: (asked: boolean) => void): Promise<Supervised> {
  let current: GuardedProcess | null = await start()
  const stopping = new AbortController()
  let downMs: number | null = null
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (current === null) {
        // What it needs may be down, or Postgres waits until the last of its old processes is gone.
        current = await start().catch(() => null)
        if (current === null) {
          await pause(300)
          continue
        }
      }
      await current.exited
      current = null
      if (stopping.signal.aborted) return
      onDeath(downMs !== null)
      await pause(downMs ?? 500)
      downMs = null
    }
    await (current as GuardedProcess | null)?.stop()
  }
  const running = run()
  return {
    isUp: () => current?.isRunning() === true,
    kill(ms) {
      if (current === null || downMs !== null) return false
      downMs = ms
      return sendSignal(current.pid, 'SIGKILL')
    },
    async stop() {
      stopping.abort()
      await current?.stop()
      await running
    },
  }
}

/** The place a worker has just killed itself at; it leaves its name behind, once. */
function takeFired(failpointFile: string): Failpoint | null {
  try {
    const place = readFileSync(`${failpointFile}.fired`, 'utf8') as Failpoint
    rmSync(`${failpointFile}.fired`)
    return place
  } catch {
    return null
  }
}

function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
