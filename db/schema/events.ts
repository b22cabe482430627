/** What leads did, append-only, and counters over it. */
import { bigserial, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * Index story: rules and turns read (lead, type, time); duplicates are refused by `dedupe_key`. A row is never changed
 * but for `voided_at` (an invitation that in the end was not sent). Grows without bound: partition by month when it
 * passes 100 M rows (docs/running.md).
 */
export const events = pgTable(
  'events',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    type: text('type').notNull(),
    /** When it happened, in the lead's own clock; never later than when it was received. */
    occurredAt: instant('occurred_at').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
    properties: jsonb('properties').$type<Record<string, Json>>().notNull().default({}),
    /** Text properties folded by `foldText`, for comparison. */
    folded: jsonb('folded').$type<Record<string, string>>().notNull().default({}),
    /** The sender's message id; null = cannot be deduplicated. */
    dedupeKey: text('dedupe_key'),
    voidedAt: instant('voided_at'),
  },
  (table) => [
    index('events_lead_type').on(table.leadId, table.type, table.occurredAt),
    uniqueIndex('events_dedupe').on(table.dedupeKey),
  ],
)

/**
 * Counters per lead and type, maintained in the event's own transaction, so that "one download, fewer than 8
 * invitations" is an index scan. `(type, count, lead_id, last_at)` serves segments without the table; the key serves turns.
 */
export const eventTotals = pgTable(
  'event_totals',
  {
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    type: text('type').notNull(),
    count: integer('count').notNull(),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.leadId, table.type] }),
    index('event_totals_type').on(table.type, table.count, table.leadId, table.lastAt),
  ],
)

/** Latest answer per lead, survey and question; every answer is also an event. */
export const surveyAnswers = pgTable(
  'survey_answers',
  {
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    survey: text('survey').notNull(),
    question: text('question').notNull(),
    value: jsonb('value').$type<Json>().notNull(),
    /** The answer as folded text (single choice, text) for comparison; null for other kinds. */
    folded: text('folded'),
    answeredAt: instant('answered_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.leadId, table.survey, table.question] }),
    index('survey_answers_question').on(table.survey, table.question, table.leadId),
  ],
)
