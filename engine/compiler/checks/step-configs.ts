import type { Issue } from '../../issues.ts'
import { askType, type Analysis } from '../analysis.ts'

/** What schemas and the step types' own checks find: references, splits, timeouts, texts. */
export function checkStepConfigs({ steps, byId, configProblems, context }: Analysis): Issue[] {
  const issues: Issue[] = [...configProblems]
  const nodeIds = new Set(byId.keys())
  const { library, journeys } = context
  for (const step of steps) {
    const { type, config, node } = step
    if (type?.check === undefined || config === null) continue
    const found = askType(step, issues, [], () => type.check?.(config, { nodeId: node.id, library, journeys, nodeIds }))
    for (const issue of found ?? []) issues.push({ ...issue, nodeId: node.id })
  }
  return issues
}
