import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Connection } from '@temporalio/client'
import { quoteLog } from './log-file.ts'
import { spawnGuarded, type GuardedProcess } from './guarded-process.ts'

/** How to run an embedded Temporal server. */
export type EmbeddedTemporalOptions = {
  /** The `temporal` program. */
  binary: string
  port: number
  /** Leads survive a restart because of this file. */
  databaseFile: string
  logFile: string
  /** Created beside `default` when the server starts. */
  namespaces?: readonly string[]
  /** More settings of the server; they win over Trellis's own. */
  dynamicConfig?: Readonly<Record<string, string>>
  /** A folder to delete once the server is gone, even when we were killed. */
  removeWhenDone?: string
}

/** A running embedded Temporal server. */
export type EmbeddedTemporal = { process: GuardedProcess; address: string }

/**
 * Rate limits that guard a shared cluster make no sense on one's own machine: a burst of 20,000 due leads would wait
 * for them. `matching.useNewMatcher` makes priorities count, which servers before 1.32 leave off.
 */
const dynamicConfig: Readonly<Record<string, string>> = {
  'matching.useNewMatcher': 'true',
  'frontend.rps': '100000',
  'frontend.namespaceRPS': '100000',
  'frontend.namespaceRPS.visibility': '1000',
  'frontend.namespaceCount': '10000',
  'frontend.persistenceMaxQPS': '1000000',
  'history.rps': '100000',
  'history.persistenceMaxQPS': '1000000',
  'history.timerProcessorMaxPollRPS': '200',
  'history.transferProcessorMaxPollRPS': '200',
  'matching.rps': '100000',
  'matching.persistenceMaxQPS': '1000000',
  'worker.persistenceMaxQPS': '100000',
  'worker.schedulerNamespaceStartWorkflowRPS': '1000',
}

/** The arguments of `temporal` for an embedded server; exported so that a test can hold the flags. */
export function temporalServerArguments(options: EmbeddedTemporalOptions): string[] {
  return [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(options.port),
    '--db-filename',
    options.databaseFile,
    // 2.4 times faster than the default file mode, and still crash-safe (docs/adr/0010).
    '--sqlite-pragma',
    'journal_mode=WAL',
    '--sqlite-pragma',
    'synchronous=NORMAL',
    ...(options.namespaces ?? []).flatMap((name) => ['--namespace', name]),
    ...Object.entries({ ...dynamicConfig, ...options.dynamicConfig }).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
  ]
}

/**
 * Starts a Temporal development server with a database file on 127.0.0.1 and waits until it answers. The port must be
 * free: a server that dies because somebody else holds it is an error, never a reason to use theirs.
 *
 * @throws {Error} when it stops while starting or does not answer within 60 s.
 */
export async function startEmbeddedTemporal(options: EmbeddedTemporalOptions): Promise<EmbeddedTemporal> {
  mkdirSync(dirname(options.databaseFile), { recursive: true, mode: 0o711 })
  const server = await spawnGuarded({
    command: options.binary,
    args: temporalServerArguments(options),
    logFile: options.logFile,
    ...(options.removeWhenDone === undefined ? {} : { removeWhenDone: options.removeWhenDone }),
  })
  const address = `127.0.0.1:${String(options.port)}`
  const deadline = Date.now() + 60_000
  for (;;) {
    const problem = await checkTemporal(address, options.namespaces?.[0] ?? 'default', 2000)
    if (!server.isRunning()) {
      throw new Error(`Temporal stopped while starting on port ${String(options.port)}.\n${quoteLog(options.logFile)}`)
    }
    if (problem === undefined) return { process: server, address }
    if (Date.now() > deadline) {
      await server.stop()
      throw new Error(`Temporal did not answer on ${address} in 60 s (${problem}).\n${quoteLog(options.logFile)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Undefined when a Temporal server answers there and has the namespace, else what is wrong, in words. */
export async function checkTemporal(address: string, namespace: string, timeoutMs = 5000): Promise<string | undefined> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: timeoutMs })
    try {
      await connection.withDeadline(Date.now() + timeoutMs, () =>
        connection.workflowService.describeNamespace({ namespace }),
      )
      return undefined
    } finally {
      await connection.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
