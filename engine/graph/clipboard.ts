/** Steps as text for the system clipboard, within a journey, across journeys and across windows. */
import { z } from 'zod'
import { entryType, findNode, freshId, type JourneyDocument, type Point } from './document.ts'
import { edgeSchema, graphFormat, layoutSchema, nodeSchema, type GraphNode } from './schema.ts'

const clipSchema = z.object({
  /** Tells our text from any other that is on the clipboard. */
  trellis: z.literal('steps'),
  format: z.int().min(1),
  nodes: z.array(nodeSchema).max(5000),
  /** Sticky notes. */
  notes: layoutSchema.shape.notes,
  edges: z.array(edgeSchema).max(20_000),
  positions: z.record(z.string(), z.object({ x: z.number(), y: z.number() })),
})
export type Clip = z.infer<typeof clipSchema>

/** The settings of one step, to be put into others of its type. */
const settingsClipSchema = z.object({
  trellis: z.literal('settings'),
  format: z.int().min(1),
  type: nodeSchema.shape.type,
  config: nodeSchema.shape.config,
})
export type SettingsClip = z.infer<typeof settingsClipSchema>

/** Copies steps, the connections between them, and notes; null when there is nothing to copy. The entry stays where it is. */
export function copySteps({ graph, layout }: JourneyDocument, ids: readonly string[]): Clip | null {
  const nodes = graph.nodes.filter(({ id, type }) => ids.includes(id) && type !== entryType)
  const notes = layout.notes.filter(({ id }) => ids.includes(id))
  if (nodes.length + notes.length === 0) return null
  const copied = new Set(nodes.map(({ id }) => id))
  const positions: Clip['positions'] = {}
  for (const id of copied) {
    const position = layout.positions[id]
    if (position !== undefined) positions[id] = { x: position.x, y: position.y }
  }
  const edges = graph.edges.filter(({ from, to }) => copied.has(from) && copied.has(to))
  return { trellis: 'steps', format: graphFormat, nodes, notes, edges, positions }
}

export function copySettings({ type, config }: GraphNode): SettingsClip {
  return { trellis: 'settings', format: graphFormat, type, config }
}

/** Reads what is on the clipboard; `problem` in words when it is ours and cannot be used, null when it is not ours. */
export function parseClip(text: string): { clip: Clip } | { settings: SettingsClip } | { problem: string } | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof json !== 'object' || json === null) return null
  const { trellis: kind } = json as { trellis?: unknown }
  if (kind !== 'steps' && kind !== 'settings') return null
  const { format } = json as { format?: unknown }
  if (typeof format === 'number' && format > graphFormat) {
    return { problem: 'These steps were copied from a newer version of Trellis; update this one first.' }
  }
  if (kind === 'settings') {
    const settings = settingsClipSchema.safeParse(json)
    return settings.success
      ? { settings: settings.data }
      : { problem: 'These settings cannot be read; copy them again.' }
  }
  const result = clipSchema.safeParse(json)
  return result.success ? { clip: result.data } : { problem: 'These steps cannot be read; copy them again.' }
}

/** The steps a step's settings jump to, as the step's type tells. */
export type JumpsOf = (node: GraphNode) => readonly string[]

/**
 * Puts copies in: every id is new, connections and jumps between the copies lead to the copies, jumps to steps that were
 * not copied stay if such a step is here. `at` is where the copies' upper left corner goes.
 */
export function pasteSteps(
  document: JourneyDocument,
  clip: Clip,
  at: Point,
  jumpsOf: JumpsOf,
): { document: JourneyDocument; ids: string[] } {
  const nodes = clip.nodes.filter(({ type }) => type !== entryType)
  const renamed = new Map<string, string>()
  for (const { id } of nodes) {
    const stem = id.replace(/-\d+$/, '')
    renamed.set(id, freshId(document, findNode(document, id) === undefined ? id : stem, new Set(renamed.values())))
  }
  const idOf = (id: string): string => renamed.get(id) ?? id
  const places = [...nodes.flatMap(({ id }) => clip.positions[id] ?? []), ...clip.notes]
  const corner = {
    x: Math.min(...places.map(({ x }) => x), Infinity),
    y: Math.min(...places.map(({ y }) => y), Infinity),
  }
  const positions = { ...document.layout.positions }
  for (const { id } of nodes) {
    const place = clip.positions[id]
    if (place === undefined) continue
    positions[idOf(id)] = {
      x: Math.round(at.x + place.x - corner.x),
      y: Math.round(at.y + place.y - corner.y),
      pinned: true,
    }
  }
  const copies = nodes.map((node) => ({
    ...node,
    id: idOf(node.id),
    config: rewriteJumps(node, new Set(jumpsOf(node)), renamed),
  }))
  const edges = clip.edges.filter(({ from, to }) => renamed.has(from) && renamed.has(to))
  const taken = new Set(renamed.values())
  const notes = clip.notes.map((note) => {
    const id = freshId(document, 'note', taken)
    taken.add(id)
    const [x, y] = [Math.round(at.x + note.x - corner.x), Math.round(at.y + note.y - corner.y)]
    return { ...note, id, x, y }
  })
  return {
    ids: [...copies, ...notes].map(({ id }) => id),
    document: {
      graph: {
        ...document.graph,
        nodes: [...document.graph.nodes, ...copies],
        edges: [
          ...document.graph.edges,
          ...onePerPort(edges.map((edge) => ({ ...edge, from: idOf(edge.from), to: idOf(edge.to) }))),
        ],
      },
      layout: { ...document.layout, positions, notes: [...document.layout.notes, ...notes] },
    },
  }
}

/** Settings that name a copied step name its copy instead; other texts that happen to read the same are left alone. */
function rewriteJumps(
  { config }: GraphNode,
  jumps: ReadonlySet<string>,
  renamed: ReadonlyMap<string, string>,
): GraphNode['config'] {
  const entries = Object.entries(config).map(([key, value]) => {
    const target = typeof value === 'string' && jumps.has(value) ? renamed.get(value) : undefined
    return [key, target ?? value] as const
  })
  return Object.fromEntries(entries)
}

function onePerPort<Edge extends { from: string; port: string }>(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from}\n${edge.port}`, edge])).values()]
}
