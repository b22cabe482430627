/**
 * What a rehearsal is given and what it tells. Everything is plain JSON, so that a page hands it to a web worker and a
 * test case keeps it.
 */
import type { EarlierEnrollment } from '../entry/decide-entry.ts'
import type { Definition } from '../definition/types.ts'
import type { Facts, FieldValue, Instant, Json } from '../facts.ts'
import type { GateDecision } from '../gate/types.ts'
import type { StepLogEntry } from '../interpreter/state.ts'
import type { Library } from '../library.ts'
import type { Attention, Channel, ContactChannel, EnrollmentStatus, Purpose, Stage, TaskKind } from '../vocabulary.ts'

/** Something the world does that the author wants to see the effect of. */
export type WorldAct =
  /** The lead does something: opens a mail (`email_opened`), clicks (`link_clicked`), replies, buys, visits… */
  | { kind: 'event'; type: string; properties?: Record<string, Json> }
  | { kind: 'answers'; survey: string; answers: Record<string, Json>; asked?: 'survey' | 'question' }
  | { kind: 'unsubscribe'; channels: ContactChannel[] }
  | { kind: 'set_field'; field: string; value: FieldValue }
  | { kind: 'set_stage'; stage: Stage }
  | { kind: 'set_attention'; attention: Attention }
  | { kind: 'add_score'; delta: number }
  | { kind: 'add_tag' | 'remove_tag'; tag: string }
  /** A person closes the open task; of the given step, else of whichever step waits for one. */
  | { kind: 'task'; outcome: string; stepId?: string | undefined }
  /** What is outside answers; `port` is the step's way out, `error` a failure. */
  | { kind: 'effect'; port: string; output?: Json; stepId?: string | undefined }
  /** From now on the provider refuses the messages of a step (of every step when none is named). */
  | { kind: 'refuse_messages'; stepId?: string | undefined }

/** An act and when. */
export interface Happening {
  at: Instant
  act: WorldAct
}

/** A way into the journey that needs no trigger to fire: by hand, or as if one had. */
export interface SimulatedEntry {
  at: Instant
  /** @default 'manual' */
  triggerId?: string | undefined
  /** What the enrollment remembers of how it began: the properties of the event. */
  properties?: Record<string, Json> | undefined
}

/**
 * What the world does where nothing is injected: `nothing` (leads stay silent, tasks stay open; only what is outside
 * answers, as likely), `likely` (each step's most likely result) or `chance` (drawn by the steps' weights from the seed).
 */
export type Assumptions = 'nothing' | 'likely' | 'chance'

export interface SimulationInput {
  definition: Definition
  library: Library
  /** The id decides sticky splits, so it is the journey's own. */
  journey: { id: string; key: string }
  /** The lead at the start. Never changed. */
  lead: Facts
  /** Earlier enrollments of the lead in this journey. @default none */
  history?: readonly EarlierEnrollment[]
  startAt: Instant
  entries: readonly SimulatedEntry[]
  /** Whether the journey's own triggers (schedules, dates, segments, events) let the lead in. @default true */
  triggers?: boolean
  happenings: readonly Happening[]
  /** How long marketing rests after a reply (ISO 8601); null = not at all. @default null */
  replyHold?: string | null
  assume: Assumptions
  /** Same seed, same draws. */
  seed: string
}

/** How one way through the journey stands. */
export interface SimulatedEnrollment {
  triggerId: string
  enteredAt: Instant
  status: EnrollmentStatus
  stepId: string
  /** Since when it is there. */
  since: Instant
  /** When time alone moves it on; null when only something that happens can, or when it has ended. */
  wakeAt: Instant | null
  /** What it waits for, in words; why it ended or was parked. */
  reason: string | null
  goalMet: boolean
  finishedAt: Instant | null
}

/** A message the journey asks for, with what the gate said about it. */
export interface SimulatedDelivery {
  enrollment: number
  stepId: string
  visit: number
  channel: Channel
  purpose: Purpose
  subject: string
  assetKey: string | null
  surveyKey: string | null
  /** What the gate said when the message was asked for. */
  decision: GateDecision
  queuedAt: Instant
  /** Not before this instant: a send window, a cap, quiet hours. */
  notBefore: Instant | null
  status: 'queued' | 'sent' | 'skipped' | 'failed' | 'cancelled'
  /** Handed over, skipped or taken back. */
  settledAt: Instant | null
  reason: string | null
}

export interface SimulatedTask {
  enrollment: number
  stepId: string
  visit: number
  kind: TaskKind
  title: string
  reason: string
  queue: string
  outcomes: { id: string; label: string }[]
  createdAt: Instant
  notBefore: Instant | null
  dueAt: Instant
  status: 'open' | 'done' | 'cancelled'
  outcome: string | null
  closedAt: Instant | null
  /** What was done about it being late. */
  escalations: { at: Instant; action: 'remind' | 'reassign' | 'manager' }[]
}

/** One line of the log, oldest first. */
export interface SimulatedLine {
  at: Instant
  kind:
    | 'entered'
    /** A trigger or a person wanted the lead in, and it was refused. */
    | 'refused'
    /** Came to a step that waits. */
    | 'waits'
    /** Left a step by `port`. */
    | 'left'
    | 'ended'
    /** A person would have to look. */
    | 'parked'
    /** The world: an injected act, or one assumed. */
    | 'happened'
    | 'sent'
    | 'not_sent'
  /** Index into `enrollments`; null for what happens to the lead as such. */
  enrollment: number | null
  stepId: string | null
  visit: number | null
  port: string | null
  /** One sentence. */
  text: string
  /** The facts behind it: rule traces as `trace` or `cases[].trace`. */
  detail: Json
  /** True when nobody injected it. */
  isAssumed?: boolean
  /** What the step asked for here, in words: "Email: Welcome", "Tag: hot". */
  asks?: string[]
}

/** A line of the step log as the worker writes it, with the enrollment it belongs to. */
export interface SimulatedStep extends StepLogEntry {
  enrollment: number
}

export interface Simulation {
  /** As far as it was played: nothing later is known. */
  until: Instant
  lines: SimulatedLine[]
  steps: SimulatedStep[]
  enrollments: SimulatedEnrollment[]
  deliveries: SimulatedDelivery[]
  tasks: SimulatedTask[]
  /** The next instant at which anything happens; null when nothing ever does. */
  nextAt: Instant | null
  /** True when it was stopped because too much happened (see `mostTurns`); what is there is right. */
  isCut: boolean
}
