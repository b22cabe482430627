/** Walking the journey with the arrow keys: along the flow, and beside it. */
import type { JourneyDocument, Point } from '#engine/graph/document.ts'
import { entryType } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import type { EdgeSelection } from '../store.ts'

export type Direction = 'up' | 'down' | 'left' | 'right'

/** The connections out of a step in the order of its ports. */
export function waysOf(
  { graph }: JourneyDocument,
  id: string,
  { portsOf }: Catalogue,
): (EdgeSelection & { to: string })[] {
  const step = graph.nodes.find((node) => node.id === id)
  if (step === undefined) return []
  const ports = portsOf(step).map((port) => port.id)
  return graph.edges.filter(({ from }) => from === id).toSorted((a, b) => ports.indexOf(a.port) - ports.indexOf(b.port))
}

/** Where one begins: the entry, else the first step. */
export function firstStep({ graph }: JourneyDocument): string | null {
  return (graph.nodes.find(({ type }) => type === entryType) ?? graph.nodes[0])?.id ?? null
}

/**
 * The step in that direction; null when there is none. Down is the first way on, up the step above (of several, the one
 * nearest on the drawing), left and right the steps at the other ways out of the step above, else the nearest beside.
 */
export function stepTowards(
  document: JourneyDocument,
  places: Readonly<Record<string, Point>>,
  catalogue: Catalogue,
  id: string,
  direction: Direction,
): string | null {
  const at = places[id]
  if (direction === 'down') return waysOf(document, id, catalogue)[0]?.to ?? null
  const above = document.graph.edges.filter(({ to, from }) => to === id && from !== id).map(({ from }) => from)
  const parent = above.toSorted((a, b) => distance(places[a], at) - distance(places[b], at))[0]
  if (direction === 'up') return parent ?? null
  const siblings = parent === undefined ? [] : [...new Set(waysOf(document, parent, catalogue).map(({ to }) => to))]
  const next = siblings[siblings.indexOf(id) + (direction === 'right' ? 1 : -1)]
  if (siblings.includes(id) && next !== undefined) return next
  return nearestBeside(document, places, id, direction)
}

/** Everything that can come after a step (or before it), it included. */
export function streamOf({ graph }: JourneyDocument, ids: readonly string[], way: 'down' | 'up'): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of graph.edges) {
    const [key, value] = way === 'down' ? [from, to] : [to, from]
    next.set(key, [...(next.get(key) ?? []), value])
  }
  const found = new Set(ids)
  for (const id of found) for (const other of next.get(id) ?? []) found.add(other)
  return [...found]
}

function nearestBeside(
  { graph }: JourneyDocument,
  places: Readonly<Record<string, Point>>,
  id: string,
  direction: 'left' | 'right',
): string | null {
  const at = places[id]
  if (at === undefined) return null
  let best: { id: string; far: number } | null = null
  for (const { id: other } of graph.nodes) {
    const place = places[other]
    if (place === undefined || other === id) continue
    const across = direction === 'right' ? place.x - at.x : at.x - place.x
    if (across <= 0 || Math.abs(place.y - at.y) > 120) continue
    const far = across + 2 * Math.abs(place.y - at.y)
    if (best === null || far < best.far) best = { id: other, far }
  }
  return best?.id ?? null
}

function distance(a: Point | undefined, b: Point | undefined): number {
  return a === undefined || b === undefined ? Infinity : Math.hypot(a.x - b.x, a.y - b.y)
}
