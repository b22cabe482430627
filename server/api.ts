/** The API process: composition root of the web server. Starts, and stays up, whatever else is down. */
import { createServer, type Server } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino, { type Logger } from 'pino'
import { openLiveActivities } from '#activities/live-activities.ts'
import { mailboxName, parseMailboxUrl } from '#activities/inbound/mailbox.ts'
import { allowOwnNetwork } from '#activities/outgoing/addresses.ts'
import { createDatabase } from '#db/client.ts'
import { createApp } from './app.ts'
import { createRealProviders, mailSetupOf, realChannels } from './providers.ts'
import { obtainTracing } from './telemetry/obtain-tracing.ts'
import { ConfigError, loadConfig, type Config } from './config.ts'
import { obtainSecret } from './secret.ts'
import { createTemporalGateway } from './temporal.ts'
import { serveMetrics } from './telemetry/metrics-server.ts'
import { createRegistry, describeInstallation, observeRequests } from './telemetry/metrics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** How long requests under way may take to finish when the process is told to stop. */
const drainMs = 5000

/** Thrown for what the person who starts the process can mend; shown without a stack. */
class StartError extends Error {}

async function main(): Promise<void> {
  const config = loadConfig()
  const { databaseUrl, temporalAddress } = config
  if (databaseUrl === undefined || temporalAddress === undefined) {
    throw new StartError('The API needs DATABASE_URL and TEMPORAL_ADDRESS; `npm start` sets both for you.')
  }
  const logger = pino({ name: 'api', level: config.logLevel })
  const version = readVersion()
  const tracing = await obtainTracing(config, { service: 'trellis-api', version })
  allowOwnNetwork(config.allowsOwnNetwork)
  const metrics = createRegistry('api')
  const database = createDatabase(databaseUrl, { max: 20, applicationName: 'trellis-api' })
  const temporal = createTemporalGateway({
    address: temporalAddress,
    namespace: config.temporalNamespace,
    payloadKey: config.payloadKey,
    interceptors: tracing?.clientInterceptors ?? [],
    onPokesFailed: (count) => logger.warn({ count }, 'Temporal did not take pokes; the reconciler sends them again'),
  })
  const custom = await openLiveActivities({
    ...config.activities,
    onChange: (problems) => {
      for (const { source, message } of problems) {
        logger.error({ source }, `A custom activity cannot be used: ${message}`)
      }
      if (problems.length === 0) logger.info('The custom activities were read again.')
    },
  })
  const stopping = new AbortController()
  const pageFolder = fileURLToPath(new URL('../dist/builder', import.meta.url))
  const real = await createRealProviders(config, database.db)
  const app = createApp({
    database,
    temporal,
    registry: custom.registry,
    customActivities: custom,
    logger,
    boundTo: config.host,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    rateLimits: config.rateLimits,
    inboundSecret: config.inbound.secret,
    realChannels: realChannels(config),
    inboxName: config.inbound.mailboxUrl === undefined ? null : mailboxName(parseMailboxUrl(config.inbound.mailboxUrl)),
    email: real.providers.email ?? null,
    mailSetup: await mailSetupOf(config),
    hasSender: config.smtp?.from != null,
    filesFolder: join(config.home, 'files'),
    links: {
      baseUrl: config.publicUrl,
      secret: await obtainSecret(config),
      previous: config.previousSecrets,
    },
    pageFolder: existsSync(pageFolder) ? pageFolder : null,
    version,
    stopping: stopping.signal,
    observeRequest: observeRequests(metrics),
    onHealth: (health) => describeInstallation(metrics, { db: database.db, health }),
    ...(tracing === null ? {} : { traceRequests: tracing.requests }),
  })
  const { host, apiPort } = config.metrics
  const metricsServer = apiPort === undefined ? null : await serveMetrics(metrics, { host, port: apiPort })
  const server = await listen(createServer(app), config)
  logger.info({ host: config.host, port: config.port }, 'The API is ready.')
  stopOnSignal(server, logger, stopping, async () => {
    custom.stop()
    await metricsServer?.close()
    await tracing?.stop()
    real.close()
    await temporal.close()
    await database.close()
  })
}

async function listen(server: Server, { host, port }: Config): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListening(error, host, port)))
    server.listen(port, host, resolve)
  })
  return server
}

function explainListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const known: Record<string, string> = {
    EADDRINUSE: `Port ${String(port)} on ${host} is in use by another program; stop it or choose another PORT.`,
    EACCES: `Not allowed to listen on ${host}:${String(port)}; choose a PORT from 1024 up.`,
    EADDRNOTAVAIL: `"${host}" is not an address of this machine; set HOST to one, for example 127.0.0.1.`,
    ENOTFOUND: `"${host}" is not an address of this machine; set HOST to one, for example 127.0.0.1.`,
  }
  const message = known[error.code ?? '']
  return message === undefined ? error : new StartError(message)
}

/** Lets requests under way finish, closes streams, then the connections. A second signal stops at once. */
function stopOnSignal(server: Server, logger: Logger, stopping: AbortController, close: () => Promise<void>): void {
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) process.exit(1)
    stopping.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), drainMs)
    await closed
    clearTimeout(timer)
    await close()
    logger.info('The API has stopped.')
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  return version
}

main().catch((error: unknown) => {
  const isKnown = error instanceof ConfigError || error instanceof StartError
  process.stderr.write(
    `${isKnown ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  process.exit(1)
})
