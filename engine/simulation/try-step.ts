/** One step as it would treat a lead at an instant, whatever comes before it in the journey. */
import type { Definition } from '../definition/types.ts'
import type { Facts, Instant } from '../facts.ts'
import type { Library } from '../library.ts'
import type { StepType } from '../steps/contract.ts'
import { simulate } from './simulate.ts'
import type { SimulatedDelivery, SimulatedLine } from './types.ts'

export interface StepTrial {
  /** What the step said: waits, went on by a way out, failed; or why the lead may not come in anywhere. */
  lines: SimulatedLine[]
  /** The message it would send, with what the gate says. */
  delivery: SimulatedDelivery | null
  /** The step the lead would come to next; null when it waits here or the path ends. */
  nextStepId: string | null
}

interface TrialInput {
  definition: Definition
  library: Library
  journey: { id: string; key: string }
  lead: Facts
  at: Instant
  replyHold: string | null
  stepType: (type: string) => StepType | undefined
}

/** Runs the step once, by the same code as a real turn. Nothing is sent or written, and nobody answers. */
export function tryStep(stepId: string, { definition, at, stepType, ...ground }: TrialInput): StepTrial {
  const run = simulate(
    {
      ...ground,
      definition: startingAt(definition, stepId),
      startAt: at,
      entries: [{ at }],
      triggers: false,
      happenings: [],
      assume: 'nothing',
      seed: 'one step',
    },
    stepType,
    at,
  )
  const own = run.lines.filter((line) => line.stepId === stepId && line.visit === 1)
  const next = run.steps.findIndex((step) => step.stepId === stepId && step.visit === 1)
  const left = run.steps[next]
  const after = left === undefined ? undefined : (run.steps[next + 1]?.stepId ?? run.enrollments[0]?.stepId)
  return {
    lines: own.length > 0 ? own : run.lines.filter(({ kind }) => kind === 'refused'),
    delivery: run.deliveries.find((one) => one.stepId === stepId && one.visit === 1) ?? null,
    nextStepId: left?.port == null || after === stepId ? null : (after ?? null),
  }
}

/** The journey with the step right behind an entry that takes everybody; neither goal nor exits end it before. */
function startingAt(definition: Definition, stepId: string): Definition {
  const entry = definition.steps[definition.entry]
  if (entry === undefined) return definition
  const { goal: _, ...settings } = definition.settings
  const { only: __, ...config } = entry.config
  return {
    ...definition,
    triggers: [],
    settings: {
      ...settings,
      exits: [],
      reenrollment: { ...settings.reenrollment, policy: 'always' },
      spreadMinutes: 0,
    },
    watch: [],
    steps: { ...definition.steps, [definition.entry]: { ...entry, config, next: { ...entry.next, next: stepId } } },
  }
}
