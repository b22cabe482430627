/**
 * What a lead costs: CPU of worker, Temporal and Postgres together, ours against two hand-written workflows of the same
 * journey (baselines/), which write the same durable records. Sending is left out on all sides: messages count as
 * accepted when queued. All workers stay up; the rounds alternate between them, and only the one at work is counted.
 */
import { newId } from '#db/ids.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import type { Benchmark, BenchmarkRow } from './benchmark.ts'
import { journeyGraph, waitMs, waitsPerLead } from './baselines/journey.ts'
import { cpuMs, startWorkerProcess } from './processes.ts'
import { withServers, type BenchPostgres, type BenchTemporal } from './servers.ts'
import { median, rounded, spread } from './statistics.ts'
import { acceptAtOnce, addLeads, allowManyMails, enrol, openWorld, pause, publish, until, type World } from './world.ts'

interface Contestant {
  name: 'trellis' | 'per-step' | 'tuned'
  world: World
  workerPid: number
  enter: (leadIds: readonly string[]) => Promise<void>
  close(): Promise<void>
}

/** CPU milliseconds per lead. */
interface Cost {
  worker: number
  temporal: number
  postgres: number
  total: number
}

/** CPU per lead, as ratios. */
export const leadCpu: Benchmark = {
  name: 'lead-cpu',
  run: ({ rounds = 5, leads = 150 }) =>
    withServers(async ({ postgres, temporal }) => {
      const contestants = [
        await ours(postgres, temporal),
        await handWritten('per-step', postgres, temporal),
        await handWritten('tuned', postgres, temporal),
      ]
      try {
        for (const contestant of contestants) await play(contestant, Math.min(leads, 20), postgres, temporal)
        const costs = new Map<string, Cost[]>(contestants.map(({ name }) => [name, []]))
        for (let round = 0; round < rounds; round += 1) {
          for (const contestant of contestants) {
            const cost = await play(contestant, leads, postgres, temporal)
            costs.get(contestant.name)?.push(cost)
            process.stderr.write(`  ${contestant.name}: ${describe(cost)}\n`)
          }
        }
        await compareRecords(contestants)
        return report(costs, `${String(leads)} leads, ${String(rounds)} rounds`)
      } finally {
        for (const contestant of contestants) await contestant.close()
      }
    }),
}

async function ours(postgres: BenchPostgres, temporal: BenchTemporal): Promise<Contestant> {
  const databaseUrl = await postgres.createDatabase('trellis_ours')
  const world = await openWorld(databaseUrl, temporal.address)
  await prepare(world)
  const journeyId = await publish(world, journeyGraph())
  const worker = await startWorkerProcess(new URL('./engine-worker.ts', import.meta.url), {
    databaseUrl,
    temporalAddress: temporal.address,
  })
  return {
    name: 'trellis',
    world,
    workerPid: worker.pid,
    async enter(leadIds) {
      // A few at a time: who enters is not to be seen only after his first wait.
      for (let start = 0; start < leadIds.length; start += 10)
        await enrol(world, journeyId, leadIds.slice(start, start + 10))
    },
    close: () => closeAll(world, worker),
  }
}

async function handWritten(
  name: 'per-step' | 'tuned',
  postgres: BenchPostgres,
  temporal: BenchTemporal,
): Promise<Contestant> {
  const databaseUrl = await postgres.createDatabase(`bench_${name.replace('-', '_')}`)
  const world = await openWorld(databaseUrl, temporal.address)
  await prepare(world)
  const journeyId = await publish(world, journeyGraph())
  const taskQueue = `bench-${name}`
  const worker = await startWorkerProcess(new URL('./baselines/worker.ts', import.meta.url), {
    databaseUrl,
    temporalAddress: temporal.address,
    taskQueue,
  })
  const workflow = name === 'per-step' ? 'perStepWorkflow' : 'tunedWorkflow'
  return {
    name,
    world,
    workerPid: worker.pid,
    async enter(leadIds) {
      const queue = [...leadIds]
      const work = async (): Promise<void> => {
        for (let leadId = queue.pop(); leadId !== undefined; leadId = queue.pop()) {
          const args = [{ leadId, journeyId, enrollmentId: newId() }]
          await world.client.workflow.start(workflow, { workflowId: `${name}:${leadId}`, taskQueue, args })
        }
      }
      await Promise.all(Array.from({ length: 20 }, work))
    },
    close: () => closeAll(world, worker),
  }
}

async function prepare(world: World): Promise<void> {
  await allowManyMails(world)
  await acceptAtOnce(world)
}

async function closeAll(world: World, worker: { stop(): Promise<void> }): Promise<void> {
  await worker.stop()
  await world.close()
}

/** Sends fresh leads through the journey and tells what each has cost. */
async function play(
  { name, world, workerPid, enter }: Contestant,
  leads: number,
  postgres: BenchPostgres,
  temporal: BenchTemporal,
): Promise<Cost> {
  const ids = await addLeads(world, leads)
  const read = () => ({ worker: cpuMs(workerPid), temporal: cpuMs(temporal.pid), postgres: cpuMs(postgres.pid) })
  const before = read()
  await enter(ids)
  await pause(waitMs * waitsPerLead)
  await until(
    `${name} has finished`,
    async () => {
      await tellOfAcceptance(world)
      return (await unfinished(world, ids)) === 0
    },
    { everyMs: 2000 },
  )
  // The workflows learn of the last commits.
  await pause(1000)
  const after = read()
  const worker = (after.worker - before.worker) / leads
  const temporalMs = (after.temporal - before.temporal) / leads
  const postgresMs = (after.postgres - before.postgres) / leads
  return { worker, temporal: temporalMs, postgres: postgresMs, total: worker + temporalMs + postgresMs }
}

/**
 * A lead whose first turn comes later than its first wait would end rests until the mailroom tells it of the message, and
 * there is none here: told as the mailroom would. Happens on a machine that is busy otherwise; elsewhere it finds nobody.
 */
async function tellOfAcceptance(world: World): Promise<void> {
  const held = await world.sql<{ lead_id: string }[]>`
    select lead_id from enrollments where status = 'active' and due_at is null and depends_on[1] like 'sent:%'`
  if (held.length === 0) return
  const at = Date.now()
  const input = { kind: 'delivery' as const, deliveryId: 'bench' }
  await world.db.transaction((tx) =>
    addInputs(
      tx,
      held.map(({ lead_id: leadId }) => ({ leadId, at, input })),
    ),
  )
  await world.poker.poke(held.map(({ lead_id: leadId }) => leadId))
}

async function unfinished({ sql }: World, leadIds: string[]): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select ${leadIds.length} - count(*)::int as count from enrollments
     where lead_id = any(${leadIds}) and status = 'completed'`
  return row?.count ?? leadIds.length
}

/** @throws {Error} when one of them did not write what the others did: the comparison would mean nothing. */
async function compareRecords(contestants: readonly Contestant[]): Promise<void> {
  const counts: string[] = []
  for (const { name, world } of contestants) {
    const [row] = await world.sql<{ records: string }[]>`
      select concat_ws(', ',
        'steps ' || round((select count(*) from step_log)::numeric / n, 3),
        'mails ' || round((select count(*) from deliveries where status = 'accepted')::numeric / n, 3),
        'tags ' || round((select count(*) from lead_tags)::numeric / n, 3),
        'tasks ' || round((select count(*) from tasks)::numeric / n, 3),
        'task log ' || round((select count(*) from task_log)::numeric / n, 3)) as records
        from (select count(*) as n from enrollments where status = 'completed') as finished`
    counts.push(row?.records ?? '')
    process.stderr.write(`  ${name} wrote per lead: ${row?.records ?? ''}\n`)
  }
  if (new Set(counts).size > 1) throw new Error(`They did not write the same: ${counts.join(' | ')}`)
}

function report(costs: Map<string, Cost[]>, how: string): BenchmarkRow[] {
  const own = costs.get('trellis') ?? []
  const against = (name: Contestant['name'], what: string, most: number): BenchmarkRow => {
    const theirs = costs.get(name) ?? []
    const ratios = own.map((cost, round) => cost.total / (theirs[round]?.total ?? Number.NaN))
    const value = rounded(median(ratios))
    const both = `${median(own.map(({ total }) => total)).toFixed(1)} against ${median(theirs.map(({ total }) => total)).toFixed(1)} ms`
    return {
      name: `lead-cpu.${name}`,
      value,
      unit: 'x',
      target: `<= ${String(most)}`,
      comparedTo: `${what}; ${both} of CPU per lead, ${how}, spread ${spread(ratios)}`,
      met: value <= most,
    }
  }
  return [
    against('per-step', 'a hand-written workflow, one activity per step', 0.7),
    against('tuned', 'a hand-written workflow, local activities, one transaction per wake', 1.15),
  ]
}

function describe({ worker, temporal, postgres, total }: Cost): string {
  const parts = `worker ${worker.toFixed(1)}, Temporal ${temporal.toFixed(1)}, Postgres ${postgres.toFixed(1)}`
  return `${total.toFixed(1)} ms per lead (${parts})`
}
