/** Publishing for later, and what becomes of the leads that stand on steps a new version changes. */
import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import { moveResults, moveStatuses, publicationStatuses } from '#engine/vocabulary.ts'
import { instant } from './columns.ts'
import { journeys } from './journeys.ts'

/**
 * What is to go live at an instant: the graph as it was looked at, so that the draft may be worked on meanwhile. Index story:
 * a journey's list by time; what is due by the partial index, a handful of rows.
 */
export const publications = pgTable(
  'publications',
  {
    id: uuid('id').primaryKey(),
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id),
    graph: jsonb('graph').$type<Graph>().notNull(),
    layout: jsonb('layout').$type<Layout>().notNull(),
    /** The draft's revision it was made from; null for an older version that comes back. */
    revision: integer('revision'),
    /** The version it comes back as, when it is a roll back. */
    fromVersion: integer('from_version'),
    /** What was live when the policies were chosen; another one by then is a reason not to publish. */
    baseVersion: integer('base_version'),
    note: text('note').notNull().default(''),
    policies: jsonb('policies').$type<LeadPolicy[]>().notNull().default([]),
    /** Null = as the entry step says. */
    enrolExisting: boolean('enrol_existing'),
    publishAt: instant('publish_at').notNull(),
    /** The zone the instant was written in, for showing it. */
    zone: text('zone').notNull(),
    status: text('status', { enum: publicationStatuses }).notNull().default('scheduled'),
    /** The version it became. */
    version: integer('version'),
    problem: jsonb('problem').$type<{ code: string; message: string }>(),
    requestedBy: text('requested_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('publications_journey').on(table.journeyId, table.createdAt),
    index('publications_due')
      .on(table.publishAt)
      .where(sql`status = 'scheduled'`),
  ],
)

/** One row per publish that does something with leads in flight. */
export const journeyMoves = pgTable(
  'journey_moves',
  {
    id: uuid('id').primaryKey(),
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id),
    /** The version leads move to. */
    version: integer('version').notNull(),
    policies: jsonb('policies').$type<LeadPolicy[]>().notNull(),
    /** How many leads each policy was about when it was published, in the order of `policies`. */
    counted: integer('counted').array().notNull(),
    reason: text('reason').notNull(),
    status: text('status', { enum: moveStatuses }).notNull().default('running'),
    requestedBy: text('requested_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When it last got on; one that stands still is started anew. */
    updatedAt: instant('updated_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('journey_moves_journey').on(table.journeyId, table.createdAt),
    index('journey_moves_open')
      .on(table.updatedAt)
      .where(sql`status in ('running', 'stopping')`),
  ],
)

/**
 * Whom a move is about: one row per enrollment that stood on an affected step at the publish, and what became of it. Index
 * story: the worker reads the partial index of those not asked yet, then of those asked and not settled; both shrink to
 * nothing. Rows stay as the proof behind the audit.
 */
export const journeyMoveLeads = pgTable(
  'journey_move_leads',
  {
    moveId: uuid('move_id')
      .notNull()
      .references(() => journeyMoves.id),
    enrollmentId: uuid('enrollment_id').notNull(),
    /** Index into the move's policies. */
    policy: integer('policy').notNull(),
    /** Where it stood: only from there is it moved. */
    version: integer('version').notNull(),
    stepId: text('step_id').notNull(),
    visit: integer('visit').notNull(),
    /** The control that was sent to the lead. */
    inputId: bigint('input_id', { mode: 'number' }),
    result: text('result', { enum: moveResults }),
  },
  (table) => [
    primaryKey({ columns: [table.moveId, table.enrollmentId] }),
    index('journey_move_leads_waiting')
      .on(table.moveId, table.enrollmentId)
      .where(sql`input_id is null and result is null`),
    index('journey_move_leads_asked')
      .on(table.moveId, table.inputId)
      .where(sql`input_id is not null and result is null`),
  ],
)
