/** A graph that other code has written is refused before its shape is looked at. */
import type { Issue } from '../issues.ts'
import { graphFormat } from './schema.ts'

/** Says that a graph's JSON is of another format than this code reads; null when it is of this one, or says none. */
export function unknownFormat(graph: unknown): Issue | null {
  const format = typeof graph === 'object' && graph !== null ? (graph as Record<string, unknown>)['format'] : undefined
  if (typeof format !== 'number' || format === graphFormat) return null
  return {
    code: 'GRAPH_FORMAT_UNKNOWN',
    severity: 'error',
    path: ['format'],
    message: `This graph has format "${String(format)}"; this version of Trellis reads format "${String(graphFormat)}". Open it with the version that wrote it.`,
  }
}
