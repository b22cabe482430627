/**
 * What is wrong with what is being changed. The whole journey is checked in a worker; what the schema alone can say is
 * said at once, so that a mended field is not red for a moment longer.
 */
import { useMemo } from 'react'
import { configIssues, schemaProblems } from '#engine/compiler/config-issues.ts'
import { settingsSchema, type GraphNode } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { useCatalogue, useEditor } from '../editor-context.tsx'
import { useProblems } from '../problems/problems-store.ts'

export function useStepIssues(node: GraphNode): readonly Issue[] {
  const catalogue = useCatalogue()
  const problems = useProblems((state) => state.problems)
  return useMemo(() => {
    const parsed = catalogue.registry.get(node.type)?.config.safeParse(node.config)
    const own = parsed === undefined || parsed.success ? [] : configIssues(parsed.error.issues, node)
    const checked = problems.filter(({ nodeId, code }) => {
      if (nodeId !== node.id) return false
      return parsed?.success === true ? true : code !== 'STEP_CONFIG_INVALID' && code !== 'DURATION_INVALID'
    })
    return withoutRepeats([...own, ...checked])
  }, [catalogue, node, problems])
}

/** What is wrong with the journey's own settings; paths are into them. */
export function useJourneyIssues(): readonly Issue[] {
  const settings = useEditor((state) => state.content.document.graph.settings)
  const problems = useProblems((state) => state.problems)
  return useMemo(() => {
    const parsed = settingsSchema.safeParse(settings)
    const own = parsed.success
      ? []
      : parsed.error.issues
          .flatMap((issue) => schemaProblems(issue, settings))
          .map(({ path, message }): Issue => ({ code: 'GRAPH_MALFORMED', severity: 'error', path, message }))
    const checked = problems
      .filter(({ nodeId, path }) => nodeId === undefined && path[0] === 'settings')
      .map((problem) => ({ ...problem, path: problem.path.slice(1) }))
    return withoutRepeats([...own, ...checked])
  }, [settings, problems])
}

function withoutRepeats(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [`${issue.code} ${JSON.stringify(issue.path)}`, issue])).values()]
}
