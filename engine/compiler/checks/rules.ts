import type { Rule } from '../../conditions/schema.ts'
import { validateRule } from '../../conditions/validate.ts'
import type { Issue } from '../../issues.ts'
import { askType, type Analysis } from '../analysis.ts'

/** A rule of the journey with its place: in a step's config, or in the settings. */
export interface PlacedRule {
  rule: Rule
  nodeId?: string
  path: (string | number)[]
}

/** Every rule of the journey; those of disabled steps only when asked for. Types that throw are noted in `problems`. */
export function rulesOf({ graph, steps }: Analysis, problems: Issue[], disabledToo: boolean): PlacedRule[] {
  const { goal, exits } = graph.settings
  const inSteps = steps.flatMap((step): PlacedRule[] => {
    const { type, config, node } = step
    if (type?.rules === undefined || config === null || (node.disabled === true && !disabledToo)) return []
    const rules = askType(step, problems, [], () => type.rules?.(config) ?? [])
    return rules.map(({ rule, path }) => ({ rule, path, nodeId: node.id }))
  })
  return [
    ...(goal === undefined ? [] : [{ rule: goal, path: ['settings', 'goal'] }]),
    ...exits.map(({ when }, index) => ({ rule: when, path: ['settings', 'exits', index, 'when'] })),
    ...inSteps,
  ]
}

/** Fields, operators, values, segments, surveys and assets of every rule, at their places inside it. */
export function checkRules(analysis: Analysis): Issue[] {
  const issues: Issue[] = []
  for (const { rule, nodeId, path } of rulesOf(analysis, issues, true)) {
    for (const issue of rulesProblems(rule, analysis)) {
      const place = { ...issue, path: [...path, ...issue.path] }
      issues.push(nodeId === undefined ? place : { ...place, nodeId })
    }
  }
  return issues
}

function rulesProblems(rule: Rule, { context }: Analysis): Omit<Issue, 'nodeId'>[] {
  try {
    return validateRule(rule, context.library)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = 'The rule is nested too deeply to be checked; make it simpler.'
    return [{ code: 'RULE_VALUE_INVALID', severity: 'error', path: [], message }]
  }
}
