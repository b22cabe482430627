/** Steps that no sampled lead came to. */
import type { Graph, GraphNode } from '#engine/graph/schema.ts'
import type { Coverage } from './coverage.ts'

/** In the order of the journey; steps that are switched off are passed by, and the entry is where leads begin. */
export function neverReached({ nodes }: Graph, { steps, entered }: Coverage): GraphNode[] {
  if (entered === 0) return []
  return nodes.filter(({ id, type, disabled }) => type !== 'entry' && disabled !== true && (steps[id] ?? 0) === 0)
}
