import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

/** Every step is of a type this installation knows. */
export function checkStepTypes({ steps }: Analysis): Issue[] {
  return steps
    .filter(({ type }) => type === null)
    .map(({ node }) => ({
      code: 'STEP_TYPE_UNKNOWN',
      severity: 'error',
      nodeId: node.id,
      path: [],
      message: `There is no step type "${node.type}"; install the activity that provides it or replace the step.`,
    }))
}
