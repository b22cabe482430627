/** What is different between two graphs of a journey, by the ids of their steps, as data and in plain English. */
import { canonicalJson } from '../definition/canonical.ts'
import type { Graph, GraphNode, Layout } from '../graph/schema.ts'
import { readingOrder, successorsOf } from '../graph/traverse.ts'
import { quote } from './config-issues.ts'

/** A setting that differs. Lists of things with ids are compared by id (`['cases', 'vip', 'name']`), others as a whole. */
interface FieldChange {
  path: (string | number)[]
  /** Undefined when it was not there. */
  before: unknown
  /** Undefined when it is not there any more. */
  after: unknown
}

/** A step, for showing. */
interface DiffStep {
  id: string
  name: string
  type: string
}

/** A way out of a step that is in both graphs and leads elsewhere now. Null = nowhere. */
interface Rewiring extends DiffStep {
  port: string
  before: string | null
  after: string | null
}

/** The differences, each list in reading order. */
export interface GraphDiff {
  /** True when nothing differs but what is drawn where. */
  same: boolean
  added: DiffStep[]
  removed: DiffStep[]
  changed: (DiffStep & { fields: FieldChange[] })[]
  rewired: Rewiring[]
  /** Steps that were only drawn elsewhere. Needs both layouts. */
  moved: DiffStep[]
  settings: FieldChange[]
  /** One sentence each; empty when nothing differs. */
  lines: string[]
}

/**
 * Compares two graphs. The order of nodes and edges does not count; the connections of an added or removed step are part of
 * its being added or removed.
 */
export function diffGraphs(
  before: Graph,
  after: Graph,
  layouts: { before?: Layout | undefined; after?: Layout | undefined } = {},
): GraphDiff {
  const old = new Map(before.nodes.map((node) => [node.id, node]))
  const now = new Map(after.nodes.map((node) => [node.id, node]))
  const nodesAfter = inReadingOrder(after)
  const added = nodesAfter.filter(({ id }) => !old.has(id)).map(asStep)
  const removed = inReadingOrder(before)
    .filter(({ id }) => !now.has(id))
    .map(asStep)
  const changed = nodesAfter.flatMap((node) => {
    const former = old.get(node.id)
    const fields = former === undefined ? [] : nodeChanges(former, node)
    return fields.length === 0 ? [] : [{ ...asStep(node), fields }]
  })
  const rewired = nodesAfter.filter(({ id }) => old.has(id)).flatMap((node) => rewirings(node, before, after))
  const touched = new Set([...changed, ...rewired].map(({ id }) => id))
  const moved = nodesAfter.filter(({ id }) => old.has(id) && !touched.has(id) && hasMoved(id, layouts)).map(asStep)
  const settings = valueChanges(before.settings, after.settings, [])
  const different = [added, removed, changed, rewired, settings].some((list) => list.length > 0)
  const diff = { same: !different, added, removed, changed, rewired, moved, settings }
  return { ...diff, lines: describe(diff, (id) => `"${nameOf(now.get(id) ?? old.get(id), id)}"`) }
}

function nodeChanges(before: GraphNode, after: GraphNode): FieldChange[] {
  const { config: configBefore, ...restBefore } = before
  const { config: configAfter, ...restAfter } = after
  return [...valueChanges(restBefore, restAfter, []), ...valueChanges(configBefore, configAfter, [])]
}

function rewirings(node: GraphNode, before: Graph, after: Graph): Rewiring[] {
  const old = waysOut(before, node.id)
  const now = waysOut(after, node.id)
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((port) => {
    const from = old.get(port) ?? null
    const to = now.get(port) ?? null
    return from === to ? [] : [{ ...asStep(node), port, before: from, after: to }]
  })
}

/** Port → target; several targets of one port (an error, but it can be drawn) are listed together. */
function waysOut(graph: Graph, id: string): Map<string, string> {
  const targets = new Map<string, string[]>()
  for (const edge of graph.edges) {
    if (edge.from === id) targets.set(edge.port, [...(targets.get(edge.port) ?? []), edge.to])
  }
  return new Map(Array.from(targets, ([port, ids]) => [port, ids.toSorted().join(', ')]))
}

function valueChanges(before: unknown, after: unknown, path: (string | number)[]): FieldChange[] {
  if (sameValue(before, after)) return []
  const old = asRecord(before)
  const now = asRecord(after)
  if (old === null || now === null) return [{ path, before, after }]
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort()
  const inside = keys.flatMap((key) => valueChanges(old.get(key), now.get(key), [...path, key]))
  // The same members in another order: that is what differs then (branches ask their cases in order).
  return inside.length > 0 ? inside : [{ path: [...path, 'order'], before: [...old.keys()], after: [...now.keys()] }]
}

function sameValue(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after
  return canonicalJson(before) === canonicalJson(after)
}

/** An object by key, a list of things with different ids by id; null for anything else. */
function asRecord(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const ids = value.map((item: unknown) => (typeof item === 'object' && item !== null && 'id' in item ? item.id : null))
  const distinct = new Set(ids).size === ids.length && ids.every((id) => typeof id === 'string')
  return distinct && ids.length > 0 ? new Map(value.map((item, index) => [String(ids[index]), item as unknown])) : null
}

function hasMoved(id: string, { before, after }: { before?: Layout | undefined; after?: Layout | undefined }): boolean {
  if (before === undefined || after === undefined) return false
  const old = Object.hasOwn(before.positions, id) ? before.positions[id] : undefined
  const now = Object.hasOwn(after.positions, id) ? after.positions[id] : undefined
  return old?.x !== now?.x || old?.y !== now?.y
}

function inReadingOrder(graph: Graph): GraphNode[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const targets = new Set(graph.edges.map(({ to }) => to))
  const starts = graph.nodes.filter(({ id, type }) => type === 'entry' || !targets.has(id)).map(({ id }) => id)
  const sorted = graph.edges.toSorted((one, other) => (one.port < other.port ? -1 : 1))
  return readingOrder(successorsOf({ nodes: graph.nodes, edges: sorted }), starts.sort()).flatMap(
    (id) => byId.get(id) ?? [],
  )
}

function asStep(node: GraphNode): DiffStep {
  return { id: node.id, name: nameOf(node, node.id), type: node.type }
}

function nameOf(node: GraphNode | undefined, id: string): string {
  return node?.name ?? id
}

function describe(diff: Omit<GraphDiff, 'lines'>, call: (id: string) => string): string[] {
  const target = (ids: string | null): string => (ids === null ? 'nowhere' : ids.split(', ').map(call).join(', '))
  return [
    ...diff.settings.map((change) => `Settings: ${describeChange(change)}.`),
    ...diff.added.map(({ id, type }) => `Added ${call(id)} (${type}).`),
    ...diff.removed.map(({ id, type }) => `Removed ${call(id)} (${type}).`),
    ...diff.changed.map(({ id, fields }) => `Changed ${call(id)}: ${fields.map(describeChange).join('; ')}.`),
    ...diff.rewired.map(
      ({ id, port, before, after }) =>
        `${call(id)} leads by "${port}" to ${target(after)} instead of ${target(before)}.`,
    ),
    ...diff.moved.map(({ id }) => `Moved ${call(id)} on the canvas.`),
  ]
}

function describeChange({ path, before, after }: FieldChange): string {
  const place = path.join('.')
  if (before === undefined) return `${place} is now ${quote(after)}`
  if (after === undefined) return `${place} is gone (was ${quote(before)})`
  return `${place} from ${quote(before)} to ${quote(after)}`
}
