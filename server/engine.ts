/**
 * The workers: everything that makes leads move, over one Temporal connection. Each kind of work has its own queue, so
 * that a segment rebuild or a slow custom activity never delays a lead.
 */
import { totalmem } from 'node:os'
import type { DataConverter } from '@temporalio/common'
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker'
import { taskQueues } from '#engine/vocabulary.ts'
import { obtainWorkflowBundle } from './workflow-bundle.ts'

/** A cached lead workflow weighs about this much (measured); beyond the cache a wake costs a replay. */
const bytesPerCachedLead = 0.3 * 1024 * 1024
/** A quarter of the machine's memory for sleeping leads, within reason. */
function cachedLeads(): number {
  return Math.min(20_000, Math.max(500, Math.floor((totalmem() * 0.25) / bytesPerCachedLead)))
}

export interface EngineOptions {
  connection: NativeConnection
  namespace: string
  /** Isolates test runs that share a server. @default '' */
  queuePrefix?: string
  /** Activities by queue; a queue that is absent gets no worker in this process. */
  activities: Partial<Record<keyof typeof taskQueues, object>>
  /** @default a quarter of the machine's memory */
  maxCachedWorkflows?: number
  /** Spans for workflows and activities (telemetry/tracing.ts). */
  tracing?: { workflowModules: readonly string[]; workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'> }
  /** How payloads are sealed (payload-codec.ts). */
  dataConverter?: DataConverter
}

export interface Engine {
  /** Resolves when all workers have stopped; rejects when one fails. */
  done: Promise<void>
  /** Lets what is under way finish (up to the grace time), then stops. */
  stop(): Promise<void>
}

/** Starts the workers. They poll until `stop`. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { connection, namespace, queuePrefix = '', activities } = options
  const workflowBundle = await obtainWorkflowBundle(options.tracing?.workflowModules)
  const maxCachedWorkflows = options.maxCachedWorkflows ?? cachedLeads()
  const perQueue: Record<keyof typeof taskQueues, Partial<WorkerOptions>> = {
    leads: {
      workflowBundle,
      maxCachedWorkflows,
      maxConcurrentLocalActivityExecutions: 50,
      maxConcurrentWorkflowTaskExecutions: 100,
    },
    mailroom: { workflowBundle, maxCachedWorkflows: 50, maxConcurrentActivityTaskExecutions: 20 },
    segments: { workflowBundle, maxCachedWorkflows: 50, maxConcurrentActivityTaskExecutions: 10 },
    custom: { maxConcurrentActivityTaskExecutions: 100 },
  }
  const workers: Worker[] = []
  for (const [name, queueActivities] of Object.entries(activities)) {
    const queue = name as keyof typeof taskQueues
    workers.push(
      await Worker.create({
        connection,
        namespace,
        taskQueue: `${queuePrefix}${taskQueues[queue]}`,
        activities: queueActivities,
        shutdownGraceTime: '5 seconds',
        shutdownForceTime: '10 seconds',
        ...options.tracing?.workerOptions,
        ...(options.dataConverter ? { dataConverter: options.dataConverter } : {}),
        ...perQueue[queue],
      }),
    )
  }
  const runs = workers.map((worker) => worker.run())
  const done = Promise.all(runs).then(() => {})
  return {
    done,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
      await Promise.allSettled(runs)
    },
  }
}
