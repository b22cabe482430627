/** The rehearsals themselves, apart from the worker they run in. */
import { compile } from '#engine/compiler/compile.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { expectationsOf, judge, playTestCase, type TestCaseGround } from '#engine/simulation/test-case.ts'
import { toFacts } from '#engine/simulation/schemas.ts'
import { tryStep, type StepTrial } from '#engine/simulation/try-step.ts'
import type { Simulation } from '#engine/simulation/types.ts'
import { createCatalogue } from '../catalogue.ts'
import { afterFacts } from './settings.ts'
import { countRun, noCoverage, type Coverage } from './coverage.ts'
import type { CaseResult, CaseToRun, Compiled, Ground, PlayInput, StepToTry, ToWorker } from './protocol.ts'

export interface Player {
  compile(graph: Graph): { compiled: Compiled | null; problems: number }
  play(input: PlayInput): Simulation
  sample(request: Extract<ToWorker, { kind: 'sample' }>): { coverage: Coverage; found: string | null }
  runCases(cases: readonly CaseToRun[]): CaseResult[]
  tryStep(step: StepToTry): StepTrial
}

export function createPlayer({ manifests, library, journeys, journey }: Ground): Player {
  const { registry } = createCatalogue(manifests)
  const stepType = (type: string) => registry.get(type)
  let definition: Definition | null = null
  const ground = (): TestCaseGround => {
    if (definition === null) throw new Error('The journey has problems; it can be rehearsed once they are solved.')
    return { definition, library, journey, stepType }
  }
  return {
    compile(graph) {
      const compilation = compile(graph, { library, journeys: new Set([...journeys, journey.key]), registry })
      definition = compilation.definition
      const problems = compilation.issues.filter(({ severity }) => severity === 'error').length
      const compiled = definition === null ? null : { needs: definition.needs, entryRule: entryRuleOf(definition) }
      return { compiled, problems }
    },
    play: (input) => playTestCase(input, ground()),
    sample({ leads, input, seek }) {
      const coverage = noCoverage()
      for (const { id, facts } of leads) {
        const run = playTestCase({ ...shifted(input, afterFacts(input.startAt, facts)), lead: facts }, ground())
        countRun(coverage, run)
        if (seek !== null && comesTo(run, seek)) return { coverage, found: id }
      }
      return { coverage, found: null }
    },
    tryStep: ({ stepId, lead, ...more }) => tryStep(stepId, { ...ground(), ...more, lead: toFacts(lead) }),
    runCases: (cases) =>
      cases.map(({ id, input, expectations }) => ({
        id,
        differences: judge(
          expectations,
          expectationsOf(playTestCase(input, ground())),
          (stepId) => definition?.steps[stepId]?.name ?? stepId,
        ),
      })),
  }
}

/** The same story, begun later. */
function shifted(input: Omit<PlayInput, 'lead'>, startAt: number): Omit<PlayInput, 'lead'> {
  const by = startAt - input.startAt
  if (by === 0) return input
  return {
    ...input,
    startAt,
    until: input.until + by,
    entries: input.entries.map((entry) => ({ ...entry, at: entry.at + by })),
    happenings: input.happenings.map((happening) => ({ ...happening, at: happening.at + by })),
  }
}

function comesTo({ steps, enrollments }: Simulation, stepId: string): boolean {
  return steps.some((step) => step.stepId === stepId) || enrollments.some((one) => one.stepId === stepId)
}

/** Leads whom the journey would take by its own segments; what an event brings in may be anybody. */
function entryRuleOf({ triggers, steps, entry }: Definition): Rule | null {
  const only = steps[entry]?.config['only'] as Rule | undefined
  const segments = triggers.flatMap((trigger) => ('segment' in trigger ? [trigger.segment] : []))
  const isForAnybody = segments.length < triggers.filter(({ kind }) => kind !== 'manual').length
  const rules: Rule[] = [
    ...(segments.length === 0 || isForAnybody ? [] : [{ kind: 'any' as const, rules: segments }]),
    ...(only === undefined ? [] : [only]),
  ]
  const [first] = rules
  return rules.length === 0 || first === undefined ? null : rules.length === 1 ? first : { kind: 'all', rules }
}
