/**
 * Walking graphs: the compiler, the canvas and the simulator ask the same questions. Everything here takes graphs as they
 * are while somebody edits them: edges to nowhere, repeated ids and cycles are ignored or walked once, never a crash.
 */

/** As much of a graph as walking needs. */
export interface GraphShape {
  nodes: readonly { id: string }[]
  edges: readonly { from: string; to: string }[]
}

/** Node → the nodes its edges lead to, without repeats, in the order of the edges. Every node has an entry. */
export type Successors = ReadonlyMap<string, readonly string[]>

/** Who follows whom. `jumps` are connections without an edge ("go to"). Edges from or to unknown nodes are left out. */
export function successorsOf(graph: GraphShape, jumps: readonly { from: string; to: string }[] = []): Successors {
  const sets = new Map<string, Set<string>>()
  for (const { id } of graph.nodes) sets.set(id, new Set())
  for (const { from, to } of [...graph.edges, ...jumps]) {
    if (sets.has(to)) sets.get(from)?.add(to)
  }
  return new Map(Array.from(sets, ([id, targets]) => [id, [...targets]]))
}

/** The same connections the other way round. */
export function predecessorsOf(successors: Successors): Successors {
  const reversed = new Map<string, string[]>()
  for (const id of successors.keys()) reversed.set(id, [])
  for (const [from, targets] of successors) for (const to of targets) reversed.get(to)?.push(from)
  return reversed
}

/** Every node that can be reached from the starts, the starts included. */
export function reachableFrom(successors: Successors, starts: Iterable<string>): Set<string> {
  return new Set(depthFirst(successors, starts))
}

/**
 * Nodes in the order a reader follows them: depth first from the starts, ways out in their order; then the rest,
 * sorted by id. Every node once.
 */
export function readingOrder(successors: Successors, starts: Iterable<string>): string[] {
  const order = depthFirst(successors, starts)
  const seen = new Set(order)
  return [...order, ...[...successors.keys()].filter((id) => !seen.has(id)).sort()]
}

/** Groups of nodes that can all reach each other (Tarjan 1972), each group once; successors' groups come first. */
export function stronglyConnected(successors: Successors): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const groups: string[][] = []
  // A list of frames instead of recursion: a chain of 5,000 steps must not exhaust the stack.
  const frames: { id: string; next: number }[] = []
  const enter = (id: string): void => {
    index.set(id, index.size)
    low.set(id, index.size - 1)
    open.push(id)
    isOpen.add(id)
    frames.push({ id, next: 0 })
  }
  const lower = (id: string, value: number | undefined): void => {
    low.set(id, Math.min(low.get(id) ?? 0, value ?? 0))
  }
  const close = (id: string): void => {
    if (low.get(id) !== index.get(id)) return
    const group = open.splice(open.lastIndexOf(id))
    for (const member of group) isOpen.delete(member)
    groups.push(group)
  }
  for (const root of successors.keys()) {
    if (index.has(root)) continue
    enter(root)
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const target = successors.get(frame.id)?.[frame.next]
      frame.next += 1
      if (target === undefined) {
        frames.pop()
        close(frame.id)
        const parent = frames.at(-1)
        if (parent !== undefined) lower(parent.id, low.get(frame.id))
      } else if (!index.has(target)) enter(target)
      else if (isOpen.has(target)) lower(frame.id, index.get(target))
    }
  }
  return groups
}

/** Groups of nodes in which one can walk in a circle: strongly connected ones, and nodes that lead to themselves. */
export function cyclesIn(successors: Successors): string[][] {
  return stronglyConnected(successors).filter(
    (group) => group.length > 1 || group.some((id) => successors.get(id)?.includes(id)),
  )
}

/** An order in which every node comes after those that lead to it, smallest id first among equals; null with cycles. */
export function topologicalOrder(successors: Successors): string[] | null {
  const waiting = new Map(Array.from(predecessorsOf(successors), ([id, before]) => [id, before.length]))
  const order: string[] = []
  let ready = [...waiting].flatMap(([id, count]) => (count === 0 ? [id] : []))
  while (ready.length > 0) {
    const freed: string[] = []
    for (const id of ready.sort()) {
      order.push(id)
      for (const target of successors.get(id) ?? []) {
        const left = (waiting.get(target) ?? 0) - 1
        waiting.set(target, left)
        if (left === 0) freed.push(target)
      }
    }
    ready = freed
  }
  return order.length === successors.size ? order : null
}

function depthFirst(successors: Successors, starts: Iterable<string>): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const ahead = [...starts].toReversed()
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (seen.has(id) || !successors.has(id)) continue
    seen.add(id)
    order.push(id)
    for (const target of (successors.get(id) ?? []).toReversed()) if (!seen.has(target)) ahead.push(target)
  }
  return order
}
