/** Moving a step along the flow: behind the step it leads to, or before the one that leads to it. */
import { edgeFrom, findNode, withGraph, type JourneyDocument, type PortsOf } from './document.ts'
import { connect, disconnect, removeSteps } from './edit.ts'
import type { GraphEdge } from './schema.ts'

/**
 * One place later (`down`) or earlier (`up`) on its way. Only a step that the flow passes through can move: with ways in,
 * and one way on at most. Past a step with several ways on, it goes down the first of them. What cannot move leaves the
 * document as it was.
 */
export function moveStep(
  document: JourneyDocument,
  id: string,
  direction: 'up' | 'down',
  portsOf: PortsOf,
): JourneyDocument {
  const way = onlyWay(document, id, portsOf)
  if (way === null) return document
  const { edges } = document.graph
  const into = edges.filter(({ to, from }) => to === id && from !== id)
  if (into.length === 0) return document
  if (direction === 'down') {
    const next = edgeFrom(document, id, way)?.to
    if (next === undefined || next === id) return document
    const onward = firstWay(document, next, portsOf)
    if (onward === null) return document
    return putInto(without(document, id), id, way, { from: next, port: onward })
  }
  // Before the one step that leads here; with several there is no telling which is meant.
  const [only] = into
  if (into.length !== 1 || only === undefined) return document
  const before = edges.filter(({ to, from }) => to === only.from && from !== only.from)
  if (before.length === 0 || before.some(({ from }) => from === id)) return document
  const taken = without(document, id)
  const led = withGraph(taken, {
    edges: taken.graph.edges.map((edge) =>
      edge.to === only.from && edge.from !== only.from ? { ...edge, to: id } : edge,
    ),
  })
  return connect(led, { from: id, port: way, to: only.from })
}

/** The step's single way on; null for a branch and for an end. */
function onlyWay(document: JourneyDocument, id: string, portsOf: PortsOf): string | null {
  const node = findNode(document, id)
  if (node === undefined) return null
  const wired = document.graph.edges.filter(({ from }) => from === id)
  return wired.length > 1 ? null : (wired[0]?.port ?? portsOf(node)[0]?.id ?? null)
}

function firstWay(document: JourneyDocument, id: string, portsOf: PortsOf): string | null {
  const node = findNode(document, id)
  if (node === undefined) return null
  const ports = portsOf(node).map((port) => port.id)
  return ports.find((port) => edgeFrom(document, id, port) !== undefined) ?? ports[0] ?? null
}

/** The document with the step in its place but nothing leading to it or from it; its neighbours joined. */
function without(document: JourneyDocument, id: string): JourneyDocument {
  const healed = removeSteps(document, [id])
  return { graph: { ...document.graph, edges: healed.graph.edges }, layout: document.layout }
}

function putInto(
  document: JourneyDocument,
  id: string,
  way: string,
  at: Pick<GraphEdge, 'from' | 'port'>,
): JourneyDocument {
  const next = edgeFrom(document, at.from, at.port)?.to
  const led = connect(document, { ...at, to: id })
  if (next === undefined) return disconnect(led, { from: id, port: way })
  return connect(led, { from: id, port: way, to: next })
}
