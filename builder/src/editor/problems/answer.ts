/** What the worker answers, apart from the worker itself: to every check there is an answer, whatever happens. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { createCheck } from './check-graph.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

/** Answers messages one after the other; `null`: nothing is to be said. */
export function createAnswers(): (message: ToWorker) => FromWorker | null {
  let check: ((graph: Graph) => Issue[]) | null = null
  /** Why nothing can be checked. */
  let obstacle = 'The library is not there yet.'
  return (message) => {
    if (message.kind === 'ground') {
      try {
        check = createCheck(message.ground)
        return null
      } catch (error) {
        // What was known before is outdated: nothing is checked against it any more.
        check = null
        obstacle = wordsOf(error)
        return { kind: 'failed', id: null, message: obstacle }
      }
    }
    const { id, graph } = message
    if (check === null) return { kind: 'failed', id, message: obstacle }
    const start = performance.now()
    try {
      const issues = check(graph)
      return { kind: 'checked', id, issues, ms: performance.now() - start }
    } catch (error) {
      return { kind: 'failed', id, message: wordsOf(error) }
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
