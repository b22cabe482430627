/** Plays a journey's test cases on a definition: the page shows it live, publishing asks for it. */
import type { Definition } from '#engine/definition/types.ts'
import type { Library } from '#engine/library.ts'
import type { Expectations, TestCaseInput } from '#engine/simulation/schemas.ts'
import { expectationsOf, judge, playTestCase } from '#engine/simulation/test-case.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { failureCode } from '#engine/errors.ts'

export interface TestCaseResult {
  id: string
  name: string
  passed: boolean
  /** What is different, in words; empty when it passed. */
  differences: string[]
}

/** Pure: no database, no network. A case that cannot even be played has failed, with the reason. */
export function runTestCases(
  ground: {
    definition: Definition
    library: Library
    journey: { id: string; key: string }
    stepType: (type: string) => StepType | undefined
  },
  cases: readonly { id: string; name: string; input: TestCaseInput; expectations: Expectations }[],
): TestCaseResult[] {
  const nameOf = (stepId: string): string => ground.definition.steps[stepId]?.name ?? stepId
  return cases.map(({ id, name, input, expectations }) => {
    try {
      const differences = judge(expectations, expectationsOf(playTestCase(input, ground)), nameOf)
      return { id, name, passed: differences.length === 0, differences }
    } catch (error) {
      return { id, name, passed: false, differences: [`It cannot be played: ${failureCode(error)}.`] }
    }
  })
}
