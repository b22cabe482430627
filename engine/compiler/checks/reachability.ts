import { reachableFrom } from '../../graph/traverse.ts'
import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

/**
 * Every step can be reached from an entry. Steps behind a disabled step's other ways out count as reached: the author
 * switched them off on purpose, and STEP_DISABLED_BRANCH says so.
 */
export function checkReachability({ steps, entries, connected }: Analysis): Issue[] {
  if (entries.length === 0) return []
  const reached = reachableFrom(
    connected,
    entries.map(({ node }) => node.id),
  )
  return steps
    .filter(({ node }) => !reached.has(node.id))
    .map(({ node, name }) => ({
      code: 'STEP_UNREACHABLE',
      severity: 'error',
      nodeId: node.id,
      path: [],
      message: `No way leads from the entry to "${name}"; connect it or remove it.`,
    }))
}
