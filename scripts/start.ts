// `npm start [-- --no-demo]`: everything Trellis needs on one machine, kept running until Ctrl-C.
// Order: Postgres, schema, Temporal, the builder's pages, API, worker, demo data. Stops in the reverse order. Each
// child runs under a watcher (provision/guard.mjs), so that even a kill -9 of this process leaves nothing behind.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '#db/migrate.ts'
import { displayHost, loadConfig, type Config } from '#server/config.ts'
import { checkPostgres } from './provision/check-postgres.ts'
import { lockHome } from './provision/home-lock.ts'
import { loadState, openHome, writeState } from './provision/home.ts'
import { endLeftovers } from './provision/leftovers.ts'
import { isPortFree } from './provision/ports.ts'
import { readCommandLine } from './provision/processes.ts'
import { checkTemporal } from './provision/temporal.ts'
import { buildBuilder } from './supervise/builder-assets.ts'
import { withProgress } from './supervise/progress.ts'
import { createNodeService, createPostgresService, createTemporalService } from './supervise/services.ts'
import type { ServiceContext } from './supervise/services.ts'
import { createSupervisor, type Supervisor } from './supervise/supervisor.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const usage = 'Usage: npm start [-- --no-demo]\n  --no-demo  begin with an empty database instead of the demo\n'

/** A line on the terminal; one that is closed (`npm start | head`) is no reason to die. */
function say(message: string): void {
  process.stdout.write(`${message}\n`)
}
process.stdout.on('error', () => undefined)

let supervisor: Supervisor | undefined
let unlockHome: (() => void) | undefined

async function shutDown(exitCode: number): Promise<never> {
  if (supervisor !== undefined && !supervisor.isStopping) say('Stopping: worker, API, Temporal, Postgres…')
  await supervisor?.stop()
  unlockHome?.()
  process.exit(exitCode)
}

async function start(): Promise<void> {
  const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
  if (values.help === true) return void process.stdout.write(usage)
  const startedAt = Date.now()
  const config = loadConfig()
  const home = openHome(config.home)
  const address = `http://${displayHost(config.host)}:${String(config.port)}`
  unlockHome = lockHome(home, address)
  const state = loadState(home)
  const ended = await endLeftovers(home, state)
  if (ended.length > 0) say(`Ended what an earlier start had left behind: ${ended.join(', ')}`)
  state.processes = {}
  writeState(home, state)
  // After the leftovers, one of which may hold it.
  await requireFreePort(config)
  say(`Data and logs: ${home.path}`)

  const context: ServiceContext = { config, home, state, say }
  supervisor = createSupervisor({
    say,
    onStart: (name, { pid }) => {
      state.processes[name] = { pid, command: readCommandLine(pid) ?? '' }
      writeState(home, state)
    },
  })
  const databaseUrl = await providePostgres(context, supervisor)
  await withProgress('Migrating the database', say, () => migrateDatabase(databaseUrl))
  const temporalAddress = await provideTemporal(context, supervisor)
  const builder = await withProgress("Building the builder's pages", say, buildBuilder)
  if (builder === 'built') say("The builder's pages were built")

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOST: config.host,
    PORT: String(config.port),
    TRELLIS_HOME: home.path,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: config.temporalNamespace,
    TRELLIS_SECRET: config.secret ?? state.secret,
    LOG_LEVEL: config.logLevel,
  }
  await supervisor.run(createNodeService('api', 'server/api.ts', env, context))
  await supervisor.run(createNodeService('worker', 'server/worker.ts', env, context))
  await withProgress('Waiting for the API', say, () => waitForApi(address))
  say(`\nTrellis runs at ${address} (started in ${((Date.now() - startedAt) / 1000).toFixed(1)} s; Ctrl-C stops it)\n`)
  if (values['no-demo'] !== true) await seedDemo(env, context)
}

async function providePostgres(context: ServiceContext, supervisor: Supervisor): Promise<string> {
  const { databaseUrl } = context.config
  if (databaseUrl !== undefined) {
    const { version } = await checkPostgres(databaseUrl)
    say(`Postgres ${version}, from DATABASE_URL`)
    return databaseUrl
  }
  const service = await createPostgresService(context)
  const { url } = service
  await withProgress('Starting Postgres', say, () => supervisor.run(service))
  const { version } = await checkPostgres(url)
  say(`Postgres ${version}, embedded, port ${new URL(url).port}`)
  return url
}

async function provideTemporal(context: ServiceContext, supervisor: Supervisor): Promise<string> {
  const { temporalAddress, temporalNamespace } = context.config
  if (temporalAddress !== undefined) {
    const problem = await checkTemporal(temporalAddress, temporalNamespace)
    if (problem !== undefined) {
      throw new Error(
        `TEMPORAL_ADDRESS is "${temporalAddress}", but no Temporal server answers there with the namespace ` +
          `"${temporalNamespace}" (${problem}). Start it, create the namespace with "temporal operator namespace ` +
          `create ${temporalNamespace}", or unset TEMPORAL_ADDRESS to use the embedded server.`,
      )
    }
    say(`Temporal at ${temporalAddress}, from TEMPORAL_ADDRESS`)
    return temporalAddress
  }
  const service = await withProgress('Getting Temporal', say, () => createTemporalService(context))
  await withProgress('Starting Temporal', say, () => supervisor.run(service))
  say(`${service.description}, ${service.address}`)
  return service.address
}

async function requireFreePort({ host, port }: Config): Promise<void> {
  if (await isPortFree(port, host)) return
  throw new Error(
    `Port ${String(port)} on ${host} is in use by another program, or ${host} is not an address of this machine. ` +
      `Stop that program, or choose another port with PORT, e.g. PORT=${String(port + 1)} npm start.`,
  )
}

/** Any answer will do: GET /health says itself what is not well. */
async function waitForApi(address: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    try {
      await fetch(`${address}/health`, { signal: AbortSignal.timeout(2000) })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  say(`The API does not answer at ${address} yet; its log says why (TRELLIS_HOME/logs/api.log).`)
}

async function seedDemo(env: NodeJS.ProcessEnv, context: ServiceContext): Promise<void> {
  if (!existsSync(join(root, 'server', 'demo', 'seed.ts'))) return
  const demo = await createNodeService('demo', 'server/demo/seed.ts', env, context).start()
  const { code } = await demo.exited
  if (code !== 0 && supervisor?.isStopping !== true) {
    say('The demo data could not be written; Trellis itself runs. "npm start -- --no-demo" leaves the demo out.')
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void shutDown(signal === 'SIGINT' ? 130 : 143))
}
// The bootstrap was killed.
process.on('disconnect', () => void shutDown(1))

try {
  await start()
} catch (error) {
  if (supervisor?.isStopping !== true) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
    await shutDown(1)
  }
}
