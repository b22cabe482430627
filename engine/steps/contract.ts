/**
 * What a step type is: declared once, and palette, inspector form, validation, compiler, worker, simulator and docs
 * derive from it. First-party and custom steps use this same contract.
 *
 * A step's `run` is *level-triggered*: it is called when the lead arrives and again whenever something it waits for
 * may have changed (a time, an event, a task, an effect, a delivery), looks at the facts as they now are, and says what
 * to do. It never learns "what woke me", so a wake that comes twice, late or for nothing does no harm.
 */
import type { ZodType } from 'zod'
import type { Dependency, Evaluation } from '../conditions/evaluation.ts'
import type { Rule } from '../conditions/schema.ts'
import type { Facts, Instant, Json, Needs } from '../facts.ts'
import type { GateDecision, MessageIntent } from '../gate/types.ts'
import type { JourneySettings } from '../graph/schema.ts'
import type { Issue } from '../issues.ts'
import type { Library } from '../library.ts'
import type {
  Attention,
  Channel,
  ContactChannel,
  Purpose,
  Stage,
  TaskEnd,
  TaskKind,
  ConsentBasis,
} from '../vocabulary.ts'

export const stepCategories = [
  'entry',
  'message',
  'time',
  'decision',
  'survey',
  'sales',
  'lead',
  'system',
  'custom',
] as const
export type StepCategory = (typeof stepCategories)[number]

/** A named way out. Ids are stable across versions; `optional` ports may stay unwired (the path ends there). */
export interface Port {
  id: string
  label: string
  optional?: boolean
}

/** What else a rest waits for, beside time: rule dependencies, and this enrollment's own rows by `<stepId>:<visit>`. */
export type WaitKey = Dependency | `task:${string}` | `effect:${string}` | `sent:${string}`

/** A message in one more language. */
export interface MessageVariant {
  subject: string
  body: string
  text?: string | undefined
}

/** A message as the mailroom needs it; templates are rendered there. */
export interface DeliveryContent {
  subject?: string
  /** Liquid text, HTML or MJML; plain paragraphs are fine. */
  body: string
  /** The plain part, when the author wrote one. */
  text?: string
  /** The same message in other languages, by BCP 47 tag; see `chooseText`. */
  variants?: Record<string, MessageVariant>
  /** What a link in the body leads to. */
  assetKey?: string
  surveyKey?: string
  questionId?: string
  /** For postcards: what fills the front. */
  image?: string
  /** For `notification`: who is told. */
  to?: string
  /** Plain text that people or leads wrote, no template and no markup; only these addresses become links. */
  verbatim?: { links: readonly string[] }
}

/** A change a step asks for. The interpreter applies it to the facts at once; the turn writes it in its transaction. */
export type Command =
  | {
      kind: 'deliver'
      channel: Channel
      purpose: Purpose
      content: DeliveryContent
      decision: GateDecision
      /** What the mailroom does when it meets a full cap: wait for room, or leave it out. */
      overCap: 'defer' | 'skip'
      priority: number
      /** Give up (skip as `stale`) when it could not be handed over by then. */
      staleAt: Instant | null
      assetLineage: string | null
      /** Records this event on the lead when queued (an invitation counts as `invited`). */
      countsAs: string | null
    }
  | {
      kind: 'create_task'
      taskKind: TaskKind
      title: string
      /** Why now, in one sentence. */
      reason: string
      talkTrack: string
      queue: string
      assignee: string | null
      outcomes: { id: string; label: string }[]
      notBefore: Instant | null
      dueAt: Instant
      escalation: { afterMs: number; action: 'remind' | 'reassign' | 'manager' }[]
      /** What the lead may do that makes it pointless. */
      closeOn: TaskEnd[]
    }
  | { kind: 'cancel_task'; reason: string }
  /** The visit's open task is to be done later. `dueAt` null leaves the deadline as it is. */
  | { kind: 'postpone_task'; notBefore: Instant; dueAt: Instant | null; reason: string }
  /** The visit's open task is overdue: the ladder's next rung, counted from 1. */
  | { kind: 'escalate_task'; action: 'remind' | 'reassign' | 'manager'; rung: number }
  /**
   * The lead gets an owner: whoever of these is there, has room and was given something longest ago. `drawn` is taken
   * when none of them is known as a person here. Who it was is a fact only after the turn has written it.
   */
  | { kind: 'assign_owner'; among: { id: string; weight: number }[]; drawn: string | null }
  | { kind: 'set_field'; field: string; value: string | number | boolean | string[] | null }
  | { kind: 'set_stage'; stage: Stage; reason: string }
  | { kind: 'set_attention'; attention: Attention; reason: string }
  | { kind: 'add_score'; delta: number; reason: string }
  | { kind: 'add_tag'; tag: string }
  | { kind: 'remove_tag'; tag: string }
  | { kind: 'suppress'; channels: ContactChannel[]; reason: string }
  | {
      kind: 'set_consent'
      purpose: 'nurture' | 'promotional'
      channel: ContactChannel
      state: 'granted' | 'denied'
      wording: string
      wordingVersion?: string
      /** On what ground. @default 'consent' */
      basis?: ConsentBasis
      mechanism?: string
      /** Absent = as long as the ground lasts. */
      expiresAt?: Instant
    }
  | { kind: 'record_event'; event: string; properties: Record<string, Json> }
  | {
      kind: 'open_effect'
      effectType: string
      queue: string
      input: Json
      timeoutMs: number
      heartbeatMs: number | null
      maxAttempts: number
    }
  | { kind: 'enroll'; journey: string }
  | { kind: 'leave_journey'; journey: string; reason: string }

/** What a step says. `reason` is one plain sentence kept in the step log; `detail` the facts behind it. */
export type Outcome =
  | {
      kind: 'leave'
      port: string
      reason: string
      detail?: Json
      commands?: Command[]
      /**
       * The event that was waited for is used up: from here on only events after this instant answer a wait (becomes
       * the enrollment's `anchorAt`). Without it a loop back to a "wait for event" would see the same event for ever.
       */
      lookBackFrom?: Instant
    }
  /** Jump to a step that no edge leads to ("go to"). */
  | { kind: 'jump'; to: string; reason: string; commands?: Command[] }
  /** Wait. `memory` comes back on the next `run` of this visit; commands are applied now. */
  | { kind: 'rest'; wakeAt: Instant | null; on: WaitKey[]; memory: Json; reason: string; commands?: Command[] }
  | { kind: 'end'; status: 'completed' | 'exited'; reason: string; commands?: Command[] }

/** What a step sees. All times UTC ms; `zone` is the lead's, or the journey's when the lead's is unknown. */
export interface StepContext<Config> {
  config: Config
  /** `<stepId>:<visit>`, the key of this visit's own rows. */
  key: string
  stepId: string
  visit: number
  /** The instant this run is evaluated at: a due instant for a timed wake, so lateness never shifts later instants. */
  now: Instant
  zone: string
  /** When the lead came to this step. */
  enteredAt: Instant
  /** Events since this instant answer a wait: the last message's queueing, else the arrival here (look-back). */
  anchorAt: Instant
  /** The last message step passed in this enrollment (`<stepId>:<visit>`), whose acceptance waits count from. */
  lastMessage: string | null
  enrollment: { id: string; journeyId: string; enteredAt: Instant; properties: Record<string, Json> }
  settings: JourneySettings
  facts: Facts
  library: Library
  memory: Json
  evaluate: (rule: Rule) => Evaluation
  gate: (intent: MessageIntent) => GateDecision
  /** Uniform in [0, 1), the same for this lead, step and salt for ever (sticky splits). */
  draw: (salt: string) => number
}

/** What a compile-time check sees beside the config. */
export interface CheckContext {
  nodeId: string
  library: Library
  /** Keys of journeys that exist, for enrol / leave. */
  journeys: ReadonlySet<string>
  nodeIds: ReadonlySet<string>
}

/** How the simulator and the forecast treat a step whose result the world decides: `[{ port, weight, after }]`. */
export interface SimulatedResult {
  port: string
  weight: number
  /** ISO 8601 duration until the result is there. */
  after?: string
}

/** The contract. `Config` is the parsed output of `config`. */
export interface StepType<Config = unknown> {
  type: string
  /** Rises when the meaning of a stored config changes; the compiler writes the current one. */
  version: number
  title: string
  category: StepCategory
  /** A name of the icon set (tabler). */
  icon: string
  /** One sentence for the palette and the docs. */
  description: string
  /** Words people search for. */
  synonyms?: string[]
  config: ZodType<Config>
  /** What a new step on the canvas begins with, where the schema has no default: complete, or as far as can be guessed. */
  starter?: Record<string, unknown>
  ports(config: Config): Port[]
  /** One line made from the config, for the card ("Wait 3 days, weekdays 9–17"). */
  summary(config: Config): string
  /** `summary` as a text with `{setting}` in it, where it is one: custom steps, whose functions the browser cannot have. */
  summaryTemplate?: string
  /** What the facts must hold for `run`; rules found by `rules` are added by the compiler. */
  needs?(config: Config): Partial<Needs>
  /** Every rule inside the config, with its path: validated, and its facts loaded, by the compiler. */
  rules?(config: Config): { rule: Rule; path: (string | number)[] }[]
  /** Steps this one may jump to without an edge ("go to"): the compiler treats them as connections. */
  jumps?(config: Config): string[]
  /** Problems a schema cannot say; paths are into the config. */
  check?(config: Config, context: CheckContext): Omit<Issue, 'nodeId'>[]
  /** True when the step always lets time pass or waits for the world: what makes a cycle allowed. */
  rests(config: Config): boolean
  /** Least time that passes here, in ms, for the publish checks (0 when unknown). */
  minStayMs?(config: Config): number
  simulate?: readonly SimulatedResult[]
  /** For steps whose work leaves the database: tries in all, and how long one may take (ISO 8601). */
  attempts?: { maxAttempts: number; timeout: string }
  run(context: StepContext<Config>): Outcome
}

/** Keeps the config's type while declaring a step. */
export function defineStep<Config>(step: StepType<Config>): StepType<Config> {
  return step
}
