/** From any JSON to a graph, or to every reason why it is none. */
import { graphSchema, type Graph } from '../graph/schema.ts'
import { unknownFormat } from '../graph/unknown-format.ts'
import type { Issue } from '../issues.ts'
import { schemaProblems } from './config-issues.ts'

/**
 * Reads a graph's JSON: its shape only; `compile` says whether it can be published. Every problem at once, those inside a
 * node at that node (`nodeId`, path into the node), the others with their path from the top. A graph of a newer format
 * is refused, never guessed at. Never throws.
 */
export function parseGraph(json: unknown): { graph: Graph | null; issues: Issue[] } {
  const unknown = unknownFormat(json)
  if (unknown !== null) return { graph: null, issues: [unknown] }
  try {
    const parsed = graphSchema.safeParse(json)
    if (parsed.success) return { graph: parsed.data, issues: [] }
    const issues = parsed.error.issues.flatMap((issue) => schemaProblems(issue, json))
    return { graph: null, issues: issues.map(({ path, message }) => malformed(path, message, json)) }
  } catch (error) {
    // A rule nested ten thousand deep ends the stack of the schema, not the process.
    const reason = error instanceof RangeError ? 'it is nested too deeply' : String(error)
    return { graph: null, issues: [malformed([], `This graph cannot be read ("${reason}"); make it simpler.`, json)] }
  }
}

function malformed(path: (string | number)[], message: string, json: unknown): Issue {
  const [list, index] = path
  const nodes = list === 'nodes' && isRecord(json) ? json['nodes'] : undefined
  const node: unknown = Array.isArray(nodes) && typeof index === 'number' ? nodes[index] : undefined
  const nodeId = isRecord(node) && typeof node['id'] === 'string' ? node['id'] : undefined
  return {
    code: 'GRAPH_MALFORMED',
    severity: 'error',
    ...(nodeId === undefined ? { path } : { nodeId, path: path.slice(2) }),
    message,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
