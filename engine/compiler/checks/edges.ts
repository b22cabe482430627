import type { GraphEdge } from '../../graph/schema.ts'
import type { Issue } from '../../issues.ts'
import { quoteStep, type Analysis } from '../analysis.ts'

/** Every edge joins two steps, and one way out leads to one step only. */
export function checkEdges(analysis: Analysis): Issue[] {
  const { graph, byId } = analysis
  const byPort = new Map<string, GraphEdge[]>()
  const dangling: Issue[] = []
  graph.edges.forEach((edge, index) => {
    const key = JSON.stringify([edge.from, edge.port])
    byPort.set(key, [...(byPort.get(key) ?? []), edge])
    const missing = [edge.from, edge.to].filter((id) => !byId.has(id))
    for (const id of missing) {
      const atStep = byId.has(edge.from)
      dangling.push({
        code: 'GRAPH_DANGLING_EDGE',
        severity: 'error',
        ...(atStep ? { nodeId: edge.from, path: ['ports', edge.port] } : { path: ['edges', index] }),
        message: `The connection from "${edge.from}" (${edge.port}) to "${edge.to}" is loose: there is no step "${id}"; connect it to a step or remove it.`,
      })
    }
  })
  const duplicates = [...byPort.values()].flatMap((edges): Issue[] => {
    const [edge] = edges
    if (edge === undefined || edges.length < 2 || !byId.has(edge.from)) return []
    const targets = edges.map(({ to }) => quoteStep(analysis, to)).sort()
    return [
      {
        code: 'GRAPH_DUPLICATE_EDGE',
        severity: 'error',
        nodeId: edge.from,
        path: ['ports', edge.port],
        message: `${String(edges.length)} connections leave ${quoteStep(analysis, edge.from)} by "${edge.port}" (to ${targets.join(', ')}); keep one.`,
      },
    ]
  })
  return [...dangling, ...duplicates]
}
