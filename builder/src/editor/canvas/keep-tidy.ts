/** What every edit ends with: what follows the edited place moves out of the way or closes the gap. */
import type { JourneyDocument } from '#engine/graph/document.ts'
import { placesOf, reflow } from '#engine/graph/reflow.ts'
import type { Point } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import { heightsOf } from './card-size.ts'

export type Settle = (before: JourneyDocument, after: JourneyDocument) => JourneyDocument

/** For the store: takes a document before and after an edit, returns the latter with its steps in their places. */
export function keepTidy(catalogue: Catalogue): Settle {
  return (before, after) => {
    if (before.graph.nodes === after.graph.nodes && before.graph.edges === after.graph.edges) return after
    return reflow(before, after, catalogue.portsOf, {
      heightOf: heightsOf(after.graph.nodes, catalogue),
      heightBefore: heightsOf(before.graph.nodes, catalogue),
    })
  }
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
