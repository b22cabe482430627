/** A step in front of another: whoever came to it comes through the new one first. */
import { findNode, freshId, withGraph, type JourneyDocument } from '../graph/document.ts'
import { addStep, connect, type NewStep } from '../graph/edit.ts'
import type { GraphNode } from '../graph/schema.ts'
import { portsOfRegistry, type FixContext } from './fix.ts'

/**
 * Adds a step before another; connections and jumps to that one (only those of `comers`, if given) lead to the new one,
 * and all its ways that must lead somewhere lead on. A step with notes at hand keeps its place; the new one stands above.
 */
export function putBefore(
  document: JourneyDocument,
  id: string,
  step: NewStep,
  context: Pick<FixContext, 'registry'>,
  comers?: ReadonlySet<string>,
): JourneyDocument {
  if (findNode(document, id) === undefined) return document
  const comes = (from: string) => comers === undefined || comers.has(from)
  const added = addStep(document, step)
  if (added.id === null) return document
  const before = added.id
  const edges = added.document.graph.edges.map((edge) =>
    edge.to === id && comes(edge.from) ? { ...edge, to: before } : edge,
  )
  const jumpers = document.graph.nodes.filter((node) => comes(node.id)).map((node) => node.id)
  const led = retarget(withGraph(added.document, { edges }), jumpers, id, before, context)
  const node = findNode(led, before)
  const ports = node === undefined ? [] : portsOfRegistry(context)(node).filter(({ optional }) => optional !== true)
  return ports.reduce((one, { id: port }) => connect(one, { from: before, port, to: id }), led)
}

/** Jumps ("go to") of some steps to one step lead to another instead. */
export function retarget(
  document: JourneyDocument,
  jumpers: readonly string[],
  from: string,
  to: string,
  { registry }: Pick<FixContext, 'registry'>,
): JourneyDocument {
  const chosen = new Set(jumpers)
  let isChanged = false
  const nodes = document.graph.nodes.map((node): GraphNode => {
    const type = registry.get(node.type)
    if (!chosen.has(node.id) || type?.jumps === undefined) return node
    const parsed = type.config.safeParse(node.config)
    if (!parsed.success || !type.jumps(parsed.data).includes(from)) return node
    isChanged = true
    const config = Object.fromEntries(
      Object.entries(node.config).map(([key, value]) => [key, value === from ? to : value]),
    )
    return { ...node, config }
  })
  return isChanged ? withGraph(document, { nodes }) : document
}

/** Steps that carry the id of another get one of their own; connections stay with the first. */
export function renameRepeated(document: JourneyDocument, id: string): JourneyDocument {
  let isFirst = true
  const taken = new Set<string>()
  const nodes = document.graph.nodes.map((node) => {
    if (node.id !== id) return node
    if (isFirst) {
      isFirst = false
      return node
    }
    const fresh = freshId(document, node.type, taken)
    taken.add(fresh)
    return { ...node, id: fresh }
  })
  return taken.size === 0 ? document : withGraph(document, { nodes })
}
