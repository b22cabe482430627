/** The worker process: composition root of everything that makes leads move. Run several of them for more speed. */
import { mkdir } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Runtime, DefaultLogger } from '@temporalio/worker'
import pino from 'pino'
import { createPoker } from '#activities/poker.ts'
import { createTurn } from '#activities/turn/turn.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { ConfigError, loadConfig } from './config.ts'
import { startEngine } from './engine.ts'

async function main(): Promise<void> {
  const config = loadConfig()
  const log = pino({ name: 'worker', level: config.logLevel })
  if (config.databaseUrl === undefined || config.temporalAddress === undefined) {
    throw new Error('The worker needs DATABASE_URL and TEMPORAL_ADDRESS; `npm start` sets both for you.')
  }
  await mkdir(config.home, { recursive: true })
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => log.warn({ level, ...meta }, message)),
    shutdownSignals: [],
  })
  const database = createDatabase(config.databaseUrl, { max: 20, applicationName: 'trellis-worker' })
  const address = config.temporalAddress
  const connection = await Connection.connect({ address })
  const native = await NativeConnection.connect({ address })
  const client = new Client({ connection, namespace: config.temporalNamespace })
  const poker = createPoker(client)
  const registry = createStepRegistry([])
  const engine = await startEngine({
    connection: native,
    namespace: config.temporalNamespace,
    activities: { leads: { turn: createTurn({ db: database.db, stepType: (type) => registry.get(type) }) } },
  })
  void poker
  log.info('The worker is ready.')

  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    await engine.stop()
    await native.close()
    await connection.close()
    await database.close()
    process.exit(0)
  }
  process.on('SIGINT', () => void stop())
  process.on('SIGTERM', () => void stop())
  await engine.done
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError || error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
