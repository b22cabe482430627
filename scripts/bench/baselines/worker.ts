/** A worker process for the hand-written workflows. Argument: JSON of `BaselineWorkerOptions`. Tells its parent `ready`. */
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { createPerStepActivities } from './per-step-activities.ts'
import { openRecords } from './records.ts'
import { createTunedActivities } from './tuned-activities.ts'

export interface BaselineWorkerOptions {
  databaseUrl: string
  temporalAddress: string
  taskQueue: string
}

const { databaseUrl, temporalAddress, taskQueue } = JSON.parse(process.argv[2] ?? '{}') as BaselineWorkerOptions
process.on('disconnect', () => process.exit(0))
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })
const db = openRecords(databaseUrl)
// The same limits as the product's own worker for leads (server/engine.ts).
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: temporalAddress }),
  taskQueue,
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  }),
  activities: { ...createPerStepActivities(db), ...createTunedActivities(db) },
  maxCachedWorkflows: 20_000,
  maxConcurrentLocalActivityExecutions: 50,
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentWorkflowTaskExecutions: 100,
})
process.send?.('ready')
await worker.run()
