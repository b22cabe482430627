/**
 * Friday 09:00 must not starve a thank-you: thousands of leads are due at one instant, and while they are worked off a
 * person's form comes in every half second. Measured: from the form's commit until its thank-you is queued.
 */
import { ingestEvents } from '#db/repositories/events.ts'
import { emptyLibrary } from '#engine/library.ts'
import type { Benchmark } from './benchmark.ts'
import { startWorkerProcess } from './processes.ts'
import { withServers } from './servers.ts'
import { quantile, rounded } from './statistics.ts'
import { addLeads, allowManyMails, enrol, openWorld, pause, publish, until, type World } from './world.ts'

const mostSeconds = 5
const forms = 60

export const burst: Benchmark = {
  name: 'burst',
  run: ({ leads = 20_000 }) =>
    withServers(async ({ postgres, temporal }) => {
      const databaseUrl = await postgres.createDatabase('trellis_burst')
      const temporalAddress = temporal.address
      const world = await openWorld(databaseUrl, temporalAddress)
      const worker = await startWorkerProcess(new URL('./engine-worker.ts', import.meta.url), {
        databaseUrl,
        temporalAddress,
      })
      try {
        await allowManyMails(world)
        const dueAt = await gather(world, leads)
        await publish(world, thankYouGraph())
        const people = await addLeads(world, forms)
        await pause(dueAt - Date.now())
        const seconds: number[] = []
        let isBusy = true
        for (const leadId of people) {
          // Only forms sent while the burst is being worked off count.
          if (isBusy) isBusy = (await stillDue(world)) > 0
          if (!isBusy) break
          seconds.push(await thank(world, leadId))
          await pause(500)
        }
        const late = quantile(seconds, 0.95)
        return [
          {
            name: 'burst.thank-you-p95',
            value: rounded(late),
            unit: 's',
            target: `<= ${String(mostSeconds)}`,
            comparedTo: `${String(seconds.length)} forms while ${String(leads)} leads were due at one instant; median ${rounded(quantile(seconds, 0.5))} s`,
            met: seconds.length > 0 && late <= mostSeconds,
          },
        ]
      } finally {
        await worker.stop()
        await world.close()
      }
    }),
}

/** Brings all leads to a wait that ends at one instant, far enough away for all to have arrived. Returns the instant. */
async function gather(world: World, leads: number): Promise<number> {
  const seconds = Math.ceil(60 + leads / 20)
  const startedAt = Date.now()
  const dueAt = startedAt + seconds * 1000
  const journeyId = await publish(world, {
    format: 1,
    nodes: [
      { id: 'start', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'wait', type: 'wait', config: { duration: `PT${String(seconds)}S` } },
      { id: 'mail', type: 'send_email', config: { subject: 'Friday', body: 'Hello', purpose: 'nurture' } },
      { id: 'end', type: 'exit' },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'wait' },
      { from: 'wait', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'end' },
    ],
    settings: { spreadMinutes: 0 },
  })
  const ids = await addLeads(world, leads)
  for (let start = 0; start < leads; start += 1000)
    await enrol(world, journeyId, ids.slice(start, start + 1000), startedAt)
  const waiting = async (): Promise<number> => {
    const [row] = await world.sql<{ count: number }[]>`
      select count(*)::int as count from enrollments where journey_id = ${journeyId}`
    return row?.count ?? 0
  }
  await until('all leads wait', async () => (await waiting()) === leads, { seconds: 3600 })
  if (Date.now() > dueAt) throw new Error('The leads were due before all of them waited; take fewer with --leads.')
  return dueAt
}

async function stillDue({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from enrollments where status = 'active' and due_at <= now()`
  return row?.count ?? 0
}

function thankYouGraph(): unknown {
  return {
    format: 1,
    nodes: [
      { id: 'start', type: 'entry', config: { triggers: [{ id: 'form', kind: 'event', event: 'form_submitted' }] } },
      { id: 'mail', type: 'send_email', config: { subject: 'Thank you', body: 'Thank you', purpose: 'transactional' } },
      { id: 'end', type: 'exit' },
    ],
    edges: [
      { from: 'start', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'end' },
    ],
    settings: { priority: 1 },
  }
}

/** Records the form as the API does and waits for the message. Seconds. */
async function thank(world: World, leadId: string): Promise<number> {
  const startedAt = performance.now()
  const { leadIds } = await world.db.transaction((tx) =>
    ingestEvents(
      tx,
      [
        {
          lead: { id: leadId },
          type: 'form_submitted',
          occurredAt: Date.now(),
          properties: { form: 'contact' },
          dedupeKey: leadId,
        },
      ],
      { library: emptyLibrary(), priority: 1 },
    ),
  )
  await world.poker.poke(leadIds, { priority: 1 })
  const isQueued = async (): Promise<boolean> => {
    const rows = await world.sql`select 1 from deliveries where lead_id = ${leadId}`
    return rows.length > 0
  }
  await until('the thank-you is queued', isQueued, { seconds: 120, everyMs: 20 })
  return (performance.now() - startedAt) / 1000
}
