/** Leads whose turns fail for ever must not slow the others: p95 from an input to its commit, with and without them. */
import type { Benchmark } from './benchmark.ts'
import { startWorkerProcess } from './processes.ts'
import { withServers } from './servers.ts'
import { median, quantile, rounded, spread } from './statistics.ts'
import { addLeads, enrol, openWorld, pause, publish, until, type World } from './world.ts'

const most = 1.2
const poisonLeads = 200
/** First characters of the id of a poison lead; ours begin with the time, so no other has them. */
const prefix = 'bad0bad0'

export const poison: Benchmark = {
  name: 'poison',
  run: ({ rounds = 5, leads = 200 }) =>
    withServers(async ({ postgres, temporal }) => {
      const temporalAddress = temporal.address
      const databaseUrl = await postgres.createDatabase('trellis_poison')
      const world = await openWorld(databaseUrl, temporalAddress)
      const script = new URL('./engine-worker.ts', import.meta.url)
      const worker = await startWorkerProcess(script, { databaseUrl, temporalAddress, poison: prefix })
      try {
        const journeyId = await publish(world, aWait())
        await latencies(world, journeyId, 50)
        const calm: number[] = []
        const among: number[] = []
        // Once poisoned, always poisoned: the calm rounds come first, then as many among the failing.
        for (let round = 0; round < rounds; round += 1)
          calm.push(quantile(await latencies(world, journeyId, leads), 0.95))
        await enrol(world, journeyId, await addLeads(world, poisonLeads, prefix))
        await pause(5000)
        for (let round = 0; round < rounds; round += 1)
          among.push(quantile(await latencies(world, journeyId, leads), 0.95))
        const value = rounded(median(among) / median(calm))
        const both = `${median(among).toFixed(0)} ms (${spread(among, 0)}) against ${median(calm).toFixed(0)} ms (${spread(calm, 0)})`
        return [
          {
            name: 'poison.turn-p95',
            value,
            unit: 'x',
            target: `<= ${String(most)}`,
            comparedTo: `the same without ${String(poisonLeads)} poison leads; ${both}, ${String(leads)} leads one after the other, ${String(rounds)} rounds each`,
            met: value <= most,
          },
        ]
      } finally {
        await worker.stop()
        await world.close()
      }
    }),
}

/** One lead after the other, so that none waits for another: milliseconds from its input to its first turn's commit. */
async function latencies(world: World, journeyId: string, count: number): Promise<number[]> {
  const ids = await addLeads(world, count)
  const times: number[] = []
  for (const leadId of ids) {
    const startedAt = performance.now()
    await enrol(world, journeyId, [leadId])
    const isIn = async (): Promise<boolean> =>
      (await world.sql`select 1 from enrollments where lead_id = ${leadId}`).length > 0
    await until('the lead is in', isIn, { seconds: 60, everyMs: 5 })
    times.push(performance.now() - startedAt)
  }
  return times
}

function aWait(): unknown {
  return {
    format: 1,
    nodes: [
      { id: 'start', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'wait', type: 'wait', config: { duration: 'P30D' } },
      { id: 'end', type: 'exit' },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'wait' },
      { from: 'wait', port: 'next', to: 'end' },
    ],
    settings: { reenrollment: { policy: 'always' }, spreadMinutes: 0 },
  }
}
