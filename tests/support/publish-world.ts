/**
 * A journey with 200 leads that really wait on three steps, and its second version: one step is gone, one is changed, one is
 * as it was. What the database says afterwards is asked in plain SQL.
 */
import { sql } from 'drizzle-orm'
import { createJourney, saveDraft } from '#activities/journeys/drafts.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import type { Database } from '#db/client.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { graphSchema, layoutSchema, type Graph } from '#engine/graph/schema.ts'
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { addLead, until, type TestEngine } from './engine.ts'

export const registry = createStepRegistry()

/** Leads by the town that takes them to their step. */
export const towns = { bern: 80, bonn: 70, graz: 50 } as const

const mail = (subject: string) => ({ subject, body: 'Hello', purpose: 'transactional' })
const inTown = (id: string) => ({ id, name: id, when: { kind: 'compare', field: 'city', op: 'is', value: id } })

/** Everybody gets a mail, then waits: Bern for a person, Bonn ten days, Graz thirty. */
export const firstGraph: Graph = graphSchema.parse({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
    { id: 'hello', type: 'send_email', name: 'Say hello', config: mail('Hello') },
    { id: 'town', type: 'branch', name: 'Where from?', config: { cases: [inTown('bern'), inTown('bonn')] } },
    {
      id: 'ask',
      type: 'create_task',
      name: 'Look at it',
      config: { title: 'Look at it', sla: 'PT8H', waitForOutcome: true },
    },
    { id: 'pause', type: 'wait', name: 'Wait ten days', config: { duration: 'P10D' } },
    { id: 'keep', type: 'wait', name: 'Wait a month', config: { duration: 'P30D' } },
    { id: 'end', type: 'exit', config: {} },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'hello' },
    { from: 'hello', port: 'next', to: 'town' },
    { from: 'town', port: 'case:bern', to: 'ask' },
    { from: 'town', port: 'case:bonn', to: 'pause' },
    { from: 'town', port: 'else', to: 'keep' },
    { from: 'ask', port: 'outcome:done', to: 'end' },
    { from: 'pause', port: 'next', to: 'end' },
    { from: 'keep', port: 'next', to: 'end' },
  ],
})

/** Without the task; with another mail and a longer pause. */
export const secondGraph: Graph = graphSchema.parse({
  ...firstGraph,
  nodes: [
    ...firstGraph.nodes.filter(({ id }) => id !== 'ask' && id !== 'pause'),
    { id: 'pause', type: 'wait', name: 'Wait twenty days', config: { duration: 'P20D' } },
    { id: 'news', type: 'send_email', name: 'Send the news', config: mail('News') },
    { id: 'rest', type: 'wait', name: 'Rest', config: { duration: 'P40D' } },
  ],
  edges: [
    ...firstGraph.edges.filter(({ from, to }) => from !== 'ask' && to !== 'ask'),
    { from: 'town', port: 'case:bern', to: 'news' },
    { from: 'news', port: 'next', to: 'rest' },
    { from: 'rest', port: 'next', to: 'end' },
  ],
})

export const policies: LeadPolicy[] = [
  { stepId: 'ask', action: 'move', to: 'news' },
  { stepId: 'pause', action: 'exit' },
  { stepId: 'keep', action: 'finish' },
]

export interface WaitingWorld {
  journeyId: string
  leads: Record<keyof typeof towns, string[]>
}

/** Publishes the first version, lets leads in (200 unless told otherwise) and waits until each has its mail and its step. */
export async function twoHundredWaiting(
  engine: TestEngine,
  counts: Record<keyof typeof towns, number> = towns,
): Promise<WaitingWorld> {
  const { db } = engine
  const journey = await createJourney(db, { name: 'In flight', graph: firstGraph }, 'ann')
  const first = await publish(engine, { journey: journey.id, actor: 'ann' })
  if (!first.published) throw new Error(JSON.stringify(first.issues))
  const leads: WaitingWorld['leads'] = { bern: [], bonn: [], graz: [] }
  for (const [town, count] of Object.entries(counts) as [keyof typeof towns, number][]) {
    for (let index = 0; index < count; index += 1) leads[town].push(await addLead(db, { city: town }))
  }
  const all = Object.values(leads).flat()
  const at = Date.now()
  await db.transaction((tx) =>
    addInputs(
      tx,
      all.map((leadId) => ({
        leadId,
        at,
        input: { kind: 'enroll' as const, journeyId: journey.id, triggerId: 'manual', entryKey: 'first' },
      })),
    ),
  )
  await engine.poker.poke(all)
  await until(
    'everybody waits and has the mail',
    async () => {
      const [row] = await db.execute<{ waiting: number; sent: number }>(sql`
        select (select count(*)::int from enrollments where status = 'active' and state->>'rest' is not null) as waiting,
               (select count(*)::int from deliveries where status = 'accepted') as sent`)
      return row?.waiting === all.length && row.sent === all.length
    },
    120,
  )
  return { journeyId: journey.id, leads }
}

/** Saves the second graph as the draft and publishes it with the policies. Returns the move. */
export async function publishSecond(engine: TestEngine, journeyId: string): Promise<string> {
  const draft = { name: 'In flight', description: '', graph: secondGraph, layout: layoutSchema.parse({}) }
  await saveDraft(engine.db, { journey: journeyId, baseRevision: 1, draft, actor: 'ann' })
  const result = await publish(engine, { journey: journeyId, actor: 'ann', policies, baseVersion: 1, revision: 2 })
  if (!result.published || result.moveId === null) throw new Error(JSON.stringify(result))
  return result.moveId
}

function publish({ db, client, queuePrefix }: TestEngine, request: Parameters<typeof publishJourney>[1]) {
  return publishJourney({ db, registry, schedules: createEntrySchedules(client, { db, queuePrefix }) }, request)
}

export async function untilMoved(db: Database, moveId: string, seconds = 120): Promise<void> {
  await until(
    'the move is done',
    async () => {
      const rows = await db.execute<{ status: string }>(sql`select status from journey_moves where id = ${moveId}`)
      return rows[0]?.status === 'done'
    },
    seconds,
  )
  await until(
    'nothing is queued',
    async () => (await db.execute(sql`select 1 from deliveries where status in ('queued', 'sending')`)).length === 0,
    seconds,
  )
}

/** Who stands where, on which version: `1 keep active 50`. */
export async function standings(db: Database): Promise<string[]> {
  const rows = await db.execute<{ line: string }>(sql`
    select concat_ws(' ', version, step_id, status, count(*)) as line
      from enrollments group by version, step_id, status order by 1`)
  return rows.map(({ line }) => line)
}

/** What the step log says of ends that no port explains, with the version they happened on. */
export async function takenAway(db: Database): Promise<string[]> {
  const rows = await db.execute<{ line: string }>(sql`
    select concat_ws(' ', version, step_id, count(*), reason) as line
      from step_log where port is null group by version, step_id, reason order by 1`)
  return rows.map(({ line }) => line)
}

export async function linesOf(db: Database, query: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await db.execute<{ line: string }>(query)
  return rows.map(({ line }) => line)
}
