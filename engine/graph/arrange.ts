/**
 * Where steps are drawn when nobody has placed them: an ordered tree from top to bottom, ways out from left to right in
 * their order, steps that several lead to below the lowest of them. One pass over the graph, no randomness: the same
 * journey is always drawn the same way, and an edit moves only what is downstream of it.
 */
import type { JourneyDocument, Point, PortsOf } from './document.ts'
import { readingOrder, successorsOf } from './traverse.ts'

export interface CardSize {
  width: number
  height: number
}

/** The card of BUILDER's design: 240 × 72, one row more per way out of a branch. */
export const cardSize: CardSize = { width: 240, height: 72 }
const gap: Point = { x: 40, y: 64 }
const grid = 8

/**
 * Places for all steps. Those that were placed by hand stay (unless `tidy`), and what follows them follows them.
 * `heightOf` may tell cards that are higher.
 */
export function arrange(
  { graph, layout }: JourneyDocument,
  portsOf: PortsOf,
  options: { tidy?: boolean; heightOf?: (id: string) => number } = {},
): Record<string, Point> {
  const { tidy = false, heightOf = () => cardSize.height } = options
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const children = orderedChildren()
  const order = readingOrder(successorsOf(graph), entries())
  const level = levels()
  const parent = spanningTree()
  const width = widths()
  const places = new Map<string, Point>()
  let right = 0
  for (const root of order) {
    if (parent.get(root) !== null) continue
    right += put(root, right) + gap.x
  }
  return Object.fromEntries([...places].map(([id, place]) => [id, { x: snap(place.x), y: snap(place.y) }]))

  function entries(): string[] {
    const isTarget = new Set(graph.edges.map(({ to }) => to))
    return graph.nodes.filter(({ id, type }) => type === 'entry' || !isTarget.has(id)).map(({ id }) => id)
  }

  /** Ways out in the order of the step's ports; those it does not have (any more) come last. */
  function orderedChildren(): Map<string, string[]> {
    const outgoing = Map.groupBy(graph.edges, ({ from }) => from)
    return new Map(
      graph.nodes.map((node) => {
        const ports = portsOf(node).map(({ id }) => id)
        const rank = (port: string): number => (ports.includes(port) ? ports.indexOf(port) : ports.length)
        const edges = (outgoing.get(node.id) ?? []).toSorted((a, b) => rank(a.port) - rank(b.port))
        return [node.id, [...new Set(edges.map(({ to }) => to).filter((id) => byId.has(id)))]]
      }),
    )
  }

  /** Longest way from the beginning, in rows; connections that lead back up do not count. */
  function levels(): Map<string, number> {
    const back = backEdges(children, order)
    const found = new Map(order.map((id) => [id, 0]))
    const waiting = new Map(order.map((id) => [id, 0]))
    const forward = (id: string) => (children.get(id) ?? []).filter((child) => back.get(id)?.has(child) !== true)
    for (const id of order) for (const child of forward(id)) waiting.set(child, (waiting.get(child) ?? 0) + 1)
    const ready = order.filter((id) => waiting.get(id) === 0)
    for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
      for (const child of forward(id)) {
        found.set(child, Math.max(found.get(child) ?? 0, (found.get(id) ?? 0) + 1))
        const left = (waiting.get(child) ?? 0) - 1
        waiting.set(child, left)
        if (left === 0) ready.push(child)
      }
    }
    return found
  }

  /** Each step hangs below the lowest step that leads to it (the first of them), so that lines go down. */
  function spanningTree(): Map<string, string | null> {
    const tree = new Map<string, string | null>(order.map((id) => [id, null]))
    for (const id of order) {
      for (const child of children.get(id) ?? []) {
        const [own = 0, below = 0] = [level.get(id), level.get(child)]
        const present = tree.get(child) ?? null
        if (own < below && (present === null || (level.get(present) ?? 0) < own)) tree.set(child, id)
      }
    }
    return tree
  }

  function treeChildren(id: string): string[] {
    return (children.get(id) ?? []).filter((child) => parent.get(child) === id)
  }

  /** Room a step and all below it need side by side. */
  function widths(): Map<string, number> {
    const found = new Map<string, number>()
    for (const id of order.toSorted((a, b) => (level.get(b) ?? 0) - (level.get(a) ?? 0))) {
      const below = treeChildren(id).map((child) => found.get(child) ?? cardSize.width)
      const room = below.reduce((sum, one) => sum + one, 0) + gap.x * Math.max(0, below.length - 1)
      found.set(id, Math.max(cardSize.width, room))
    }
    return found
  }

  /** Places a tree with its left edge at `left`; returns the room it took. */
  function put(root: string, left: number): number {
    const ahead: { id: string; left: number; top: number }[] = [{ id: root, left, top: 0 }]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const { id } = next
      const room = width.get(id) ?? cardSize.width
      const own = { x: next.left + (room - cardSize.width) / 2, y: next.top }
      const pinned = layout.positions[id]
      const at = !tidy && pinned?.pinned === true ? { x: pinned.x, y: pinned.y } : own
      places.set(id, at)
      let x = next.left + at.x - own.x
      const below = treeChildren(id)
      const taken =
        below.reduce((sum, child) => sum + (width.get(child) ?? 0), 0) + gap.x * Math.max(0, below.length - 1)
      x += (room - taken) / 2
      for (const child of below) {
        const rows = (level.get(child) ?? 0) - (level.get(id) ?? 0)
        const top = at.y + heightOf(id) + gap.y + (rows - 1) * (cardSize.height + gap.y)
        ahead.push({ id: child, left: x, top })
        x += (width.get(child) ?? 0) + gap.x
      }
    }
    return width.get(root) ?? cardSize.width
  }
}

function snap(value: number): number {
  return Math.round(value / grid) * grid
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
