/** Where one enrollment stands, as plain JSON kept in `enrollments.state`. */
import type { Instant, Json } from '../facts.ts'
import type { WaitKey } from '../steps/contract.ts'
import type { EnrollmentStatus } from '../vocabulary.ts'

export interface EnrollmentState {
  status: EnrollmentStatus
  stepId: string
  /** 1 for the first visit of this step in this enrollment; part of every key. */
  visit: number
  /** When the lead came to this step. */
  since: Instant
  /** Set when the step has run and rests; null when it has still to run. */
  rest: { wakeAt: Instant | null; on: WaitKey[]; memory: Json; reason: string } | null
  /** Visits so far by step id. */
  visits: Record<string, number>
  /** Look-back anchor: when the last message was queued, else when the enrollment began. */
  anchorAt: Instant
  /** `<stepId>:<visit>` of the last message step passed. */
  lastMessage: string | null
  /** Why it ended or parked. */
  reason: string | null
  error: { code: string; message: string; attempts: number } | null
}

/** One line of the step log: a visit that ended. */
export interface StepLogEntry {
  stepId: string
  stepType: string
  visit: number
  enteredAt: Instant
  leftAt: Instant
  /** Null when the enrollment ended here. */
  port: string | null
  reason: string
  detail: Json
  /** The version it was passed on, when that is no longer the enrollment's. */
  version?: number
}
