/** Many sleeping leads: what they cost the worker in memory, and how fast those it has forgotten are woken. */
import { addInputs } from '#db/repositories/inputs.ts'
import type { Benchmark } from './benchmark.ts'
import { residentMb, startWorkerProcess } from './processes.ts'
import { withServers } from './servers.ts'
import { rounded } from './statistics.ts'
import { addLeads, enrol, openWorld, publish, until, type World } from './world.ts'

const mostMb = 1024
const woken = 1000

export const sleeping: Benchmark = {
  name: 'sleeping',
  run: ({ leads = 100_000 }) =>
    withServers(async ({ postgres, temporal }) => {
      const temporalAddress = temporal.address
      const databaseUrl = await postgres.createDatabase('trellis_sleeping')
      const world = await openWorld(databaseUrl, temporalAddress)
      const script = new URL('./engine-worker.ts', import.meta.url)
      // A cache much smaller than the number of leads, as on a machine of 4 GB: most are forgotten.
      const maxCachedWorkflows = Math.min(2000, Math.ceil(leads / 10))
      const worker = await startWorkerProcess(script, { databaseUrl, temporalAddress, maxCachedWorkflows })
      try {
        const journeyId = await publish(world, aMonth())
        const ids = await addLeads(world, leads)
        for (let start = 0; start < leads; start += 1000) {
          await enrol(world, journeyId, ids.slice(start, start + 1000))
          process.stderr.write(`  ${String(start)}\r`)
        }
        await until('all leads sleep', async () => (await asleep(world)) === leads, { seconds: 3600 })
        const memory = Math.round(residentMb(worker.pid))
        // The first to come are the first forgotten.
        const some = ids.slice(0, Math.min(woken, Math.floor(leads / 2)))
        const startedAt = performance.now()
        const at = Date.now()
        await world.db.transaction((tx) =>
          addInputs(
            tx,
            some.map((leadId) => ({ leadId, at, input: { kind: 'fact' as const, keys: ['field:city'] } })),
          ),
        )
        await world.poker.poke(some)
        await until('the woken have turned', async () => (await unread(world)) === 0, { seconds: 600, everyMs: 50 })
        const perSecond = some.length / ((performance.now() - startedAt) / 1000)
        return [
          {
            name: 'sleeping.worker-memory',
            value: memory,
            unit: 'MB',
            target: `< ${String(mostMb)}`,
            comparedTo: `${String(leads)} sleeping leads, ${String(maxCachedWorkflows)} of them cached`,
            met: memory < mostMb,
          },
          {
            name: 'sleeping.waking',
            value: rounded(perSecond, 0),
            unit: 'turns/s',
            comparedTo: `${String(some.length)} leads that the worker had forgotten, pokes included`,
          },
        ]
      } finally {
        await worker.stop()
        await world.close()
      }
    }),
}

async function asleep({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from enrollments`
  return row?.count ?? 0
}

async function unread({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from lead_inputs where consumed_at is null`
  return row?.count ?? 0
}

function aMonth(): unknown {
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
