/** All that the API does with Temporal: poke leads, and look whether the server and a worker are there. */
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client'
import { createPoker, type Poker } from '#activities/poker.ts'
import { taskQueues } from '#engine/vocabulary.ts'
import { createDataConverter } from './payload-codec.ts'

/** How long a check may take before the answer is "no". */
const checkTimeoutMs = 1500

/**
 * A worker's long poll lasts a minute, so a worker that is there has asked within this time. Temporal keeps the name of
 * one that has gone (measured: also after an orderly stop), hence the second look in health.ts.
 */
const pollerFreshMs = 70_000

/** Pokes waiting while Temporal is down, at most; more are left to the reconciler. */
const maxPokesUnderWay = 10_000

export interface TemporalGateway {
  /** For the few things that wait for Temporal: an erasure deletes executions. */
  client: Client
  /**
   * Pokes without being waited for, so `failed` is always 0: the rows are committed, and what is lost here (see
   * `onPokesFailed`) the reconciler sends again.
   */
  poker: Poker
  /** @throws when the server or the namespace does not answer in time. */
  checkServer(): Promise<{ version: string }>
  /** Workers that poll the queue of the leads. @throws when the server does not answer in time. */
  countWorkers(): Promise<number>
  /** In front of the names of task queues; empty but for tests that share a server. */
  queuePrefix: string
  /** Waits a moment for pokes under way, then disconnects. */
  close(): Promise<void>
}

export interface TemporalGatewayOptions {
  address: string
  namespace: string
  /** Seals what Temporal stores; the same as the workers'. */
  payloadKey?: Buffer | undefined
  /** Around each call to Temporal: traces (telemetry/tracing.ts). */
  interceptors?: WorkflowClientInterceptor[]
  /** Isolates test runs that share a server. */
  queuePrefix?: string
  now?: () => number
  /** Told how many pokes failed, when some did. */
  onPokesFailed?: (count: number) => void
}

/**
 * A gateway that connects when first used and again whenever the connection is lost, so that the API starts, and stays
 * up, while Temporal is down. Never throws by itself.
 */
export function createTemporalGateway(options: TemporalGatewayOptions): TemporalGateway {
  const { address, namespace, queuePrefix = '', now = Date.now } = options
  const channelArgs = {
    // After an outage, look again within seconds (gRPC's default backs off to two minutes).
    'grpc.initial_reconnect_backoff_ms': 500,
    'grpc.max_reconnect_backoff_ms': 2000,
  }
  const connection = Connection.lazy({ address, channelArgs })
  // Checks tell how things are now: without the retries that pokes have.
  const checks = Connection.lazy({ address, channelArgs, interceptors: [] })
  const client = new Client({
    connection,
    namespace,
    interceptors: { workflow: options.interceptors ?? [] },
    ...createDataConverter(options.payloadKey),
  })
  const poker = createPoker(client, { queuePrefix })
  const underWay = new Set<Promise<void>>()
  let pokesUnderWay = 0
  const inTime = <T>(call: () => Promise<T>): Promise<T> => checks.withDeadline(now() + checkTimeoutMs, call)

  return {
    client,
    queuePrefix,
    poker: {
      poke(leadIds, pokeOptions) {
        if (leadIds.length === 0) return Promise.resolve({ failed: 0 })
        if (pokesUnderWay + leadIds.length > maxPokesUnderWay) {
          options.onPokesFailed?.(leadIds.length)
          return Promise.resolve({ failed: 0 })
        }
        pokesUnderWay += leadIds.length
        const poke = poker
          .poke(leadIds, pokeOptions)
          .catch(() => ({ failed: leadIds.length }))
          .then(({ failed }) => {
            pokesUnderWay -= leadIds.length
            underWay.delete(poke)
            if (failed > 0) options.onPokesFailed?.(failed)
          })
        underWay.add(poke)
        return Promise.resolve({ failed: 0 })
      },
    },
    async checkServer() {
      const [info] = await inTime(() =>
        Promise.all([
          checks.workflowService.getSystemInfo({}),
          checks.workflowService.describeNamespace({ namespace }),
        ]),
      )
      return { version: info.serverVersion ?? '' }
    },
    async countWorkers() {
      const { pollers } = await inTime(() =>
        checks.workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: `${queuePrefix}${taskQueues.leads}` },
        }),
      )
      const freshSince = now() - pollerFreshMs
      return (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= freshSince)
        .length
    },
    async close() {
      await checks.close()
      const settled = Promise.allSettled(underWay).then(() => true)
      const isIdle = await Promise.race([settled, new Promise<false>((give) => setTimeout(give, 2000, false).unref())])
      // A retry on a closed connection throws where nobody can catch it; what still waits ends with the process.
      if (isIdle) await connection.close()
    },
  }
}
