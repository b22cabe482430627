/**
 * Leads enter a journey by a segment sweep, until the first turn of the last one is committed; against a raw
 * signal-with-start of an empty workflow for as many, until the last of them has run its first task.
 */
import { randomUUID } from 'node:crypto'
import { sweepPages } from '#activities/entry/sweep.ts'
import { createSweep } from '#db/repositories/sweeps.ts'
import type { Benchmark } from './benchmark.ts'
import { startWorkerProcess } from './processes.ts'
import { withServers } from './servers.ts'
import { median, rounded, spread } from './statistics.ts'
import { addLeads, openWorld, pause, publish, until, type World } from './world.ts'

const least = 0.8

/** Rates, as a ratio. */
export const enrolment: Benchmark = {
  name: 'enrolment',
  run: ({ rounds = 5, leads = 10_000 }) =>
    withServers(async ({ postgres, temporal }) => {
      const databaseUrl = await postgres.createDatabase('trellis_enrolment')
      const temporalAddress = temporal.address
      const world = await openWorld(databaseUrl, temporalAddress)
      const taskQueue = 'bench-raw'
      const workers = [
        await startWorkerProcess(new URL('./engine-worker.ts', import.meta.url), { databaseUrl, temporalAddress }),
        await startWorkerProcess(new URL('./baselines/worker.ts', import.meta.url), {
          databaseUrl,
          temporalAddress,
          taskQueue,
        }),
      ]
      try {
        await rawRate(world, taskQueue, Math.min(leads, 200))
        const ratios: number[] = []
        const rates: { ours: number; raw: number }[] = []
        for (let round = 0; round < rounds; round += 1) {
          const ours = await sweepRate(world, leads)
          const raw = await rawRate(world, taskQueue, leads)
          process.stderr.write(`  ${ours.toFixed(0)} against ${raw.toFixed(0)} leads/s\n`)
          rates.push({ ours, raw })
          ratios.push(ours / raw)
        }
        const value = rounded(median(ratios))
        const both = `${median(rates.map(({ ours }) => ours)).toFixed(0)} against ${median(rates.map(({ raw }) => raw)).toFixed(0)} leads/s`
        return [
          {
            name: 'enrolment.by-segment',
            value,
            unit: 'x',
            target: `>= ${String(least)}`,
            comparedTo: `raw signal-with-start of an empty workflow; ${both}, ${String(leads)} leads, ${String(rounds)} rounds, spread ${spread(ratios)}`,
            met: value >= least,
          },
        ]
      } finally {
        for (const worker of workers) await worker.stop()
        await world.close()
      }
    }),
}

/** Leads per second through a sweep and the first turn. The pace that protects others is off: this is the top speed. */
async function sweepRate(world: World, leads: number): Promise<number> {
  const source = randomUUID()
  const ids = await addLeads(world, leads)
  await world.sql`update leads set source = ${source}, folded = folded || jsonb_build_object('source', ${source}::text)
                   where id = any(${ids}::uuid[])`
  await world.sql`analyze leads`
  const segment = { kind: 'compare', field: 'source', op: 'is', value: source }
  const journeyId = await publish(world, {
    format: 1,
    nodes: [
      {
        id: 'start',
        type: 'entry',
        config: { triggers: [{ id: 'friday', kind: 'schedule', segment, days: ['fri'], time: '09:00', zone: 'UTC' }] },
      },
      { id: 'wait', type: 'wait', config: { duration: 'P30D' } },
      { id: 'end', type: 'exit' },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'wait' },
      { from: 'wait', port: 'next', to: 'end' },
    ],
    settings: { spreadMinutes: 0, entryGuardPerHour: 10_000_000 },
  })
  const startedAt = performance.now()
  const firesAt = Date.now()
  const sweepId = await createSweep(world.db, { journeyId, triggerId: 'friday', firesAt, testRunId: null })
  const run = { heartbeat: () => {}, sleep: pause, now: Date.now }
  const deps = { db: world.db, poker: world.poker, pokesPerSecond: Number.POSITIVE_INFINITY }
  let progress = 'more'
  while (progress === 'more') ({ progress } = await sweepPages(deps, sweepId, run))
  await until('the last first turn is committed', async () => (await entered(world, journeyId)) >= leads, {
    seconds: 1800,
    everyMs: 50,
  })
  return leads / ((performance.now() - startedAt) / 1000)
}

async function entered({ sql }: World, journeyId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from enrollments where journey_id = ${journeyId}`
  return row?.count ?? 0
}

/** Workflows per second, started as pokes are, until the last one has run. */
async function rawRate({ client }: World, taskQueue: string, count: number): Promise<number> {
  const prefix = randomUUID()
  const startedAt = performance.now()
  const queue = Array.from({ length: count }, (_, index) => `${prefix}:${String(index)}`)
  const results: Promise<unknown>[] = []
  const work = async (): Promise<void> => {
    for (let workflowId = queue.pop(); workflowId !== undefined; workflowId = queue.pop()) {
      await client.workflow.signalWithStart('emptyWorkflow', { workflowId, taskQueue, signal: 'poke', args: [] })
      if (queue.length < 20) results.push(client.workflow.getHandle(workflowId).result())
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
  await Promise.all(results)
  const list = async (): Promise<number> =>
    (await client.workflow.count(`WorkflowId STARTS_WITH "${prefix}" AND ExecutionStatus = "Running"`)).count
  await until('the last first task has run', async () => (await list()) === 0, { seconds: 600, everyMs: 50 })
  return count / ((performance.now() - startedAt) / 1000)
}
