/** What workflows may call: the only file of activities/ they import. Ids, instants and codes only. */

export interface TurnInput {
  leadId: string
  /** The instant (real UTC ms) whose timer fired, so that a database clock that lags never makes a turn too early. */
  firedFor: number | null
  /** Effects whose activity ended without storing a result (timed out, worker lost for good). */
  failedEffects: { id: string; generation: number; code: string }[]
}

/** An effect the workflow should have running. */
export interface OpenEffect {
  id: string
  /** Rises with a person's retry; a new generation is started anew. */
  generation: number
  queue: string
  timeoutMs: number
  heartbeatMs: number | null
  maxAttempts: number
}

/** How things stand after the turn, not what it did: a turn run twice says the same. */
export interface TurnResult {
  /** When to turn again, real UTC ms; null when only a poke can move the lead. */
  wakeAt: number | null
  openEffects: OpenEffect[]
  /** Nothing of this lead is active. */
  done: boolean
  /** Whether the turn changed anything; a due wake that changes nothing is backed off. */
  moved: boolean
}

export interface LeadActivities {
  turn(input: TurnInput): Promise<TurnResult>
}

export interface EffectActivities {
  runEffect(input: { effectId: string }): Promise<void>
}
