/** What workflows may call: the only file of activities/ they import. Ids, instants and codes only. */
import type { Channel } from '#engine/vocabulary.ts'

/** Type of a turn's failure for which the lead is not to blame: the database is away, busy or locked. */
export const passingTrouble = 'PASSING_TROUBLE'

export interface TurnInput {
  leadId: string
  /** The instant (real UTC ms) whose timer fired, so that a database clock that lags never makes a turn too early. */
  firedFor: number | null
  /** Effects whose activity ended without storing a result (timed out, worker lost for good). */
  failedEffects: { id: string; generation: number; code: string }[]
  /** All attempts of the turn before failed by the lead's own: this one has one attempt, and is careful from the start. */
  hasFailed: boolean
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

/** Which leads a sweep brings in: the segment of a trigger, at the instant it stands for. */
export interface SweepOccasion {
  journeyId: string
  triggerId: string
  /** UTC ms: Friday 09:00, also when it runs late. */
  firesAt: number
}

/** `more`: call again; `held`: the blast guard waits for a person. */
export type SweepProgress = 'more' | 'done' | 'held'

export interface EntryActivities {
  /** Null when there is nothing to sweep (journey no longer live, not an occurrence, too late, done before). */
  beginSweep(occasion: SweepOccasion): Promise<{ sweepId: string } | null>
  sweepPages(input: { sweepId: string }): Promise<{ progress: SweepProgress; enqueued: number }>
  /** Dates that came round, and segments whose value time changed. */
  sweepTriggers(): Promise<{ entered: number }>
  reconcile(): Promise<{ pokes: number; overdue: number; sweeps: number }>
  nextTestFiring(input: { testRunId: string; after: number; until: number }): Promise<TestFiring>
  /** Resolves `false` after a while when the run's leads are still busy; call again. */
  awaitTestLeads(input: { testRunId: string; at: number }): Promise<boolean>
  fireTestTriggers(input: { testRunId: string; after: number; at: number }): Promise<{ entered: number }>
  /** Lets the run's clock go on until `until`, and no further. Returns when it shows that, real UTC ms. */
  releaseTestClock(input: { testRunId: string; until: number }): Promise<{ realAt: number }>
  /** The virtual instant at which the run's clock starts. */
  startOfTestRun(input: { testRunId: string }): Promise<number>
  finishTestRun(input: { testRunId: string }): Promise<void>
}

export interface TaskActivities {
  /** One round of the keeper: what was put off wakes, what nobody had is tried again, webhooks to people are sent. */
  tendTasks(): Promise<{ woken: number; assigned: number; handedOn: number; webhooks: number }>
}

/** `more`: call again; `waiting`: some leads have not answered yet. */
export type MoveProgress = 'more' | 'waiting' | 'done'

export interface PublishingActivities {
  /** Tells leads in flight what a publish has decided for them, and takes in what became of them. Heartbeats. */
  moveLeads(input: { moveId: string }): Promise<MoveProgress>
  /** Publishes what is due; does nothing when it was called off or published before. */
  publishScheduled(input: { publicationId: string }): Promise<void>
}

export interface TestFiring {
  /** Virtual instant of the next firing, or the end of the run. */
  at: number
  isEnd: boolean
}

export interface InboundActivities {
  /** Takes in what is new in the mailbox; does nothing where none is set. */
  pollInbound(): Promise<{ taken: number }>
}

/** Which mailroom. */
export interface MailroomInput {
  channel: Channel
}

export interface MailroomActivities {
  /** Hands deliveries of one channel over for up to an hour; returns when it is to be started anew. Heartbeats. */
  runMailroom(input: MailroomInput): Promise<void>
}

export interface WebhookActivities {
  /** Sends webhooks for up to an hour; returns when it is to be started anew. Heartbeats. */
  runWebhooks(): Promise<void>
}
