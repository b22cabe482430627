/**
 * A worker as a process of its own, for tests that kill it. Argument: JSON of `EngineProcessOptions`. Prints `ready`.
 * With `dieAfterCommits: n` it kills itself with SIGKILL right after the n-th commit of a turn, before the workflow
 * learns of it: the narrowest window there is. With `failpointFile` a test says at any time where to die next.
 */
import { readFileSync, renameSync } from 'node:fs'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { createHighWaterFile, detectRestore } from '#activities/mailroom/high-water-file.ts'
import { createPoker } from '#activities/poker.ts'
import { createMailboxProvider } from '#activities/providers/mailbox.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createEngineActivities } from '#server/engine-activities.ts'
import { startEngine } from '#server/engine.ts'

export interface EngineProcessOptions {
  databaseUrl: string
  temporalAddress: string
  queuePrefix: string
  /** @default 'default' */
  namespace?: string
  /** @default a quarter of the machine's memory */
  maxCachedWorkflows?: number
  dieAfterCommits?: number
  /** Dies inside the transaction instead, before its commit. */
  dieBeforeCommits?: number
  /** The file whose text is where to die next; renamed to `….fired` by the process that does. */
  failpointFile?: string
  /** Serves the segments queue, too, with its schedules: the reconciler runs. */
  segments?: boolean
  /** Where the mailroom keeps its high-water mark. */
  home?: string
}

/** Inside a turn's transaction, after its commit, or between a message's handing over and its record. */
export type Failpoint = 'before-commit' | 'after-commit' | 'after-send'

const options = JSON.parse(process.argv[2] ?? '{}') as EngineProcessOptions
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const { db } = createDatabase(options.databaseUrl)
const connection = await Connection.connect({ address: options.temporalAddress })
const { namespace = 'default' } = options
const client = new Client({ connection, namespace })
const poker = createPoker(client, { queuePrefix: options.queuePrefix })
const registry = createStepRegistry()
const countdown = { after: options.dieAfterCommits ?? 0, before: options.dieBeforeCommits ?? 0 }

/** Nothing but a kill ends it here: what runs after it would not be a crash. */
async function dieIfArmed(place: Failpoint): Promise<void> {
  const { failpointFile } = options
  if (failpointFile === undefined) return
  try {
    if (readFileSync(failpointFile, 'utf8') !== place) return
    renameSync(failpointFile, `${failpointFile}.fired`)
  } catch {
    return
  }
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => {})
}

async function dieAt(which: 'after' | 'before'): Promise<void> {
  await dieIfArmed(`${which}-commit`)
  if (countdown[which] === 0) return
  countdown[which] -= 1
  if (countdown[which] > 0) return
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => {})
}

const highWater = options.home === undefined ? null : createHighWaterFile(options.home)
if (highWater !== null) await detectRestore(db, highWater)
const schedules = createEntrySchedules(client, { db, queuePrefix: options.queuePrefix })
const mailbox = createMailboxProvider(db)
const engine = await startEngine({
  connection: await NativeConnection.connect({ address: options.temporalAddress }),
  namespace,
  queuePrefix: options.queuePrefix,
  activities: {
    ...createEngineActivities({
      db,
      poker,
      queuePrefix: options.queuePrefix,
      stepType: (type) => registry.get(type),
      performers: [],
      mailroom: {
        links: { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) },
        highWater,
        idleMs: 50,
        mailbox: {
          ...mailbox,
          async send(messages) {
            const results = await mailbox.send(messages)
            await dieIfArmed('after-send')
            return results
          },
        },
      },
      log: { info() {}, warn() {} },
      turn: { afterCommit: () => dieAt('after'), beforeCommit: () => dieAt('before') },
    }),
    ...(options.segments === true ? { segments: createEntryActivities({ db, poker, schedules }) } : {}),
  },
})
engine.done.catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
})
await ensureMailrooms(client, { queuePrefix: options.queuePrefix })
if (options.segments === true) await schedules.ensure()
process.stdout.write('ready\n')
