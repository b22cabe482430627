import { reachableFrom } from '../../graph/traverse.ts'
import { builtInEvents } from '../../vocabulary.ts'
import type { Issue } from '../../issues.ts'
import type { Analysis, AnalysedStep } from '../analysis.ts'
import { triggersOf } from '../triggers.ts'

/**
 * A branch on an answer comes after a step that asks for it. Only a warning: the question may have been asked in another
 * journey, or on a form.
 */
export function checkAnswers(analysis: Analysis): Issue[] {
  const branches = analysis.steps.filter(({ node, config }) => node.type === 'branch_on_answer' && config !== null)
  if (branches.length === 0 || entersByAnswering(analysis)) return []
  const reached = new Map<string, ReadonlySet<string>>()
  return branches.flatMap(({ node, name, config }): Issue[] => {
    const survey = String(config?.['survey'])
    const question = String(config?.['question'])
    const key = JSON.stringify([survey, question])
    const after = reached.get(key) ?? reachableFrom(analysis.walked, askersOf(analysis, survey, question))
    reached.set(key, after)
    if (after.has(node.id)) return []
    const message = `No step before "${name}" asks question "${question}" of survey "${survey}"; send the survey or ask the question first, unless another journey does.`
    return [{ code: 'ANSWER_NEVER_ASKED', severity: 'warning', nodeId: node.id, path: ['question'], message }]
  })
}

/** Steps that send the survey, link it, or ask this question of it (or whichever question comes next). */
function askersOf({ steps }: Analysis, survey: string, question: string): string[] {
  return steps.filter((step) => asks(step, survey, question)).map(({ node }) => node.id)
}

function asks({ node, config }: AnalysedStep, survey: string, question: string): boolean {
  if (node.disabled === true || node.type === 'branch_on_answer' || config === null) return false
  const asked = config['question']
  return config['survey'] === survey && (asked === undefined || asked === question)
}

function entersByAnswering({ entries }: Analysis): boolean {
  const answers: ReadonlySet<string> = new Set([builtInEvents.surveyAnswered, builtInEvents.questionAnswered])
  return entries.some((step) =>
    triggersOf(step).some((trigger) => trigger.kind === 'event' && answers.has(trigger.event)),
  )
}
