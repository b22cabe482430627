/**
 * Where steps are drawn when nobody has placed them: an ordered tree from top to bottom, ways out from left to right in
 * their order, a step that several lead to below the lowest of them, neighbours as close as their outlines allow. One
 * pass over the graph, no randomness: the same journey is always drawn the same way.
 */
import type { JourneyDocument, Point, PortsOf } from './document.ts'
import { createOutline, joinOutlines, putOnTop, type Outline } from './outline-packing.ts'
import { readingOrder, successorsOf } from './traverse.ts'

export interface CardSize {
  width: number
  height: number
}

/** The card of BUILDER's design: 240 × 72; steps with several ways out are higher. */
export const cardSize: CardSize = { width: 240, height: 72 }
/** Room between cards: beside each other, and above each other. */
export const cardGap: Point = { x: 40, y: 64 }
/** Everything lies on this grid. */
export const gridStep = 8

export interface ArrangeOptions {
  /** Steps placed by hand are placed anew, too. */
  tidy?: boolean
  /** How high a step's card is, in pixels. @default 72 */
  heightOf?: (id: string) => number
}

/** Which step hangs below which, and how far down: what arranging and following an edit have in common. */
export interface Flow {
  /** Steps in an order in which each comes after those that lead to it (connections back up left out). */
  order: readonly string[]
  /** Ways on in the order of the ports, without those that lead back up. */
  forward: ReadonlyMap<string, readonly string[]>
}

/** The journey's downward flow. Takes graphs as they are while they are edited: circles are cut where they close. */
export function flowOf({ graph }: JourneyDocument, portsOf: PortsOf): Flow {
  const children = orderedChildren(graph, portsOf)
  const reading = readingOrder(successorsOf(graph), entriesOf(graph))
  const back = backEdges(children, reading)
  const forward = new Map<string, readonly string[]>()
  const waiting = new Map<string, number>()
  for (const id of reading) {
    const closed = back.get(id)
    const all = children.get(id) ?? none
    const ways = closed === undefined ? all : all.filter((child) => !closed.has(child))
    forward.set(id, ways)
    for (const child of ways) waiting.set(child, (waiting.get(child) ?? 0) + 1)
  }
  const order: string[] = []
  const ready = reading.filter((id) => !waiting.has(id)).toReversed()
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id)
    const ways = forward.get(id) ?? none
    for (let index = ways.length - 1; index >= 0; index -= 1) {
      const child = ways[index] ?? ''
      const left = (waiting.get(child) ?? 0) - 1
      waiting.set(child, left)
      if (left === 0) ready.push(child)
    }
  }
  return { order, forward }
}

/** Places for all steps. Those that were placed by hand stay (unless `tidy`), and what follows them follows them. */
export function arrange(
  document: JourneyDocument,
  portsOf: PortsOf,
  options: ArrangeOptions = {},
): Record<string, Point> {
  const { tidy = false, heightOf = () => cardSize.height } = options
  const { order, forward } = flowOf(document, portsOf)
  const { positions } = document.layout
  const pinned = (id: string): Point | undefined => {
    const place = tidy ? undefined : positions[id]
    return place?.pinned === true ? place : undefined
  }

  /** Each step is below the lowest step that leads to it, and hangs on that one, so that lines go down. */
  const top = new Map<string, number>()
  const parent = new Map<string, string>()
  const floor = new Map<string, number>()
  for (const id of order) {
    const y = pinned(id)?.y ?? floor.get(id) ?? 0
    top.set(id, y)
    const below = y + heightOf(id) + cardGap.y
    for (const child of forward.get(id) ?? none) {
      if (below <= (floor.get(child) ?? -Infinity)) continue
      floor.set(child, below)
      parent.set(child, id)
    }
  }

  // From the bottom up: how far right each step is from the one it hangs on. A step placed by hand begins a tree anew.
  const outlines = new Map<string, Outline>()
  const beside = new Map<string, number>()
  for (const id of order.toReversed()) {
    const below = (forward.get(id) ?? none).filter((child) => parent.get(child) === id && pinned(child) === undefined)
    const joined = joinOutlines(
      below.map((child) => outlines.get(child)).filter((one) => one !== undefined),
      cardSize.width + cardGap.x,
    )
    for (const [index, child] of below.entries()) {
      beside.set(child, (joined.offsets[index] ?? 0) - joined.middle)
      outlines.delete(child)
    }
    outlines.set(id, putOnTop(createOutline((top.get(id) ?? 0) + heightOf(id) + cardGap.y), joined))
  }

  const roots = order.filter((id) => !parent.has(id) && pinned(id) === undefined)
  const { offsets } = joinOutlines(
    roots.map((id) => outlines.get(id)).filter((one) => one !== undefined),
    cardSize.width + cardGap.x,
  )
  const left = new Map(roots.map((id, index) => [id, offsets[index] ?? 0]))
  const places: Record<string, Point> = {}
  for (const id of order) {
    const x = pinned(id)?.x ?? left.get(id) ?? (left.get(parent.get(id) ?? '') ?? 0) + (beside.get(id) ?? 0)
    left.set(id, x)
    places[id] = { x: snap(x), y: snap(top.get(id) ?? 0) }
  }
  return places
}

/** The nearest point of the grid. */
export function snap(value: number): number {
  return Math.round(value / gridStep) * gridStep
}

const none: readonly string[] = []

function entriesOf(graph: JourneyDocument['graph']): string[] {
  const isTarget = new Set(graph.edges.map(({ to }) => to))
  return graph.nodes.filter(({ id, type }) => type === 'entry' || !isTarget.has(id)).map(({ id }) => id)
}

/** Ways out in the order of the step's ports; those it does not have (any more) come last. */
function orderedChildren(graph: JourneyDocument['graph'], portsOf: PortsOf): Map<string, readonly string[]> {
  const ids = new Set(graph.nodes.map(({ id }) => id))
  const outgoing = Map.groupBy(graph.edges, ({ from }) => from)
  const children = new Map<string, readonly string[]>()
  for (const node of graph.nodes) {
    const edges = (outgoing.get(node.id) ?? []).filter(({ to }) => ids.has(to))
    if (edges.length > 1) {
      const ports = portsOf(node).map(({ id }) => id)
      const rank = (port: string): number => (ports.includes(port) ? ports.indexOf(port) : ports.length)
      edges.sort((a, b) => rank(a.port) - rank(b.port))
    }
    children.set(node.id, [...new Set(edges.map(({ to }) => to))])
  }
  return children
}

/** Connections that lead back to a step on the way to them: without these there is no circle. */
function backEdges(
  children: ReadonlyMap<string, readonly string[]>,
  order: readonly string[],
): Map<string, Set<string>> {
  const back = new Map<string, Set<string>>()
  const state = new Map<string, 'open' | 'done'>()
  for (const root of order) {
    if (state.has(root)) continue
    const frames = [{ id: root, next: 0 }]
    state.set(root, 'open')
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const child = children.get(frame.id)?.[frame.next]
      frame.next += 1
      if (child === undefined) {
        state.set(frame.id, 'done')
        frames.pop()
      } else if (state.get(child) === 'open') {
        back.set(frame.id, (back.get(frame.id) ?? new Set()).add(child))
      } else if (!state.has(child)) {
        state.set(child, 'open')
        frames.push({ id: child, next: 0 })
      }
    }
  }
  return back
}
