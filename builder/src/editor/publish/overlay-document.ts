/** Two versions in one drawing: the new one, with what went as ghosts in the places where it was. */
import type { JourneyDocument, Point } from '#engine/graph/document.ts'
import type { GraphDiff } from '#engine/compiler/diff.ts'
import { edgeKey, type DiffMark } from '../marks.ts'

interface Boxes {
  /** Where each step is drawn. */
  before: Readonly<Record<string, Point>>
  after: Readonly<Record<string, Point>>
}

const apart = { x: 272, y: 88 }

/** Ghosts give way to the right of what is there now. */
export function overlayDocument(before: JourneyDocument, after: JourneyDocument, places: Boxes): JourneyDocument {
  const present = new Set(after.graph.nodes.map(({ id }) => id))
  const ghosts = before.graph.nodes.filter(({ id }) => !present.has(id))
  const positions: Record<string, Point> = { ...places.after }
  for (const { id } of ghosts) positions[id] = freePlace(places.before[id] ?? { x: 0, y: 0 }, Object.values(positions))
  const known = new Set([...present, ...ghosts.map(({ id }) => id)])
  const taken = new Set(after.graph.edges.map(edgeKey))
  const lost = before.graph.edges.filter(
    (edge) => !taken.has(edgeKey(edge)) && known.has(edge.from) && known.has(edge.to),
  )
  return {
    graph: {
      ...after.graph,
      nodes: [...after.graph.nodes, ...ghosts],
      edges: [...after.graph.edges, ...lost],
    },
    layout: { ...after.layout, positions: { ...after.layout.positions, ...positions } },
  }
}

function freePlace(wanted: Point, others: readonly Point[]): Point {
  let { x } = wanted
  const isTaken = (at: number): boolean =>
    others.some((other) => Math.abs(other.x - at) < apart.x && Math.abs(other.y - wanted.y) < apart.y)
  while (isTaken(x)) x += apart.x
  return { x, y: wanted.y }
}

/** What is said of each step and connection of the drawing. Steps that were only drawn elsewhere are left as they are. */
export function diffMarks(
  diff: Pick<GraphDiff, 'added' | 'removed' | 'changed' | 'rewired'>,
  before: JourneyDocument,
  after: JourneyDocument,
): Map<string, DiffMark> {
  const marks = new Map<string, DiffMark>()
  for (const { id } of diff.rewired) marks.set(id, 'changed')
  for (const { id } of diff.changed) marks.set(id, 'changed')
  for (const { id } of diff.added) marks.set(id, 'added')
  for (const { id } of diff.removed) marks.set(id, 'removed')
  const old = new Map(before.graph.edges.map((edge) => [edgeKey(edge), edge.to]))
  const now = new Map(after.graph.edges.map((edge) => [edgeKey(edge), edge.to]))
  for (const [key, to] of now) {
    const former = old.get(key)
    if (former === undefined) marks.set(key, 'added')
    else if (former !== to) marks.set(key, 'changed')
  }
  for (const key of old.keys()) if (!now.has(key)) marks.set(key, 'removed')
  return marks
}
