/** The question "may this go out, now?" and its answer (DESIGN: deliveries and the mailroom). */
import type { Instant } from '../facts.ts'
import type { Channel, GateReason, Purpose } from '../vocabulary.ts'

/** What is asked. `phone` is a call task rather than a message. */
export interface MessageIntent {
  channel: Channel | 'phone'
  purpose: Purpose
  /** When it would go out at the earliest. */
  now: Instant
  /** What it is about: the topics of the asset it links. */
  topics?: readonly string[]
  staleAt: Instant | null
  /** Asked again at the claim: the row itself is not counted against the cap. */
  exclude?: { countedAt: Instant }
  /** What the author chose for a reached cap: wait for room, or leave it out. */
  overCap: 'defer' | 'skip'
}

/** `deferred` is a property of a queued row (`notBefore`), not a state of its own. */
export type GateDecision =
  | { verdict: 'queued' }
  | { verdict: 'deferred'; notBefore: Instant; reason: GateReason }
  | { verdict: 'skipped'; reason: GateReason }
