import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { startApiProcess, type ApiProcess } from '#tests/support/api-process.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startEngineProcess, type RunningEngine } from '#tests/support/engine-processes.ts'
import { until } from '#tests/support/engine.ts'
import { createTestNamespace, temporalAddress } from '#tests/support/temporal.ts'
import { createRandom } from './random-kills/random.ts'

/** Two APIs over one database and one worker, each a process: nothing is agreed on but what Postgres says. */
let database: TestDatabase
let handle: DatabaseHandle
let home: string
let namespace: string
let worker: RunningEngine
const apis: ApiProcess[] = []

const journey = {
  format: 1,
  key: 'form',
  name: 'Form',
  graph: {
    format: 1,
    nodes: [
      {
        id: 'entry',
        type: 'entry',
        config: { triggers: [{ id: 'form', kind: 'event', event: 'asked_for_a_call', where: [] }] },
      },
      {
        id: 'mail',
        type: 'send_email',
        config: { subject: 'Thank you', body: 'We call.', purpose: 'transactional' },
      },
      { id: 'answer', type: 'wait_for_event', config: { event: 'answered', timeout: 'P1D' } },
      { id: 'tag', type: 'add_tag', config: { tag: 'answered' } },
      { id: 'end', type: 'exit', config: { reason: 'End' } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'answer' },
      { from: 'answer', port: 'happened', to: 'tag' },
      { from: 'answer', port: 'timeout', to: 'end' },
      { from: 'tag', port: 'next', to: 'end' },
    ],
  },
}

beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 4 })
  home = await mkdtemp(join(tmpdir(), 'trellis-two-apis-'))
  namespace = await createTestNamespace()
  await importJourneyFile(handle, journey, { actor: 'test' })
  const deps = { db: handle.db, registry: createStepRegistry(), schedules: null }
  const { published } = await publishJourney(deps, { journey: 'form', actor: 'test' })
  if (!published) throw new Error('The journey of this test cannot be published.')
  const place = { databaseUrl: database.url, temporalAddress: temporalAddress(), namespace }
  worker = await startEngineProcess({ ...place, queuePrefix: '' })
  for (let index = 0; index < 2; index += 1) apis.push(await startApiProcess({ ...place, home }))
})
afterAll(async () => {
  worker?.kill()
  for (const api of apis) api.kill()
  await handle?.close()
  await database?.drop()
  if (home !== undefined) await rm(home, { recursive: true, force: true })
})

interface Sent {
  messageId: string
  lead: { email: string }
  event: string
  occurredAt?: string
}
interface Answer {
  accepted: number
  results: { messageId: string; status: string; leadId: string | null }[]
}

async function post(api: number, events: readonly Sent[]): Promise<Answer> {
  const response = await fetch(`${apis[api]?.url ?? ''}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

/** Everything four times, each time in another order and in other batches, to both processes at once. */
async function flood(events: readonly Sent[], seed: number): Promise<Answer['results']> {
  const random = createRandom(seed)
  const calls: Promise<Answer>[] = []
  for (let round = 0; round < 4; round += 1) {
    const shuffled = random.shuffle(events)
    for (let from = 0; from < shuffled.length;) {
      const size = random.between(1, 12)
      calls.push(post(round % 2, shuffled.slice(from, from + size)))
      from += size
    }
  }
  return (await Promise.all(calls)).flatMap((answer) => answer.results)
}

const rows = async <Row extends Record<string, unknown>>(query: string): Promise<Row[]> =>
  (await handle.db.execute(sql.raw(query))) as unknown as Row[]

describe('two API processes', () => {
  test('that get the same events at the same time and in any order record each once and move each lead once', async () => {
    const people = Array.from({ length: 20 }, (_, index) => ({ email: `person-${String(index)}@example.test` }))
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    const first = people.flatMap((lead, index): Sent[] => [
      { messageId: `call-${String(index)}`, lead, event: 'asked_for_a_call' },
      { messageId: `visit-${String(index)}`, lead, event: 'visited' },
      // Of yesterday, arriving before or after the entry: no answer to what was sent today.
      { messageId: `late-${String(index)}`, lead, event: 'answered', occurredAt: yesterday },
    ])
    const results = await flood(first, 7)
    expect(results).toHaveLength(first.length * 4)
    const accepted = results.filter(({ status }) => status === 'accepted').map(({ messageId }) => messageId)
    expect(accepted.toSorted()).toEqual(first.map(({ messageId }) => messageId).toSorted())
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
    expect(await rows(`select count(*)::int as n from leads`)).toEqual([{ n: 20 }])
    await until('everybody waits for an answer', async () => {
      const [row] = await rows<{ n: number }>(`
        select count(*)::int as n from enrollments e
         where step_id = 'answer' and status = 'active' and not exists
               (select 1 from deliveries d where d.enrollment_id = e.id and d.status <> 'accepted')`)
      return row?.n === 20
    })

    const second = people.map((lead, index): Sent => ({ messageId: `yes-${String(index)}`, lead, event: 'answered' }))
    const answers = await flood(second, 8)
    expect(answers.filter(({ status }) => status === 'accepted')).toHaveLength(20)
    await until('everybody is through', async () => {
      const [row] = await rows<{ n: number }>(
        `select count(*)::int as n from enrollments where status = 'completed' or status = 'exited'`,
      )
      return row?.n === 20
    })
    const paths = await rows<{ path: string; n: number }>(`
      select path, count(*)::int as n from (
        select string_agg(step_id || ' ' || coalesce(port, 'end'), ', ' order by id) as path from step_log group by enrollment_id) p
       group by path`)
    expect(paths).toEqual([{ path: 'entry next, mail next, answer happened, tag next, end end', n: 20 }])
    expect(await rows(`select count(*)::int as n, count(distinct lead_id)::int as leads from mailbox`)).toEqual([
      { n: 20, leads: 20 },
    ])
    expect(
      await rows(`
        select t.type, sum(t.count)::int as counted,
               (select count(*)::int from events e where e.type = t.type and e.voided_at is null) as rows
          from event_totals t where t.type in ('asked_for_a_call', 'visited', 'answered') group by t.type order by 1`),
    ).toEqual([
      { type: 'answered', counted: 40, rows: 40 },
      { type: 'asked_for_a_call', counted: 20, rows: 20 },
      { type: 'visited', counted: 20, rows: 20 },
    ])
  })

  test('a thousand events that nobody waits for add nothing to the history of the lead', async () => {
    const lead = { email: 'quiet@example.test' }
    await post(0, [{ messageId: 'quiet-call', lead, event: 'asked_for_a_call' }])
    const client = new Client({ connection: await Connection.connect({ address: temporalAddress() }), namespace })
    try {
      await until('the lead waits and its message is out', async () => {
        const [row] = await rows<{ n: number }>(`
          select count(*)::int as n from enrollments e join leads l on l.id = e.lead_id
            join deliveries d on d.enrollment_id = e.id and d.status = 'accepted'
           where l.email = 'quiet@example.test' and e.step_id = 'answer'
             and not exists (select 1 from lead_inputs i where i.lead_id = l.id and i.consumed_at is null)`)
        return row?.n === 1
      })
      const [{ id } = { id: '' }] = await rows<{ id: string }>(
        `select id from leads where email = 'quiet@example.test'`,
      )
      const execution = client.workflow.getHandle(`lead:${id}`)
      const length = async (): Promise<number> => (await execution.describe()).historyLength
      // The turn that queued the message may still be reporting back.
      let before = await length()
      await until('its history stands still', async () => {
        const now = await length()
        const isStill = now === before
        before = now
        await new Promise((resolve) => setTimeout(resolve, 500))
        return isStill
      })
      const noise = Array.from({ length: 1000 }, (_, index): Sent => ({
        messageId: `noise-${String(index)}`,
        lead,
        event: `noise-${String(index % 7)}`,
      }))
      const calls = Array.from({ length: 20 }, (_, call) => post(call % 2, noise.slice(call * 45, call * 45 + 45)))
      // The last hundred one by one, as a tracker sends them.
      calls.push(...noise.slice(900).map((event, index) => post(index % 2, [event])))
      const accepted = (await Promise.all(calls)).reduce((sum, answer) => sum + answer.accepted, 0)
      expect(accepted).toBe(1000)
      expect(
        await rows(`select count(*)::int as n from lead_inputs where lead_id = '${id}' and kind <> 'enroll'`),
      ).toEqual([{ n: 0 }])
      // One event that matters, and the turn it leads to: had a poke been on its way, it would be in the history by now.
      expect(await length()).toBe(before)
      await post(1, [{ messageId: 'quiet-yes', lead, event: 'answered' }])
      await until('the lead is through', async () => {
        const [row] = await rows<{ n: number }>(
          `select count(*)::int as n from enrollments where lead_id = '${id}' and finished_at is not null`,
        )
        return row?.n === 1
      })
      const history = await execution.fetchHistory()
      const signals = (history.events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes)
      expect(signals.length).toBeLessThanOrEqual(2)
    } finally {
      await client.connection.close()
    }
  })
})
