/** What one save changed in a draft, for the record of who did what: steps by id and by the name they had. */
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '#engine/facts.ts'
import type { Graph, GraphNode, Layout } from '#engine/graph/schema.ts'

interface Saved {
  name: string
  description: string
  draftGraph: Graph
  draftLayout: Layout
}
interface Next {
  name: string
  description: string
  graph: Graph
  layout: Layout
}

/** Of each kind at most, per save: a paste of a thousand steps is no less clear for it. */
const mostSteps = 20

/**
 * `added`, `removed`, `changed` (what it does, what it is called, or where it leads): lists of `{ id, name }`, where `name` is
 * null if its author gave it none. `journey: true`: its name, description or options. `layout: true`: where things stand, or
 * notes. What is empty is left out.
 */
export function draftChange(before: Saved, after: Next): Record<string, Json> {
  const old = new Map(before.draftGraph.nodes.map((node) => [node.id, node]))
  const now = new Set(after.graph.nodes.map(({ id }) => id))
  const waysBefore = waysOf(before.draftGraph)
  const waysAfter = waysOf(after.graph)
  const isOther = (node: GraphNode): boolean => {
    const known = old.get(node.id)
    if (known === undefined) return false
    // Not as texts: the database keeps the members of an object in an order of its own.
    return !isDeepStrictEqual(known, node) || waysBefore.get(node.id) !== waysAfter.get(node.id)
  }
  const options = (graph: Graph) => ({ ...graph, nodes: [], edges: [] })
  const isJourney =
    before.name !== after.name ||
    before.description !== after.description ||
    !isDeepStrictEqual(options(before.draftGraph), options(after.graph))
  const change: Record<string, Json> = {}
  const put = (member: string, nodes: readonly GraphNode[]) => {
    if (nodes.length > 0) change[member] = nodes.slice(0, mostSteps).map(({ id, name = null }) => ({ id, name }))
  }
  put(
    'added',
    after.graph.nodes.filter(({ id }) => !old.has(id)),
  )
  put(
    'removed',
    before.draftGraph.nodes.filter(({ id }) => !now.has(id)),
  )
  put('changed', after.graph.nodes.filter(isOther))
  if (isJourney) change['journey'] = true
  if (!isDeepStrictEqual(before.draftLayout, after.layout)) change['layout'] = true
  return change
}

/** Where each step leads, as a text to compare. */
function waysOf({ edges }: Graph): Map<string, string> {
  const ways = Map.groupBy(edges, ({ from }) => from)
  return new Map(
    [...ways].map(([from, own]) => [
      from,
      own
        .map(({ port, to }) => `${port}>${to}`)
        .sort()
        .join(' '),
    ]),
  )
}
