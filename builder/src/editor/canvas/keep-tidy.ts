/** What every edit ends with: what follows the edited place moves out of the way or closes the gap. */
import { cardSize, snap } from '#engine/graph/arrange.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { placesOf, reflow } from '#engine/graph/reflow.ts'
import type { Point } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import { heightsOf } from './card-size.ts'
import { freeSpot } from './free-spot.ts'

export type Settle = (before: JourneyDocument, after: JourneyDocument) => JourneyDocument

/** For the store: takes a document before and after an edit, returns the latter with its steps in their places. */
export function keepTidy(catalogue: Catalogue): Settle {
  return (before, after) => {
    if (before.graph.nodes === after.graph.nodes && before.graph.edges === after.graph.edges) return after
    const heightOf = heightsOf(after.graph.nodes, catalogue)
    const heightBefore = heightsOf(before.graph.nodes, catalogue)
    return withRoom(before, reflow(before, after, catalogue.portsOf, { heightOf, heightBefore }), heightOf)
  }
}

/** A new step between two that were placed by hand, where there is no room, comes to stand beside them, not on them. */
function withRoom(before: JourneyDocument, after: JourneyDocument, heightOf: (id: string) => number): JourneyDocument {
  const known = new Set(before.graph.nodes.map(({ id }) => id))
  const fresh = after.graph.nodes.filter(({ id }) => !known.has(id))
  const { positions } = after.layout
  const [only] = fresh
  const place = only === undefined ? undefined : positions[only.id]
  if (fresh.length !== 1 || only === undefined || place === undefined || place.pinned === true) return after
  const others = after.graph.nodes.flatMap(({ id }) => {
    const at = positions[id]
    return at?.pinned === true && id !== only.id ? [{ ...at, width: cardSize.width, height: heightOf(id) }] : []
  })
  const height = heightOf(only.id)
  const middle = { x: place.x + cardSize.width / 2, y: place.y + height / 2 }
  const free = freeSpot(middle, others, height)
  if (free === middle) return after
  const moved = { x: snap(free.x - cardSize.width / 2), y: snap(free.y - height / 2), pinned: true }
  return { ...after, layout: { ...after.layout, positions: { ...positions, [only.id]: moved } } }
}

const placed = new WeakMap<
  JourneyDocument['layout'],
  WeakMap<JourneyDocument['graph'], Readonly<Record<string, Point>>>
>()

/** Where each step is drawn. Worked out once per document. */
export function drawnPlaces(document: JourneyDocument, catalogue: Catalogue): Readonly<Record<string, Point>> {
  const byGraph =
    placed.get(document.layout) ?? new WeakMap<JourneyDocument['graph'], Readonly<Record<string, Point>>>()
  placed.set(document.layout, byGraph)
  const known = byGraph.get(document.graph)
  if (known !== undefined) return known
  const places = placesOf(document, catalogue.portsOf, { heightOf: heightsOf(document.graph.nodes, catalogue) })
  byGraph.set(document.graph, places)
  return places
}
