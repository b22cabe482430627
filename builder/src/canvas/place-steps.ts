/** Where each card goes: as its author put it, else below the others in rows by distance from the entry. */
import type { Journey } from '#server/contract/journeys.ts'

export const cardWidth = 240
export const cardHeight = 96

const columnWidth = cardWidth + 40
const rowHeight = cardHeight + 64

/** Pure. Every step of the graph has a place; the author's are kept. */
export function placeSteps({
  graph,
  layout,
}: Pick<Journey, 'graph' | 'layout'>): Record<string, { x: number; y: number }> {
  const places: Record<string, { x: number; y: number }> = {}
  for (const [id, { x, y }] of Object.entries(layout.positions)) places[id] = { x, y }
  const homeless = graph.nodes.filter(({ id }) => places[id] === undefined)
  if (homeless.length === 0) return places

  const depth = depths(graph)
  const lowest = Object.values(places).reduce((low, { y }) => Math.max(low, y + rowHeight), 0)
  const rows = Map.groupBy(homeless, ({ id }) => depth.get(id) ?? 0)
  const sorted = [...rows].sort(([a], [b]) => a - b)
  for (const [index, [, row]] of sorted.entries()) {
    for (const [column, { id }] of row.entries()) {
      places[id] = { x: (column - (row.length - 1) / 2) * columnWidth, y: lowest + index * rowHeight }
    }
  }
  return places
}

/** Fewest edges from a step that nothing leads to. */
function depths({ nodes, edges }: Journey['graph']): Map<string, number> {
  const targets = new Set(edges.map(({ to }) => to))
  const outgoing = Map.groupBy(edges, ({ from }) => from)
  const depth = new Map<string, number>()
  let frontier = nodes.filter(({ id }) => !targets.has(id)).map(({ id }) => id)
  for (let level = 0; frontier.length > 0; level += 1) {
    const fresh = frontier.filter((id) => !depth.has(id))
    for (const id of fresh) depth.set(id, level)
    frontier = fresh.flatMap((id) => (outgoing.get(id) ?? []).map(({ to }) => to))
  }
  return depth
}

/** Smallest zoom at which a card can be read. */
const readableZoom = 0.75
const margin = 32

/**
 * The first view: the whole journey where it can be read, else its beginning (the topmost step in the middle). Pure.
 */
export function beginAt(
  places: Readonly<Record<string, { x: number; y: number }>>,
  size: { width: number; height: number },
): { x: number; y: number; zoom: number } {
  const all = Object.values(places)
  if (all.length === 0) return { x: 0, y: 0, zoom: 1 }
  const left = Math.min(...all.map(({ x }) => x))
  const right = Math.max(...all.map(({ x }) => x)) + cardWidth
  const top = Math.min(...all.map(({ y }) => y))
  const bottom = Math.max(...all.map(({ y }) => y)) + cardHeight
  const fit = Math.min((size.width - 2 * margin) / (right - left), (size.height - 2 * margin) / (bottom - top), 1)
  if (fit >= readableZoom) {
    return {
      zoom: fit,
      x: size.width / 2 - (fit * (left + right)) / 2,
      y: size.height / 2 - (fit * (top + bottom)) / 2,
    }
  }
  const first = all.reduce((highest, place) => (place.y < highest.y ? place : highest))
  return {
    zoom: readableZoom,
    x: size.width / 2 - readableZoom * (first.x + cardWidth / 2),
    y: margin - readableZoom * top,
  }
}
