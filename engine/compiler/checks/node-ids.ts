import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

/** Each id once: everything refers to steps by it. And none that JavaScript objects carry already (`constructor`). */
export function checkNodeIds({ steps }: Analysis): Issue[] {
  const counts = new Map<string, number>()
  for (const { node } of steps) counts.set(node.id, (counts.get(node.id) ?? 0) + 1)
  const repeated = [...counts].filter(([, count]) => count > 1)
  const reserved = [...counts.keys()].filter((id) => id in Object.prototype)
  return [
    ...repeated.map(([id, count]): Issue => ({
      code: 'GRAPH_DUPLICATE_NODE',
      severity: 'error',
      nodeId: id,
      path: [],
      message: `${String(count)} steps have the id "${id}"; give each its own.`,
    })),
    ...reserved.map((id): Issue => ({
      code: 'GRAPH_MALFORMED',
      severity: 'error',
      nodeId: id,
      path: ['id'],
      message: `The id "${id}" is reserved; give the step another.`,
    })),
  ]
}
