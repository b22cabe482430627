/** Events in Temporal's history per delay and message, counted in real histories: ours and a hand-written workflow's. */
import { newId } from '#db/ids.ts'
import type { Benchmark } from './benchmark.ts'
import { journeyGraph, waitsPerLead } from './baselines/journey.ts'
import { startWorkerProcess } from './processes.ts'
import { withServers } from './servers.ts'
import { acceptAtOnce, addLeads, allowManyMails, enrol, openWorld, publish, until, type World } from './world.ts'

const most = 6

/** Exact, so once is enough. */
export const historyEvents: Benchmark = {
  name: 'history-events',
  run: () =>
    withServers(async ({ postgres, temporal }) => {
      const databaseUrl = await postgres.createDatabase('trellis_events')
      const temporalAddress = temporal.address
      const world = await openWorld(databaseUrl, temporalAddress)
      const workers = [
        await startWorkerProcess(new URL('./engine-worker.ts', import.meta.url), { databaseUrl, temporalAddress }),
        await startWorkerProcess(new URL('./baselines/worker.ts', import.meta.url), {
          databaseUrl,
          temporalAddress,
          taskQueue: 'bench-baseline',
        }),
      ]
      try {
        await allowManyMails(world)
        await acceptAtOnce(world)
        const ours = await perDelay(world, async (journeyId, leadId) => {
          await enrol(world, journeyId, [leadId])
          return `lead:${leadId}`
        })
        const handWritten = await perDelay(world, async (journeyId, leadId) => {
          const workflowId = `per-step:${leadId}`
          const args = [{ leadId, journeyId, enrollmentId: newId() }]
          await world.client.workflow.start('perStepWorkflow', { workflowId, taskQueue: 'bench-baseline', args })
          return workflowId
        })
        return [
          {
            name: 'history-events.delay-and-message',
            value: ours,
            unit: 'events',
            target: `<= ${String(most)}`,
            comparedTo: `${String(handWritten)} of a hand-written workflow with one activity per step; exact`,
            met: ours <= most,
          },
        ]
      } finally {
        for (const worker of workers) await worker.stop()
        await world.close()
      }
    }),
}

/** Events between the timer of the second wait and that of the third: one delay and one message. */
async function perDelay(world: World, start: (journeyId: string, leadId: string) => Promise<string>): Promise<number> {
  const journeyId = await publish(world, journeyGraph())
  const [leadId = ''] = await addLeads(world, 1)
  const workflowId = await start(journeyId, leadId)
  const handle = world.client.workflow.getHandle(workflowId)
  await until(`${workflowId} is complete`, async () => (await handle.describe()).status.name === 'COMPLETED')
  const { events } = await handle.fetchHistory()
  const timers = (events ?? []).flatMap((event, index) => (event.timerStartedEventAttributes ? [index] : []))
  if (timers.length !== waitsPerLead) throw new Error(`There are ${String(timers.length)} timers in the history.`)
  return (timers[2] ?? 0) - (timers[1] ?? 0)
}
