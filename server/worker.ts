/** The worker process: composition root of everything that makes leads move. Run several of them for more speed. */
import { mkdir, readFile } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import pino from 'pino'
import { performersOf } from '#activities/effects/performer.ts'
import { createWebhookPerformer } from '#activities/effects/webhook.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { openLiveActivities } from '#activities/live-activities.ts'
import { createInboundActivities } from '#activities/inbound/activity.ts'
import { parseMailboxUrl } from '#activities/inbound/mailbox.ts'
import { createHighWaterFile, detectRestore } from '#activities/mailroom/high-water-file.ts'
import { rememberPublicUrl } from '#activities/notifications/notify-person.ts'
import { createPoker } from '#activities/poker.ts'
import { allowOwnNetwork } from '#activities/outgoing/addresses.ts'
import { createDatabase } from '#db/client.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { noteProviderState } from '#db/repositories/provider-state.ts'
import { ConfigError, loadConfig } from './config.ts'
import { createEngineActivities } from './engine-activities.ts'
import { startEngine } from './engine.ts'
import { createDataConverter } from './payload-codec.ts'
import { createRealProviders } from './providers.ts'
import { obtainSecret } from './secret.ts'
import { serveMetrics } from './telemetry/metrics-server.ts'
import { countDeliveries, countRescues, createRegistry, observeTurns } from './telemetry/metrics.ts'
import { obtainTracing } from './telemetry/obtain-tracing.ts'
import { ensureStanding, watchStanding } from './standing-executions.ts'

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
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const tracing = await obtainTracing(config, { service: 'trellis-worker', version })
  allowOwnNetwork(config.allowsOwnNetwork)
  const metrics = createRegistry('worker')
  const database = createDatabase(config.databaseUrl, { max: 20, applicationName: 'trellis-worker' })
  const { db } = database
  const turns = createDatabase(config.databaseUrl, { max: 20, prepare: true, applicationName: 'trellis-turns' })
  const address = config.temporalAddress
  const connection = await Connection.connect({ address })
  const native = await NativeConnection.connect({ address })
  const converter = createDataConverter(config.payloadKey)
  const client = new Client({
    connection,
    namespace: config.temporalNamespace,
    interceptors: { workflow: tracing?.clientInterceptors ?? [] },
    ...converter,
  })
  const poker = createPoker(client)
  const { mailboxUrl, doneFolder } = config.inbound
  const schedules = createEntrySchedules(client, { db, readsMail: mailboxUrl !== undefined })

  const custom = await openLiveActivities({
    ...config.activities,
    onChange: (problems) => {
      for (const { source, message } of problems) {
        log.error({ source }, `A custom activity cannot be used: ${message}`)
      }
      if (problems.length === 0) log.info('The custom activities were read again.')
    },
  })
  const highWater = createHighWaterFile(config.home)
  const restored = await detectRestore(db, highWater)
  if (restored !== null) {
    log.warn(restored, 'The database is behind what was sent: everything is on hold. See `trellis hold show`.')
  }

  const secret = await obtainSecret(config)
  await rememberPublicUrl(db, config.publicUrl)
  const real = await createRealProviders(config, db)
  const stopping = new AbortController()
  const countRescue = countRescues(metrics)
  const engine = await startEngine({
    connection: native,
    namespace: config.temporalNamespace,
    ...converter,
    ...(tracing === null
      ? {}
      : { tracing: { workflowModules: [tracing.workflowModule], workerOptions: tracing.workerOptions } }),
    activities: {
      ...createEngineActivities({
        db,
        poker,
        stepType: (type) => custom.registry.get(type),
        performers: performersOf(custom, createWebhookPerformer({ secret })),
        mailroom: {
          links: { baseUrl: config.publicUrl, secret },
          highWater,
          onRecorded: countDeliveries(metrics),
          providers: real.providers,
          onProviderChange: ({ channel, reason }) => {
            if (reason === null) log.info({ channel }, 'The mail provider can be reached again.')
            else
              log.warn({ channel, code: reason.split(':')[0] }, 'The mail provider cannot be reached: messages wait.')
            noteProviderState(db, { channel, reason }).catch(() => undefined)
          },
          stopping: stopping.signal,
        },
        log,
        turn: { db: turns.db },
        aroundTurn: (turn) => observeTurns(metrics, turn),
      }),
      segments: {
        ...createInboundActivities({
          db,
          poker,
          library: () => readLibrary(db),
          mailbox: mailboxUrl === undefined ? null : parseMailboxUrl(mailboxUrl, doneFolder ?? null),
          log,
        }),
        ...createEntryActivities({
          db,
          poker,
          schedules,
          registry: () => custom.registry,
          onTaskFailure: ({ what, error }) =>
            log.warn(
              { what, error: error instanceof Error ? error.name : 'unknown' },
              'A task or a notice to a person could not be dealt with.',
            ),
          onRescue: (counts) => {
            countRescue({ ...counts })
            log.warn(counts, 'The reconciler had to wake leads whose poke was lost.')
          },
        }),
      },
    },
  })
  const standing = { client, schedules }
  await ensureStanding(standing)
  const watch = watchStanding(standing, () =>
    log.warn('Temporal had lost its data: mailrooms and schedules were made anew.'),
  )
  const { host, workerPort } = config.metrics
  const metricsServer = workerPort === undefined ? null : await serveMetrics(metrics, { host, port: workerPort })
  log.info('The worker is ready.')

  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    stopping.abort()
    watch.stop()
    custom.stop()
    await engine.stop()
    real.close()
    await metricsServer?.close()
    await tracing?.stop()
    await native.close()
    await connection.close()
    await turns.close()
    await database.close()
    process.exit(0)
  }
  process.on('SIGINT', () => void stop())
  process.on('SIGTERM', () => void stop())
  await engine.done
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError || error instanceof Error ? error.message : String(error)
  process.stderr.write(`The worker could not start: ${text}\n`)
  process.exit(1)
})
