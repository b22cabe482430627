/** What moves a lead, as rows say it (`lead_inputs`); the simulator makes them up. */
import type { Json } from '../facts.ts'
import type { JourneyStatus } from '../vocabulary.ts'

/** What an input says. `event`, `fact`, `task`, `effect` and `delivery` only say "look again": the turn reads the rows. */
export type LeadInput =
  | {
      kind: 'enroll'
      journeyId: string
      triggerId: string
      /** Unique per lead and journey; a repeat is ignored. */
      entryKey: string
      properties?: Record<string, Json>
    }
  | {
      kind: 'control'
      action: 'pause' | 'resume' | 'exit' | 'move' | 'retry' | 'skip' | 'migrate'
      enrollmentId: string
      /** For `move` and `migrate`: the step to stand on. */
      stepId?: string
      /** For `migrate`. */
      version?: number
      /** For `migrate` to a message that this enrollment has got already: to the step after it, and not sent again. */
      skipReceived?: boolean
      /** Only while it stands on this visit, and on no version that is as new: a lead that has moved on is left alone. */
      from?: { stepId: string; visit: number }
      reason: string
      actor: string
    }
  | { kind: 'event'; type: string }
  | { kind: 'fact'; keys: string[] }
  | { kind: 'task'; taskId: string }
  | { kind: 'effect'; effectId: string }
  | { kind: 'delivery'; deliveryId: string }
  /** Its journey goes on after a pause: what that held happens at this instant. */
  | { kind: 'resumed'; journeyId: string }

/** An input with its place among the others. */
export interface TurnInput {
  id: number
  /** One of those of `LeadInput`. */
  kind: string
  payload: Record<string, Json>
  /** The instant it is about, in the lead's own clock. */
  at: Date
}

/** A journey as it stands at this moment. */
export interface JourneyHead {
  id: string
  key: string
  status: JourneyStatus
  liveVersion: number | null
}
