import type { Issue } from '../../issues.ts'
import { durationToMs, parseDuration } from '../../schedule/duration.ts'
import type { Analysis } from '../analysis.ts'

/** Nobody is nurtured for longer than this; what says so is a slip of the finger. */
const longestMs = 50 * 365 * 86_400_000

/** What is wrong with a length of time, whatever it is for; null when nothing is, or when it is not a duration. */
export function durationProblem(text: string): string | null {
  if (parseDuration(text) === null || durationToMs(text) <= longestMs) return null
  return `"${text}" is longer than fifty years; write a shorter one.`
}

/** No absurd length of time anywhere in a config. Whether none at all makes sense is the step type's to say. */
export function checkDurations({ steps }: Analysis): Issue[] {
  return steps.flatMap(({ node, texts }) =>
    texts.flatMap(({ text, path }): Issue[] => {
      const message = text.startsWith('P') ? durationProblem(text) : null
      return message === null ? [] : [{ code: 'DURATION_INVALID', severity: 'error', nodeId: node.id, path, message }]
    }),
  )
}
