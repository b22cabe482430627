/** What evaluating a rule yields, as types only (replayed and interpreting code may both import it). */
import type { Instant, Json } from '../facts.ts'

/**
 * What an evaluation looked at, so that a change of it wakes whoever waits: `field:<key>` (also stage, attention,
 * score), `tag:<tag>`, `event:<type>`, `answer:<survey>`, `segment:<key>` (its rule, not who is in it),
 * `suppression:<channel>`, `received`, `delivery`. Written to `enrollments.depends_on`.
 */
export type Dependency =
  | `field:${string}`
  | `tag:${string}`
  | `event:${string}`
  | `answer:${string}`
  | `segment:${string}`
  | `suppression:${string}`
  | 'received'
  | 'delivery'

/** One node of the explanation, mirroring the rule. `saw` is the fact it compared. */
export interface RuleTrace {
  sentence: string
  value: boolean
  saw?: Json | undefined
  children?: RuleTrace[] | undefined
}

export interface Evaluation {
  value: boolean
  trace: RuleTrace
  /** Sorted, without repeats; of the whole rule, not only of the part that decided. */
  dependsOn: Dependency[]
  /** First instant after `now` at which `value` can change with no new fact; null when it never does. */
  recheckAt: Instant | null
}
