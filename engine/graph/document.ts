/** A journey as it is edited: what is executed and where it is drawn, always changed together. */
import type { Graph, GraphEdge, GraphNode, Layout } from './schema.ts'

export interface JourneyDocument {
  graph: Graph
  layout: Layout
}

export interface Point {
  x: number
  y: number
}

/** The ways out of a step as it is configured, in order; none for an unknown type. */
export type PortsOf = (node: GraphNode) => readonly { id: string }[]

/** The one step of the type through which leads come in. */
export const entryType = 'entry'

/** An id that no step and no note has: `wait`, `wait-2`, `wait-3`… Step ids are for ever, so they say what was meant. */
export function freshId({ graph, layout }: JourneyDocument, wanted: string, taken: ReadonlySet<string> = none): string {
  const used = new Set([...graph.nodes, ...layout.notes].map(({ id }) => id))
  const base =
    wanted
      .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 56) || 'step'
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${String(number)}`
    if (!used.has(id) && !taken.has(id)) return id
  }
}
const none: ReadonlySet<string> = new Set()

export function findNode({ graph }: JourneyDocument, id: string): GraphNode | undefined {
  return graph.nodes.find((node) => node.id === id)
}

/** Where a way out leads. */
export function edgeFrom({ graph }: JourneyDocument, from: string, port: string): GraphEdge | undefined {
  return graph.edges.find((edge) => edge.from === from && edge.port === port)
}

/** May a connection lead from here to there? A reason in words when not: the canvas and the validator agree. */
export function refuseConnection(document: JourneyDocument, from: string, to: string): string | null {
  const [source, target] = [findNode(document, from), findNode(document, to)]
  if (source === undefined || target === undefined) return 'There is no such step.'
  if (target.type === entryType) return 'Nothing leads back to the entry; lead to the step after it.'
  return null
}

/** The same document with other steps and connections. */
export function withGraph(document: JourneyDocument, change: Partial<Pick<Graph, 'nodes' | 'edges'>>): JourneyDocument {
  return { ...document, graph: { ...document.graph, ...change } }
}
