import { reachableFrom } from '../../graph/traverse.ts'
import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

/** A disabled step with several ways out quietly sends everybody the first way: the author should know. */
export function checkDisabledBranches({ steps, entries, connected, walked }: Analysis): Issue[] {
  const starts = entries.map(({ node }) => node.id)
  const walkedTo = reachableFrom(walked, starts)
  const cutOff = [...reachableFrom(connected, starts)].filter((id) => !walkedTo.has(id)).length
  return steps.flatMap(({ node, name, ports }): Issue[] => {
    const [first] = ports ?? []
    if (node.disabled !== true || ports === null || ports.length < 2 || first === undefined) return []
    const rest = cutOff === 0 ? '' : ` Switched-off steps leave ${String(cutOff)} of the journey's steps without leads.`
    return [
      {
        code: 'STEP_DISABLED_BRANCH',
        severity: 'warning',
        nodeId: node.id,
        path: [],
        message: `"${name}" is switched off: everybody leaves it by "${first.label}". Switch it on, or remove its other ways.${rest}`,
      },
    ]
  })
}
