/** What leads and visitors fill in on public pages, while it is under way and as it came in. */
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * One row per personal link that was answered on: unfinished answers are kept here page by page, and the unique link
 * makes "one complete answer per link" true. Index story: the page reads by link; results and the export go by
 * (survey, completed_at, id); a merge and an erasure by lead.
 */
export const surveyResponses = pgTable(
  'survey_responses',
  {
    id: uuid('id').primaryKey(),
    /** Which link: the delivery it was sent in, and the question when the link is one question's. */
    link: text('link').notNull(),
    survey: text('survey').notNull(),
    /** Set when one question was asked by itself. */
    question: text('question'),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    status: text('status', { enum: ['partial', 'complete'] }).notNull(),
    /** What counts: empty until the whole was sent. */
    answers: jsonb('answers').$type<Record<string, Json>>().notNull().default({}),
    /** What is under way page by page, at first or while a complete answer is changed; null when nothing is. */
    draft: jsonb('draft').$type<Record<string, Json>>(),
    /** The page to go on with, from 0. */
    page: integer('page').notNull().default(0),
    /** How often the whole has been sent: the first answer and each change of it. */
    sent: integer('sent').notNull().default(0),
    language: text('language'),
    isTest: boolean('is_test').notNull().default(false),
    startedAt: instant('started_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    completedAt: instant('completed_at'),
  },
  (table) => [
    uniqueIndex('survey_responses_link').on(table.link),
    index('survey_responses_survey').on(table.survey, table.startedAt, table.id),
    index('survey_responses_lead').on(table.leadId),
  ],
)

/**
 * Submissions of forms that wait for somebody: spam until a person releases or discards it, consents until their lead
 * confirms them by mail. All others are events at once and leave no row here. Paged by (created_at, id).
 */
export const formSubmissions = pgTable(
  'form_submissions',
  {
    id: uuid('id').primaryKey(),
    form: text('form').notNull(),
    status: text('status', { enum: ['held', 'released', 'discarded', 'awaiting_confirmation', 'confirmed'] }).notNull(),
    /** Why it is held, in words for people. */
    reason: text('reason').notNull().default(''),
    /** Whose it became; null while held. */
    leadId: uuid('lead_id').references(() => leads.id),
    /** As typed and folded, so that an erasure finds what was held under it. */
    email: text('email'),
    input: jsonb('input').$type<Json>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    decidedAt: instant('decided_at'),
    decidedBy: text('decided_by'),
  },
  (table) => [
    index('form_submissions_status').on(table.status, table.createdAt, table.id),
    index('form_submissions_lead').on(table.leadId),
    index('form_submissions_email').on(table.email),
  ],
)

/**
 * Requests counted per bucket and window, for limits that hold over all API processes. A bucket is a purpose and a keyed
 * hash of the address that changes every day, never the address. Old windows are deleted as new ones begin.
 */
export const requestCounts = pgTable(
  'request_counts',
  {
    bucket: text('bucket').primaryKey(),
    windowStart: instant('window_start').notNull(),
    count: integer('count').notNull(),
  },
  (table) => [index('request_counts_old').on(table.windowStart)],
)
