/** The contract of custom activities: what an author writes, what `perform` gets and gives. Types only. */
import type { ZodType } from 'zod'
import type { FieldValue, Json } from '#engine/facts.ts'
import type { Issue } from '#engine/issues.ts'
import type { Port, SimulatedResult, StepType } from '#engine/steps/contract.ts'
import type { EffectResult } from '#engine/steps/effect-step.ts'

/** The lead as `perform` sees it, read when it runs. */
export interface ActivityLead {
  id: string
  /** By field key; only those the activity asked for with `needs.fields`, when it did. */
  fields: Record<string, FieldValue>
  tags: string[]
}

/** A log that reaches the worker's. Keep personal data out of it. */
export interface ActivityLog {
  info(message: string, data?: Record<string, Json>): void
  warn(message: string, data?: Record<string, Json>): void
}

/** What `perform` works with beside its config. */
export interface ActivityContext {
  /**
   * The same for every attempt of this visit of this lead to this step, and for no other. `perform` runs *at least* once:
   * hand this to the other system, or look whether it has been done already.
   */
  idempotencyKey: string
  /** 1 for the first attempt. */
  attempt: number
  leadId: string
  lead: ActivityLead
  /** What a person or an event brought along into the journey. */
  entry: Record<string, Json>
  /** Says "still alive", with how far it is (a number only: no personal data reaches Temporal). Sent by itself, too. */
  heartbeat(progress?: number): void
  /** How far the attempt before this one said it was; null on the first. */
  lastProgress: number | null
  /** Aborted when the lead has left, the time is up or the worker stops. Pass it to `fetch`. */
  signal: AbortSignal
  log: ActivityLog
}

/** What came of it. Nothing at all means: leave by the first port. */
export interface ActivityResult extends EffectResult {
  /** The way out. @default the first port */
  port?: string
}

/** What an author writes. Everything has a default but `type`, `title`, `description`, `config` and `perform`. */
export interface ActivityDefinition<Config> {
  /** Stored in journeys: lower-case letters, digits and "_"; never rename it. */
  type: string
  title: string
  description: string
  /** A heading of the palette. @default 'custom' */
  category?: StepType['category']
  /** A name of the Tabler icon set. @default 'puzzle' */
  icon?: string
  /** Words people search for. */
  synonyms?: string[]
  /** The form: a zod object whose fields carry `.meta({ title, description })`. Must be representable as JSON Schema. */
  config: ZodType<Config>
  /** The ways out, the usual one first; `error` is added. @default [{ id: 'next', label: 'Next' }] */
  ports?: Port[]
  /** One line for the card; `{field}` is replaced by the config's value. @default the title */
  summary?: string
  /** `fields`: the lead fields `perform` may see. @default all */
  needs?: { fields?: string[] }
  /** How the simulator treats it, and test leads. @default always the first port, after 5 seconds */
  simulate?: SimulatedResult[]
  /** Problems a schema cannot say; run by the server when a journey is checked. Paths are into the config. */
  check?(config: Config): Pick<Issue, 'path' | 'message'>[]
  /** `maxAttempts`: tries in all, with growing pauses from 1 s to 5 min. @default 5 */
  retry?: { maxAttempts?: number }
  /** Longest one attempt may take, ISO 8601. @default 'PT30S' */
  timeout?: string
  /** A worker not heard of for this long is taken to be dead, ISO 8601. @default 'PT15S' */
  heartbeat?: string
  /** Task queue; one of its own needs a worker of its own. @default 'custom' */
  queue?: string
  /** Test leads: `simulate` touches nothing outside; `perform` does the real thing for them, too. @default 'simulate' */
  testLeads?: 'simulate' | 'perform'
  perform(context: ActivityContext, config: Config): Promise<ActivityResult | void>
}
