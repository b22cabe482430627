/**
 * A worker as a process of its own, for tests that kill it. Argument: JSON of `EngineProcessOptions`. Prints `ready`.
 * With `dieAfterCommits: n` it kills itself with SIGKILL right after the n-th commit of a turn, before the workflow
 * learns of it: the narrowest window there is.
 */
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { createPoker } from '#activities/poker.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createEngineActivities } from '#server/engine-activities.ts'
import { startEngine } from '#server/engine.ts'

export interface EngineProcessOptions {
  databaseUrl: string
  temporalAddress: string
  queuePrefix: string
  dieAfterCommits?: number
  /** Dies inside the transaction instead, before its commit. */
  dieBeforeCommits?: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as EngineProcessOptions
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const { db } = createDatabase(options.databaseUrl)
const connection = await Connection.connect({ address: options.temporalAddress })
const client = new Client({ connection })
const poker = createPoker(client, { queuePrefix: options.queuePrefix })
const registry = createStepRegistry()
const countdown = { after: options.dieAfterCommits ?? 0, before: options.dieBeforeCommits ?? 0 }

async function dieAt(which: 'after' | 'before'): Promise<void> {
  if (countdown[which] === 0) return
  countdown[which] -= 1
  if (countdown[which] > 0) return
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => {})
}

await startEngine({
  connection: await NativeConnection.connect({ address: options.temporalAddress }),
  namespace: 'default',
  queuePrefix: options.queuePrefix,
  activities: createEngineActivities({
    db,
    poker,
    queuePrefix: options.queuePrefix,
    stepType: (type) => registry.get(type),
    performers: [],
    mailroom: { links: { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) }, highWater: null, idleMs: 50 },
    log: { info() {}, warn() {} },
    turn: { afterCommit: () => dieAt('after'), beforeCommit: () => dieAt('before') },
  }),
})
await ensureMailrooms(client, { queuePrefix: options.queuePrefix })
process.stdout.write('ready\n')
