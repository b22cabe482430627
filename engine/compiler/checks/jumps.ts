import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

/** Every step that is jumped to exists. */
export function checkJumps({ steps, byId }: Analysis): Issue[] {
  return steps.flatMap(({ node, name, jumps, config }) =>
    jumps
      .filter((target) => !byId.has(target))
      .map((target): Issue => {
        const key = Object.entries(config ?? {}).find(([, value]) => value === target)?.[0]
        return {
          code: 'GOTO_TARGET_MISSING',
          severity: 'error',
          nodeId: node.id,
          path: key === undefined ? [] : [key],
          message: `"${name}" goes to "${target}", which is not a step of this journey; choose one that is.`,
        }
      }),
  )
}
