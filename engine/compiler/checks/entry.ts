import type { Issue } from '../../issues.ts'
import { quoteStep, type Analysis } from '../analysis.ts'

/** One entry, switched on, that nothing leads back to. */
export function checkEntry(analysis: Analysis): Issue[] {
  const { entries, byId, connected } = analysis
  const issues: Issue[] = []
  const [first] = entries
  if (first === undefined) {
    const message = 'The journey has no entry step, so nobody can start it; add one.'
    issues.push({ code: 'GRAPH_NO_ENTRY', severity: 'error', path: [], message })
  } else if (entries.length > 1) {
    for (const { node, name } of entries) {
      const message = `The journey has ${String(entries.length)} entry steps, "${name}" among them; keep one and give it all the triggers.`
      issues.push({ code: 'GRAPH_MANY_ENTRIES', severity: 'error', nodeId: node.id, path: [], message })
    }
  } else if (first.node.disabled === true) {
    const message = `The entry step "${first.name}" is switched off, so nobody can start the journey; switch it on.`
    issues.push({ code: 'GRAPH_NO_ENTRY', severity: 'error', nodeId: first.node.id, path: [], message })
  }
  const entryIds = new Set(entries.map(({ node }) => node.id))
  for (const [from, targets] of connected) {
    for (const to of targets) {
      if (!entryIds.has(to)) continue
      const message = `${quoteStep(analysis, from)} leads back to the entry step ${quoteStep(analysis, to)}; lead to the step after it.`
      const port = analysis.edgesFrom.get(from)?.find((edge) => edge.to === to)?.port
      const path = port === undefined || !byId.has(from) ? [] : ['ports', port]
      issues.push({ code: 'GRAPH_EDGE_INTO_ENTRY', severity: 'error', nodeId: from, path, message })
    }
  }
  return issues
}
