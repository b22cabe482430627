/** The product's worker for leads as a process of its own. Argument: JSON of `EngineWorkerOptions`. Tells its parent `ready`. */
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { createPoker } from '#activities/poker.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createEngineActivities } from '#server/engine-activities.ts'
import { startEngine } from '#server/engine.ts'

export interface EngineWorkerOptions {
  databaseUrl: string
  temporalAddress: string
  /** @default the engine's own */
  maxCachedWorkflows?: number
  /** Start of the id of leads whose turns fail for ever. @default none */
  poison?: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as EngineWorkerOptions
process.on('disconnect', () => process.exit(0))
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const { db } = createDatabase(options.databaseUrl, { max: 20 })
// As in server/worker.ts.
const turns = createDatabase(options.databaseUrl, { max: 20, prepare: true })
const connection = await Connection.connect({ address: options.temporalAddress })
const poker = createPoker(new Client({ connection }))
const registry = createStepRegistry()
const { leads } = createEngineActivities({
  db,
  poker,
  stepType: (type) => registry.get(type),
  performers: [],
  mailroom: { links: { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) }, highWater: null },
  log: { info() {}, warn() {} },
  turn: {
    db: turns.db,
    async beforeCommit(leadId) {
      if (options.poison !== undefined && leadId.startsWith(options.poison)) throw new Error('This lead is poison.')
    },
  },
})
const engine = await startEngine({
  connection: await NativeConnection.connect({ address: options.temporalAddress }),
  namespace: 'default',
  activities: { leads },
  ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
})
process.send?.('ready')
await engine.done
