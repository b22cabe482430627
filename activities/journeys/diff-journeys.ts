/** What differs between two journey files, in the order a person reads it. Pure; layout does not count. */
import type { JourneyFile } from '#engine/graph/journey-file.ts'

/** One difference. `path` leads to what differs: `graph.nodes.wait.config.duration`. */
export interface JourneyDifference {
  kind: 'added' | 'removed' | 'changed'
  path: string
  before?: unknown
  after?: unknown
}

/** Everything that differs, steps by id and resources by key, so that their order does not matter. Empty = the same. */
export function diffJourneys(before: JourneyFile, after: JourneyFile): JourneyDifference[] {
  return compare('', comparable(before), comparable(after))
}

function comparable({ key, name, description, graph, resources }: JourneyFile): Record<string, unknown> {
  const byKey = (entries: readonly { key: string }[]) => Object.fromEntries(entries.map((entry) => [entry.key, entry]))
  return {
    key,
    name,
    description,
    nodes: Object.fromEntries(graph.nodes.map(({ id, ...node }) => [id, node])),
    edges: Object.fromEntries(graph.edges.map(({ from, port, to }) => [`${from}:${port}`, to])),
    settings: graph.settings,
    fields: byKey(resources.fields),
    segments: byKey(resources.segments),
    assets: byKey(resources.assets),
    pools: byKey(resources.pools),
    surveys: byKey(resources.surveys),
  }
}

function compare(path: string, before: unknown, after: unknown): JourneyDifference[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) => compare(path === '' ? key : `${path}.${key}`, before[key], after[key]))
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (before === undefined) return [{ kind: 'added', path, after }]
  if (after === undefined) return [{ kind: 'removed', path, before }]
  return [{ kind: 'changed', path, before, after }]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
