/** What a journey drawn in the builder must be, and what must become of its leads, however it was drawn. */
import { readFileSync } from 'node:fs'
import { eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { saveResources } from '#db/repositories/library-writes.ts'
import { enrollments, journeys, journeyVersions } from '#db/schema/journeys.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { until } from '../../support/engine.ts'
import type { ServedEngine } from './served-engine.ts'

const text = readFileSync(new URL('../../../examples/journeys/friday-sampler.json', import.meta.url), 'utf8')

/** The shipped journey that is drawn again: T2. */
export function fridaySampler() {
  const { file } = parseJourneyFile(JSON.parse(text))
  if (file === null) throw new Error('friday-sampler cannot be read')
  return file
}

/** Its segment, pool and assets, which are there before the journey is. */
export async function installSamplerLibrary({ database }: ServedEngine): Promise<void> {
  const { resources } = fridaySampler()
  await database.db.transaction((tx) => saveResources(tx, resources))
}

/** The steps by what they are called, and by which way each leads to which: ids and places are the author's own affair. */
function shapeOf({ nodes, edges }: Graph): string[] {
  const names = new Map(nodes.map(({ id, name, type }) => [id, `${name ?? ''} (${type})`]))
  return [
    ...names.values(),
    ...edges.map(({ from, port, to }) => `${names.get(from) ?? from} –${port}→ ${names.get(to) ?? to}`),
  ].toSorted()
}

/** The published version is T2: the same steps in the same order, the same trigger, the same settings that matter. */
export async function expectFridaySampler({ database }: ServedEngine, journey: string): Promise<void> {
  const wanted = fridaySampler().graph
  const [row] = await database.db
    .select({ graph: journeyVersions.graph })
    .from(journeyVersions)
    .innerJoin(journeys, eq(journeys.id, journeyVersions.journeyId))
    .where(eq(journeys.key, journey))
  const graph = row?.graph
  if (graph === undefined) throw new Error(`${journey} was not published`)
  expect(shapeOf(graph)).toEqual(shapeOf(wanted))
  const triggerOf = ({ nodes }: Graph) => {
    const [first] = (nodes.find(({ type }) => type === 'entry')?.config['triggers'] ?? []) as Record<string, unknown>[]
    return { kind: first?.['kind'], days: first?.['days'], time: first?.['time'], segment: first?.['segment'] }
  }
  expect(triggerOf(graph)).toEqual(triggerOf(wanted))
  const inviteOf = ({ nodes }: Graph) => {
    const config = nodes.find(({ type }) => type === 'invite')?.config
    return { pool: config?.['pool'], limit: config?.['limit'] }
  }
  expect(inviteOf(graph)).toEqual(inviteOf(wanted))
  expect(graph.settings.reenrollment).toEqual(wanted.settings.reenrollment)
}

/** Enrols a lead by the API, as a program would, and waits until it has left by the last step. */
export async function expectLeadArrives(
  { address, database }: ServedEngine,
  { journey, leadId, at }: { journey: string; leadId: string; at: string },
): Promise<void> {
  const response = await fetch(`${address}/api/v1/enrollments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ journey, lead: { id: leadId } }),
  })
  expect(response.ok ? '' : await response.text()).toBe('')
  await until(
    `the lead has come to “${at}”`,
    async () => {
      const rows = await database.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
      return rows.some(({ status }) => status === 'completed')
    },
    40,
  )
  const [row] = await database.db
    .select({ stepId: enrollments.stepId, graph: journeyVersions.graph })
    .from(enrollments)
    .innerJoin(journeyVersions, eq(journeyVersions.journeyId, enrollments.journeyId))
    .where(eq(enrollments.leadId, leadId))
  expect(row?.graph.nodes.find(({ id }) => id === row.stepId)?.name).toBe(at)
}
