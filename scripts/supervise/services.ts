import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '#server/config.ts'
import { choosePort } from '../provision/choose-port.ts'
import { spawnGuarded } from '../provision/guarded-process.ts'
import { writeState, type Home, type HomeState } from '../provision/home.ts'
import { embeddedPostgresUrl, startEmbeddedPostgres } from '../provision/postgres.ts'
import { obtainTemporalBinary } from '../provision/temporal-binary.ts'
import { startEmbeddedTemporal } from '../provision/temporal.ts'
import { formatLogLine } from './log-line.ts'
import type { Service } from './supervisor.ts'

/** What the services are made from. */
export type ServiceContext = { config: Config; home: Home; state: HomeState; say: (message: string) => void }

const root = fileURLToPath(new URL('../..', import.meta.url))
const maxLogBytes = 20 * 1024 * 1024

/** The embedded Postgres, on a port that is remembered for next time. */
export async function createPostgresService(context: ServiceContext): Promise<Service & { url: string }> {
  const { config, home, state, say } = context
  const port = await choosePort({
    name: 'Postgres',
    variable: 'POSTGRES_PORT',
    configured: config.postgresPort,
    remembered: state.postgresPort,
    first: 15_432,
  })
  state.postgresPort = port
  writeState(home, state)
  return {
    name: 'postgres',
    url: embeddedPostgresUrl(port, state.postgresPassword),
    start: async () => {
      const server = await startEmbeddedPostgres({
        dataFolder: home.postgresData,
        port,
        password: state.postgresPassword,
        partsFolder: home.parts,
        logFile: openLog(home, 'postgres'),
        onProgress: say,
      })
      return server.process
    },
  }
}

/** The embedded Temporal server, fetched or built if need be, on a port that is remembered for next time. */
export async function createTemporalService(
  context: ServiceContext,
): Promise<Service & { address: string; description: string }> {
  const { config, home, state, say } = context
  const binary = await obtainTemporalBinary({
    cliPath: config.temporalCliPath,
    searchPath: process.env['PATH'],
    binFolder: home.bin,
    onProgress: say,
  })
  const port = await choosePort({
    name: 'Temporal',
    variable: 'TEMPORAL_PORT',
    configured: config.temporalPort,
    remembered: state.temporalPort,
    first: 17_233,
  })
  state.temporalPort = port
  writeState(home, state)
  return {
    name: 'temporal',
    address: `127.0.0.1:${String(port)}`,
    description: `Temporal ${binary.version}, ${binary.source}`,
    start: async () => {
      const server = await startEmbeddedTemporal({
        binary: binary.path,
        port,
        databaseFile: home.temporalDatabase,
        logFile: openLog(home, 'temporal'),
        namespaces: config.temporalNamespace === 'default' ? [] : [config.temporalNamespace],
      })
      return server.process
    },
  }
}

/** One of our own programs, e.g. `server/api.ts`. Its output goes to the terminal, prefixed, and to its log. */
export function createNodeService(
  name: string,
  script: string,
  env: NodeJS.ProcessEnv,
  { home, say }: ServiceContext,
): Service {
  return {
    name,
    start: () => {
      const log = createWriteStream(openLog(home, name), { flags: 'a', mode: 0o600 })
      return spawnGuarded({
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', join(root, script)],
        cwd: root,
        env,
        // A worker finishes the tasks it has begun.
        stopTimeoutMs: 10_000,
        onLine: (line) => {
          log.write(`${line}\n`)
          say(`${name.padEnd(8)} | ${formatLogLine(line)}`)
        },
      })
    },
  }
}

/** The path of a service's log; one that has grown large is put aside first, over the one before it. */
function openLog(home: Home, name: string): string {
  const file = join(home.logs, `${name}.log`)
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`)
  return file
}
