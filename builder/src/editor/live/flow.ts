/** What the counted ways out are on the drawing, and where leads go from step to step. Pure. */
import type { Graph } from '#engine/graph/schema.ts'
import type { JourneyStatistics, StepStatistics } from '#server/contract/journey-statistics.ts'
import { edgeKey } from '../marks.ts'

export interface PortCount {
  from: string
  port: string
  left: number
}

/**
 * How many went along each drawn connection, by its key. A way out that is not drawn goes where the engine lets it go:
 * `skipped`, `nobody` and a refused message go on by `next`.
 */
export function countEdges(graph: Graph, ports: readonly PortCount[]): Map<string, number> {
  const drawn = new Map(graph.edges.map((edge) => [edgeKey(edge), edge]))
  const counts = new Map<string, number>([...drawn.keys()].map((key) => [key, 0]))
  for (const { from, port, left } of ports) {
    const key = drawnWay(from, port, drawn)
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + left)
  }
  return counts
}

const detours: Readonly<Record<string, readonly string[]>> = {
  skipped: ['next'],
  nobody: ['next'],
  message_failed: ['skipped', 'next', 'timeout'],
}

/** The key of the connection a way out goes by; null where it ends, or the step is not in this drawing. */
export function drawnWay(from: string, port: string, drawn: ReadonlyMap<string, unknown>): string | null {
  for (const candidate of [port, ...(detours[port] ?? [])]) {
    const key = edgeKey({ from, port: candidate })
    if (drawn.has(key)) return key
  }
  return null
}

export interface FlowNode {
  id: string
  kind: 'step' | 'goal' | 'ended' | 'early' | 'here' | 'back'
  /** The step it is, or goes back to. */
  stepId: string | null
}

export interface FlowLink {
  source: string
  target: string
  value: number
  /** What to look at when it is clicked. */
  stepId: string
  what: 'left' | 'here' | 'ended'
  port: string | null
}

/**
 * Leads from step to step, and what became of them at the right. Without circles: a way back ends in a node of its own, so
 * that the picture reads from left to right.
 */
export function buildFlow(
  graph: Graph,
  { steps, ports }: Pick<JourneyStatistics, 'steps' | 'ports'>,
): { nodes: FlowNode[]; links: FlowLink[] } {
  const depth = depths(graph)
  const known = new Map<string, StepStatistics>(steps.map((step) => [step.stepId, step]))
  const nodes = new Map<string, FlowNode>()
  const links: FlowLink[] = []
  const put = (node: FlowNode): string => {
    nodes.set(node.id, nodes.get(node.id) ?? node)
    return node.id
  }
  const link = (given: FlowLink): void => {
    if (given.value <= 0) return
    put({ id: given.source, kind: 'step', stepId: given.stepId })
    links.push(given)
  }
  const edges = new Map(graph.edges.map((edge) => [edgeKey(edge), edge]))
  const counts = countEdges(graph, ports)
  for (const [key, value] of counts) {
    const edge = edges.get(key)
    if (edge === undefined || value === 0) continue
    const { from, port, to } = edge
    const isBack = (depth.get(to) ?? 0) <= (depth.get(from) ?? 0)
    const target = isBack
      ? put({ id: `back ${to}`, kind: 'back', stepId: to })
      : put({ id: to, kind: 'step', stepId: to })
    link({ source: from, target, value, stepId: from, what: 'left', port })
  }
  for (const { id } of graph.nodes) {
    const step = known.get(id)
    if (step === undefined) continue
    const ends = [
      ['goal', step.ended.goal],
      ['ended', step.ended.path],
      ['early', step.ended.early],
    ] as const
    for (const [kind, value] of ends) {
      if (value === 0) continue
      link({
        source: id,
        target: put({ id: `end ${kind}`, kind, stepId: null }),
        value,
        stepId: id,
        what: 'ended',
        port: null,
      })
    }
    if (step.here > 0) {
      const target = put({ id: 'end here', kind: 'here', stepId: null })
      link({ source: id, target, value: step.here, stepId: id, what: 'here', port: null })
    }
  }
  return { nodes: [...nodes.values()], links }
}

/** Longest distance from the entry over connections that do not lead back; every connection either rises in it or is a way back. */
function depths(graph: Graph): Map<string, number> {
  const outgoing = Map.groupBy(graph.edges, ({ from }) => from)
  const state = new Map<string, 'open' | 'done'>()
  const order: string[] = []
  const back = new Set<string>()
  const visit = (start: string): void => {
    // By hand, not by recursion: journeys may have thousands of steps.
    const stack: { id: string; next: number }[] = [{ id: start, next: 0 }]
    state.set(start, 'open')
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = outgoing.get(top.id)?.[top.next]
      top.next += 1
      if (edge === undefined) {
        state.set(top.id, 'done')
        order.push(top.id)
        stack.pop()
      } else if (state.get(edge.to) === 'open') back.add(edgeKey(edge))
      else if (!state.has(edge.to)) {
        state.set(edge.to, 'open')
        stack.push({ id: edge.to, next: 0 })
      }
    }
  }
  const entries = graph.nodes.filter(({ type }) => type === 'entry')
  for (const { id } of [...entries, ...graph.nodes]) if (!state.has(id)) visit(id)
  const depth = new Map(graph.nodes.map(({ id }) => [id, 0]))
  for (const id of order.toReversed()) {
    for (const edge of outgoing.get(id) ?? []) {
      if (back.has(edgeKey(edge))) continue
      depth.set(edge.to, Math.max(depth.get(edge.to) ?? 0, (depth.get(id) ?? 0) + 1))
    }
  }
  return depth
}
