/** What can move a lead, as rows; a signal to the lead's workflow is only a poke to look here. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { effectStatuses } from '#engine/vocabulary.ts'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * Append-only until consumed by a turn (row mark, not id order: ids commit out of order). Index story: the turn reads
 * the partial index of unconsumed rows of one lead; consumed rows are pruned after the retention by `created_at`.
 */
export const leadInputs = pgTable(
  'lead_inputs',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    /** enroll · control · event · fact · task · effect · delivery */
    kind: text('kind').notNull(),
    payload: jsonb('payload').$type<Record<string, Json>>().notNull().default({}),
    /** The instant it is about, in the lead's own clock. */
    at: instant('at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    consumedAt: instant('consumed_at'),
    /** What became of it when that is not plain from the step log: why an entry was refused, a control ignored. */
    outcome: text('outcome'),
  },
  (table) => [
    index('lead_inputs_unconsumed')
      .on(table.leadId, table.id)
      .where(sql`consumed_at is null`),
    index('lead_inputs_consumed')
      .on(table.consumedAt)
      .where(sql`consumed_at is not null`),
    /** Entries that the blast guard holds, by their sweep. */
    index('lead_inputs_held')
      .on(table.outcome, table.id)
      .where(sql`outcome like 'held: %'`),
  ],
)

/** Leads with unconsumed inputs. Written with the input, deleted by the turn; the reconciler re-pokes old ones. */
export const leadPokes = pgTable(
  'lead_pokes',
  {
    leadId: uuid('lead_id')
      .primaryKey()
      .references(() => leads.id),
    since: instant('since').notNull().defaultNow(),
    /** 1 = a person's own act, 5 = a bulk job; becomes the Temporal priority when the workflow starts. */
    priority: integer('priority').notNull().default(3),
  },
  (table) => [index('lead_pokes_since').on(table.since)],
)

export const effectStatusEnum = pgEnum('effect_status', effectStatuses)

/**
 * Whatever leaves the database through a Temporal activity (custom activities, webhooks). Index story: the turn reads
 * the open ones of one lead (partial index); one per enrollment, step and visit by the unique key.
 */
export const effects = pgTable(
  'effects',
  {
    id: uuid('id').primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    enrollmentId: uuid('enrollment_id').notNull(),
    stepId: text('step_id').notNull(),
    visit: integer('visit').notNull(),
    type: text('type').notNull(),
    queue: text('queue').notNull(),
    status: effectStatusEnum('status').notNull().default('open'),
    input: jsonb('input').$type<Json>().notNull(),
    output: jsonb('output').$type<Json>(),
    port: text('port'),
    error: jsonb('error').$type<{ code: string; message: string }>(),
    timeoutMs: integer('timeout_ms').notNull(),
    heartbeatMs: integer('heartbeat_ms'),
    maxAttempts: integer('max_attempts').notNull(),
    /** Rises when a person retries a failed one, so that the workflow starts it anew. */
    generation: integer('generation').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
    /** When the reconciler last woke the lead because of it. */
    checkedAt: instant('checked_at'),
  },
  (table) => [
    uniqueIndex('effects_key').on(table.enrollmentId, table.stepId, table.visit),
    index('effects_open')
      .on(table.leadId)
      .where(sql`status = 'open'`),
  ],
)

/** Who is in a watched segment, so that "entered" can be told from "is in". Keyed by the journey trigger. */
export const triggerMembers = pgTable(
  'trigger_members',
  {
    triggerKey: text('trigger_key').notNull(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    since: instant('since').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.triggerKey, table.leadId] }),
    index('trigger_members_lead').on(table.leadId),
  ],
)
