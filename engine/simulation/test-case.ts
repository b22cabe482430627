/** A rehearsal with a name, kept to be played again before each publish: unit tests for marketers. */
import type { Definition } from '../definition/types.ts'
import type { Library } from '../library.ts'
import type { StepType } from '../steps/contract.ts'
import { toFacts, type Expectations, type TestCaseInput } from './schemas.ts'
import { simulate } from './simulate.ts'
import type { Simulation } from './types.ts'

/** What a rehearsal came to, as a test case expects it. */
export function expectationsOf({ steps, enrollments, deliveries }: Simulation): Expectations {
  const last = enrollments.at(-1)
  return {
    path: steps.map(({ stepId, port }) => ({ stepId, port })),
    end: last === undefined ? null : { status: last.status, stepId: last.stepId },
    messages: deliveries.map(({ stepId, status }) => ({ stepId, status })),
  }
}

export interface TestCaseGround {
  definition: Definition
  library: Library
  journey: { id: string; key: string }
  stepType: (type: string) => StepType | undefined
}

/** Plays a case as it was saved. */
export function playTestCase(input: TestCaseInput, { stepType, ...ground }: TestCaseGround): Simulation {
  const { lead, until, ...given } = input
  return simulate({ ...ground, ...given, lead: toFacts(lead) }, stepType, until)
}

/** What is different now, in words; empty when everything came out as expected. */
export function judge(expected: Expectations, actual: Expectations, name: (stepId: string) => string): string[] {
  const differences: string[] = []
  const say = (step: Expectations['path'][number] | undefined): string =>
    step === undefined
      ? 'nothing'
      : step.port === null
        ? `“${name(step.stepId)}” (end)`
        : `“${name(step.stepId)}” → ${step.port}`
  const length = Math.max(expected.path.length, actual.path.length)
  for (let index = 0; index < length; index += 1) {
    const [wanted, got] = [expected.path[index], actual.path[index]]
    if (wanted?.stepId === got?.stepId && wanted?.port === got?.port) continue
    differences.push(`Step ${String(index + 1)} of the path: expected ${say(wanted)}, got ${say(got)}.`)
    break
  }
  const standing = (end: Expectations['end']): string =>
    end === null ? 'not let in' : `${end.status} at “${name(end.stepId)}”`
  if (standing(expected.end) !== standing(actual.end))
    differences.push(`At the end: expected ${standing(expected.end)}, got ${standing(actual.end)}.`)
  const messages = ({ messages: all }: Expectations): string =>
    all.length === 0 ? 'none' : all.map(({ stepId, status }) => `${name(stepId)} (${status})`).join(', ')
  if (messages(expected) !== messages(actual))
    differences.push(`Messages: expected ${messages(expected)}; got ${messages(actual)}.`)
  return differences
}
