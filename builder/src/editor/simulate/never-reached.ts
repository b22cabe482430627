/** Steps that no sampled lead came to. */
import type { Graph, GraphNode } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { t } from '../../i18n/t.ts'
import type { Coverage } from './coverage.ts'

/** In the order of the journey; steps that are switched off are passed by, and the entry is where leads begin. */
export function neverReached({ nodes }: Graph, { steps, entered }: Coverage): GraphNode[] {
  if (entered === 0) return []
  return nodes.filter(({ id, type, disabled }) => type !== 'entry' && disabled !== true && (steps[id] ?? 0) === 0)
}

/** The same as warnings, for the list of problems. */
export function neverReachedIssues(graph: Graph, coverage: Coverage, titleOf: (node: GraphNode) => string): Issue[] {
  return neverReached(graph, coverage).map((node) => ({
    code: 'STEP_NEVER_REACHED',
    severity: 'warning',
    nodeId: node.id,
    path: [],
    message: t('None of {{leads}} rehearsed leads came to "{{step}}"; look whether a case above takes them all.', {
      leads: coverage.entered,
      step: titleOf(node),
    }),
  }))
}
