/** What page and worker say to each other about rehearsals. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import type { Needs } from '#engine/facts.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Expectations, RehearsalLead, TestCaseInput } from '#engine/simulation/schemas.ts'
import type { StepTrial } from '#engine/simulation/try-step.ts'
import type { Simulation } from '#engine/simulation/types.ts'
import type { StepManifest } from '#server/contract/steps.ts'
import type { Coverage } from './coverage.ts'

/** What journeys are compiled and played against. */
export interface Ground {
  manifests: readonly StepManifest[]
  library: Library
  journeys: readonly string[]
  journey: { id: string; key: string }
}

/** A rehearsal but for journey and library. */
export type PlayInput = TestCaseInput

/** What the journey is once compiled, as the page needs it. */
export interface Compiled {
  needs: Needs
  /** Who would be let in by its schedules and segments; null = nobody is asked for. */
  entryRule: Rule | null
}

export interface CaseToRun {
  id: string
  name: string
  input: TestCaseInput
  expectations: Expectations
}

export interface StepToTry {
  stepId: string
  lead: RehearsalLead
  at: number
  replyHold: string | null
}

export interface CaseResult {
  id: string
  differences: string[]
}

export type ToWorker =
  | { kind: 'ground'; ground: Ground }
  | { kind: 'graph'; graph: Graph }
  | { kind: 'play'; id: number; input: PlayInput }
  /** Plays sampled leads; `seek` stops at the first that comes to this step. */
  | {
      kind: 'sample'
      id: number
      leads: { id: string; facts: RehearsalLead }[]
      input: Omit<PlayInput, 'lead'>
      seek: string | null
    }
  | { kind: 'cases'; id: number; cases: CaseToRun[] }
  /** One step alone. */
  | ({ kind: 'try'; id: number } & StepToTry)

export type FromWorker =
  | { kind: 'compiled'; compiled: Compiled | null; problems: number }
  | { kind: 'played'; id: number; run: Simulation; ms: number }
  | { kind: 'sampled'; id: number; coverage: Coverage; found: string | null; ms: number }
  | { kind: 'cases'; id: number; results: CaseResult[] }
  | { kind: 'tried'; id: number; trial: StepTrial }
  | { kind: 'failed'; id: number | null; message: string }
