/** The compiled, immutable, content-hashed artifact that leads walk. Plain JSON; no zod, so anything may import it. */
import type { Rule } from '../conditions/schema.ts'
import type { Dependency } from '../conditions/evaluation.ts'
import type { Needs } from '../facts.ts'
import type { JourneySettings, Tries } from '../graph/schema.ts'
import type { Trigger } from '../steps/entry.ts'

export const definitionFormat = 1

export interface DefinitionStep {
  type: string
  name: string
  config: Record<string, unknown>
  /** Port → next step. A port that is absent ends the path (the enrollment completes). */
  next: Record<string, string>
  /** Passed through by `next` of its first port without running. */
  disabled?: true
  /** Instead of what the step's type says. */
  tries?: Tries
}

export interface Definition {
  format: typeof definitionFormat
  /** The entry step; its `next.next` is where leads begin. */
  entry: string
  triggers: Trigger[]
  steps: Record<string, DefinitionStep>
  settings: JourneySettings
  /** Segments the rules name, resolved at run time from the library (a segment's edit takes effect at once). */
  segments: string[]
  needs: Needs
  /** What goal and exit rules look at: part of every waiting enrollment's dependencies. */
  watch: { rule: Rule; on: Dependency[] }[]
}
