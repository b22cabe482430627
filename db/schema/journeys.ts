/** Journeys, their immutable versions, and where each lead stands in them. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
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
import { enrollmentStatuses, journeyStatuses } from '#engine/vocabulary.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Json } from '#engine/facts.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { EnrollmentState } from '#engine/interpreter/state.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

export const journeyStatusEnum = pgEnum('journey_status', journeyStatuses)
export const enrollmentStatusEnum = pgEnum('enrollment_status', enrollmentStatuses)

/** Few rows, read whole. */
export const journeys = pgTable('journeys', {
  id: uuid('id').primaryKey(),
  key: text('key').notNull().unique(),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  status: journeyStatusEnum('status').notNull().default('draft'),
  /** The version new leads enter; null until first published. */
  liveVersion: integer('live_version'),
  draftGraph: jsonb('draft_graph').$type<Graph>().notNull(),
  draftLayout: jsonb('draft_layout').$type<Layout>().notNull(),
  draftRevision: integer('draft_revision').notNull().default(1),
  priority: integer('priority').notNull().default(3),
  /** Words people sort journeys under. */
  tags: text('tags').array().notNull().default([]),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/** Published versions, never changed. Leads find theirs by (journey, version); workers cache by hash. */
export const journeyVersions = pgTable(
  'journey_versions',
  {
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id),
    version: integer('version').notNull(),
    hash: text('hash').notNull(),
    graph: jsonb('graph').$type<Graph>().notNull(),
    layout: jsonb('layout').$type<Layout>().notNull(),
    definition: jsonb('definition').$type<Definition>().notNull(),
    note: text('note').notNull().default(''),
    publishedBy: text('published_by').notNull(),
    publishedAt: instant('published_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.journeyId, table.version] }), index('journey_versions_hash').on(table.hash)],
)

/** The triggers of live versions, flattened, so that an event or a change finds its journeys by one look. Few rows. */
export const journeyTriggers = pgTable(
  'journey_triggers',
  {
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id),
    version: integer('version').notNull(),
    triggerId: text('trigger_id').notNull(),
    kind: text('kind').notNull(),
    /** event type, form, tag or cue; for others empty. */
    subject: text('subject').notNull().default(''),
    trigger: jsonb('trigger').$type<Trigger>().notNull(),
    /** What a segment trigger's rule looks at (`Dependency[]`). */
    dependsOn: text('depends_on').array().notNull().default([]),
    /** For swept triggers: everything due before this instant has been fired. */
    firedUntil: instant('fired_until'),
  },
  (table) => [
    primaryKey({ columns: [table.journeyId, table.triggerId] }),
    index('journey_triggers_kind').on(table.kind, table.subject),
  ],
)

/**
 * Index story: the turn reads the open ones of a lead (partial index); the reconciler scans `due_at`; a changed fact
 * finds waiting enrollments by the GIN index on `depends_on`; counts per step, version and status come from
 * `enrollments_here` alone, and so does the list of who stands on a step, newest first, paged by (since, id); an entry is
 * refused twice by the unique `entry_key`; the blast guard counts a journey's entries of the last hour.
 */
export const enrollments = pgTable(
  'enrollments',
  {
    id: uuid('id').primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id),
    version: integer('version').notNull(),
    status: enrollmentStatusEnum('status').notNull(),
    stepId: text('step_id').notNull(),
    since: instant('since').notNull(),
    /** When time alone next moves it, in the lead's own clock; null = only an input can. */
    wakeAt: instant('wake_at'),
    /** `wake_at` in real time (differs for test leads); what timers and the reconciler use. */
    dueAt: instant('due_at'),
    state: jsonb('state').$type<EnrollmentState>().notNull(),
    dependsOn: text('depends_on').array().notNull().default([]),
    triggerId: text('trigger_id').notNull(),
    /** What makes this entry unique (event id, schedule instant…); a repeat is ignored. */
    entryKey: text('entry_key').notNull(),
    /** What the entry event carried, for conditions and templates. */
    properties: jsonb('properties').$type<Record<string, Json>>().notNull().default({}),
    isTest: boolean('is_test').notNull().default(false),
    enteredAt: instant('entered_at').notNull(),
    finishedAt: instant('finished_at'),
    goalMet: boolean('goal_met').notNull().default(false),
    exitReason: text('exit_reason'),
    error: jsonb('error').$type<{ code: string; message: string; attempts: number }>(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('enrollments_entry').on(table.leadId, table.journeyId, table.entryKey),
    index('enrollments_open')
      .on(table.leadId)
      .where(sql`status in ('active', 'paused', 'parked')`),
    index('enrollments_due')
      .on(table.dueAt)
      .where(sql`status = 'active' and due_at is not null`),
    index('enrollments_depends')
      .using('gin', table.dependsOn)
      .where(sql`status = 'active'`),
    index('enrollments_here')
      .on(table.journeyId, table.stepId, table.since, table.id, table.status, table.version, table.isTest)
      .where(sql`status in ('active', 'paused', 'parked')`),
    index('enrollments_lead').on(table.leadId, table.enteredAt),
    index('enrollments_entered').on(table.journeyId, table.enteredAt),
  ],
)

/** Append-only: one row per visit that ended, with why. Read per enrollment; analytics by (journey, version, step, time). */
export const stepLog = pgTable(
  'step_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    enrollmentId: uuid('enrollment_id').notNull(),
    leadId: uuid('lead_id').notNull(),
    journeyId: uuid('journey_id').notNull(),
    version: integer('version').notNull(),
    stepId: text('step_id').notNull(),
    stepType: text('step_type').notNull(),
    visit: integer('visit').notNull(),
    enteredAt: instant('entered_at').notNull(),
    leftAt: instant('left_at').notNull(),
    port: text('port'),
    reason: text('reason').notNull(),
    detail: jsonb('detail').$type<Json>(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
  },
  (table) => [
    index('step_log_enrollment').on(table.enrollmentId, table.id),
    index('step_log_step').on(table.journeyId, table.stepId, table.leftAt),
    index('step_log_lead').on(table.leadId, table.id),
  ],
)

/**
 * `rule`: everybody who matches a rule, by hand; `entryKey` names that wish. `held`: the entries that the blast guard held
 * back (`lead_inputs` with this sweep in their outcome).
 */
export type SweepSource = { kind: 'rule'; rule: Rule; entryKey: string; limit: number | null } | { kind: 'held' }

/** Sweeps (scheduled entries, bulk enrolments) under way: where they are, so that a kill loses and repeats nothing. */
export const sweeps = pgTable('sweeps', {
  id: text('id').primaryKey(),
  journeyId: uuid('journey_id')
    .notNull()
    .references(() => journeys.id),
  triggerId: text('trigger_id').notNull(),
  /** The instant it stands for (Friday 09:00), also when it runs late. */
  firesAt: instant('fires_at').notNull(),
  testRunId: uuid('test_run_id'),
  /** Whom it brings in when that is not its trigger's segment. */
  source: jsonb('source').$type<SweepSource>(),
  cursor: uuid('cursor'),
  /** `held` by the blast guard; `released` = running again after a person agreed. */
  status: text('status', { enum: ['running', 'done', 'held', 'released', 'cancelled'] })
    .notNull()
    .default('running'),
  matched: integer('matched').notNull().default(0),
  enqueued: integer('enqueued').notNull().default(0),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
