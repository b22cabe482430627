/** Finds the running installation: by the environment, else by what `npm start` wrote down in TRELLIS_HOME. */
import { Client, Connection } from '@temporalio/client'
import { createPoker, type Poker } from '#activities/poker.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { loadConfig } from '#server/config.ts'
import { createDataConverter } from '#server/payload-codec.ts'
import { describeHome, readState } from '../provision/home.ts'
import { embeddedPostgresUrl } from '../provision/postgres.ts'
import { CommandError, exitCodes } from './command.ts'

/** How long Temporal may take to answer before it counts as away. */
const connectTimeoutMs = 3000

/** What commands work with. */
export interface Instance {
  database: DatabaseHandle
  poker: Poker
  /** Null while Temporal is away: what is written then is picked up by the reconciler. */
  temporal: Client | null
}

/**
 * Runs a command's work on the installation and disconnects afterwards.
 *
 * @throws {CommandError} when nothing runs here.
 */
export async function withInstance<Result>(work: (instance: Instance) => Promise<Result>): Promise<Result> {
  const config = loadConfig()
  const state = readState(describeHome(config.home))
  const databaseUrl =
    config.databaseUrl ??
    (state?.postgresPort === undefined ? undefined : embeddedPostgresUrl(state.postgresPort, state.postgresPassword))
  if (databaseUrl === undefined) {
    throw new CommandError(
      `Nothing runs here yet: TRELLIS_HOME ("${config.home}") knows no database. Start Trellis with "npm start", or set DATABASE_URL.`,
      { code: 'NOT_RUNNING', exitCode: exitCodes.unreachable },
    )
  }
  const address =
    config.temporalAddress ??
    (state?.temporalPort === undefined ? undefined : `127.0.0.1:${String(state.temporalPort)}`)
  const database = createDatabase(databaseUrl, { max: 6, applicationName: 'trellis-cli' })
  const connection = address === undefined ? null : await connect(address)
  const temporal =
    connection === null
      ? null
      : new Client({
          connection,
          namespace: config.temporalNamespace,
          ...createDataConverter(config.payloadKey),
        })
  try {
    return await work({ database, temporal, poker: temporal === null ? idlePoker : createPoker(temporal) })
  } finally {
    await connection?.close()
    await database.close()
  }
}

/** The client of commands that cannot do without Temporal. */
export function requireTemporal({ temporal }: Instance): Client {
  if (temporal !== null) return temporal
  throw new CommandError('Temporal does not answer. Is Trellis running? "trellis doctor" says more.', {
    code: 'TEMPORAL_UNREACHABLE',
    exitCode: exitCodes.unreachable,
  })
}

async function connect(address: string): Promise<Connection | null> {
  try {
    return await Connection.connect({ address, connectTimeout: connectTimeoutMs })
  } catch {
    process.stderr.write(
      `Temporal does not answer at ${address}; what this command writes takes effect when it does.\n`,
    )
    return null
  }
}

/** The poke rows stay: the reconciler pokes once Temporal is back. */
const idlePoker: Poker = { poke: () => Promise.resolve({ failed: 0 }) }
