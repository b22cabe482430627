/**
 * Everything about one lead that rules, steps and the gate may look at, as plain data. The turn loads it from Postgres
 * under the lead's lock; the simulator makes it up. All instants are UTC milliseconds.
 */
import type {
  Attention,
  ConsentBasis,
  ContactChannel,
  Channel,
  DeliveryStatus,
  Purpose,
  Stage,
  TaskStatus,
  EffectStatus,
} from './vocabulary.ts'

/** UTC milliseconds since 1970. */
export type Instant = number

/** JSON, as stored in `jsonb`. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * A lead field's value. Text is well-formed UTF-16 without NUL; numbers are finite doubles; `date` fields hold
 * `YYYY-MM-DD`, `datetime` fields hold UTC milliseconds; sets hold texts without order. Absent and null both mean
 * "not known".
 */
export type FieldValue = string | number | boolean | string[] | null

export interface FactEvent {
  type: string
  occurredAt: Instant
  properties: Record<string, Json>
}

export interface EventTotal {
  count: number
  firstAt: Instant
  lastAt: Instant
}

export interface Answer {
  value: Json
  at: Instant
}

/** A message of any journey that counts against the lead's contact budget, or that a rule may count. */
export interface FactDelivery {
  channel: Channel
  purpose: Purpose
  status: DeliveryStatus
  /** When it was (or will at the earliest be) handed over; what windows and caps count by. */
  countedAt: Instant
  assetLineage: string | null
}

export interface ConsentFact {
  /** `granted`, or `denied` when withdrawn or refused. */
  state: 'granted' | 'denied'
  at: Instant
  expiresAt: Instant | null
  /** On what ground. @default 'consent' */
  basis?: ConsentBasis
}

/** Do-not-call lists, as they concern the number of one lead. */
export interface CallLists {
  /** Lists the number is on: registries (`us`) and the company's own (`company`). */
  listedOn: string[]
  /** Registries that cover the lead and how old the company's copy is; empty = none is kept. */
  registries: { registry: string; asOf: Instant }[]
}

/** How one of this enrollment's own messages fares, keyed `<stepId>:<visit>`. */
export interface OwnDelivery {
  status: DeliveryStatus
  queuedAt: Instant
  notBefore: Instant | null
  acceptedAt: Instant | null
  reason: string | null
}

export interface OwnTask {
  status: TaskStatus
  outcome: string | null
  at: Instant | null
  reason: string | null
  /** Until then its outcome can be taken back and does not count. Absent = it counts. */
  effectiveAt?: Instant | null
}

export interface OwnEffect {
  status: EffectStatus
  port: string | null
  output: Json
  error: { code: string; message: string } | null
  at: Instant | null
}

/** One lead, now. Mutable on purpose: `applyCommand` keeps it in step with what a turn decides. */
export interface Facts {
  leadId: string
  /** Core and custom fields by key; see fields.ts. `stage`, `attention` and `score` are also here for rules. */
  fields: Record<string, FieldValue>
  stage: Stage
  attention: Attention
  score: number
  /** IANA zone of the lead, null when unknown (the journey's zone is used then). */
  zone: string | null
  isTest: boolean
  erased: boolean
  tags: Record<string, Instant>
  /** Newest-last events of the types that were asked for (`Needs.events`); the newest 1,000 of each at least. */
  events: Record<string, FactEvent[]>
  /** Counters of the types that were asked for; a type that never happened is absent. */
  totals: Record<string, EventTotal>
  /** survey key → question id → latest answer. */
  answers: Record<string, Record<string, Answer>>
  /** asset lineage → when first received. */
  received: Record<string, Instant>
  deliveries: FactDelivery[]
  /** `${purpose}:${channel}` → latest ledger entry. */
  consents: Record<string, ConsentFact>
  suppressed: Partial<Record<ContactChannel, { at: Instant; reason: string }>>
  doNot: { email: boolean; postcard: boolean; phone: boolean }
  /** Read for journeys that call; absent = no list is kept, or no number is known. */
  callLists?: CallLists | null
  /** The lead has written to us and waits for an answer: until then at most marketing is held. Absent = no reply waits. */
  replyHeldUntil?: Instant | null
  /** The enrollment the interpreter works on: its own rows by `<stepId>:<visit>`. */
  own: {
    deliveries: Record<string, OwnDelivery>
    tasks: Record<string, OwnTask>
    effects: Record<string, OwnEffect>
  }
}

/** What a definition may look at, so that the turn loads no more. Sorted, without repeats. */
export interface Needs {
  events: string[]
  surveys: string[]
  /** True when deliveries of all journeys are needed (messages, caps, `delivered` rules). */
  deliveries: boolean
  /** True when received assets are needed. */
  received: boolean
}
