/** Where a segment is named: whoever changes or deletes it is told each place. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client.ts'
import { enrollments, journeys, journeyVersions } from '#db/schema/journeys.ts'
import { segments } from '#db/schema/library.ts'
import type { Graph } from '#engine/graph/schema.ts'

/** One place that names a segment. */
export interface SegmentUse {
  kind: 'journey' | 'segment'
  key: string
  name: string
  /**
   * Of a journey: `live` is what new leads enter, `draft` is not published yet, `earlier` is a version that leads are
   * still in. Null for a segment.
   */
  where: 'live' | 'draft' | 'earlier' | null
  /** Steps that name it; `null` stands for the journey's goal and exits. */
  steps: { id: string | null; name: string }[]
}

/** Every use of every segment, by the segment's key. */
export async function findSegmentUses(db: Queryable): Promise<Map<string, SegmentUse[]>> {
  const uses = new Map<string, SegmentUse[]>()
  const add = (segment: string, use: SegmentUse) => uses.set(segment, [...(uses.get(segment) ?? []), use])
  for (const { key, name, where, graph } of await readGraphs(db)) {
    for (const [segment, steps] of segmentsOfGraph(graph)) add(segment, { kind: 'journey', key, name, where, steps })
  }
  for (const { key, name, rule } of await db.select().from(segments).orderBy(segments.name)) {
    for (const segment of namedIn(rule)) add(segment, { kind: 'segment', key, name, where: null, steps: [] })
  }
  return uses
}

/** Drafts that differ from what is live, what is live, and versions that leads are still in. */
async function readGraphs(
  db: Queryable,
): Promise<{ key: string; name: string; where: NonNullable<SegmentUse['where']>; graph: Graph }[]> {
  const drafts = await db
    .select({ key: journeys.key, name: journeys.name, graph: journeys.draftGraph })
    .from(journeys)
    .where(sql`${journeys.status} <> 'archived'`)
    .orderBy(journeys.name)
  const versions = await db
    .select({
      key: journeys.key,
      name: journeys.name,
      version: journeyVersions.version,
      liveVersion: journeys.liveVersion,
      status: journeys.status,
      graph: journeyVersions.graph,
    })
    .from(journeyVersions)
    .innerJoin(journeys, eq(journeys.id, journeyVersions.journeyId))
    .where(
      sql`(${journeys.status} in ('live', 'paused') and ${journeyVersions.version} = ${journeys.liveVersion}) or exists (
        select 1 from ${enrollments} where ${and(
          eq(enrollments.journeyId, journeyVersions.journeyId),
          eq(enrollments.version, journeyVersions.version),
          inArray(enrollments.status, ['active', 'paused', 'parked']),
        )})`,
    )
    .orderBy(journeys.name, journeyVersions.version)
  return [
    ...versions.map(({ key, name, version, liveVersion, status, graph }) => {
      const isLive = version === liveVersion && status !== 'archived'
      return { key, name, where: isLive ? ('live' as const) : ('earlier' as const), graph }
    }),
    ...drafts.map((draft) => ({ ...draft, where: 'draft' as const })),
  ]
}

/** Which segments a graph names, and in which of its steps. */
function segmentsOfGraph(graph: Graph): Map<string, SegmentUse['steps']> {
  const found = new Map<string, SegmentUse['steps']>()
  const add = (segment: string, step: { id: string | null; name: string }) =>
    found.set(segment, [...(found.get(segment) ?? []), step])
  for (const node of graph.nodes) {
    for (const segment of namedIn(node.config)) add(segment, { id: node.id, name: node.name ?? node.type })
  }
  for (const segment of namedIn(graph.settings)) add(segment, { id: null, name: 'Goal and exits' })
  return found
}

/** Segments named by conditions anywhere inside: custom steps may keep rules where they like. */
function namedIn(value: unknown): Set<string> {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit)
    else if (typeof part === 'object' && part !== null) {
      const { kind, segment } = part as { kind?: unknown; segment?: unknown }
      if (kind === 'in_segment' && typeof segment === 'string') found.add(segment)
      Object.values(part).forEach(visit)
    }
  }
  visit(value)
  return found
}
