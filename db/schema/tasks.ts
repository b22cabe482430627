/** Work for people, and the record of who did what. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  boolean,
} from 'drizzle-orm/pg-core'
import { taskKinds, taskStatuses } from '#engine/vocabulary.ts'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

export const taskStatusEnum = pgEnum('task_status', taskStatuses)
export const taskKindEnum = pgEnum('task_kind', taskKinds)

/** Index story: an inbox reads open tasks by (queue, due) or (assignee, due); a lead's page reads by lead. */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid('id').primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    enrollmentId: uuid('enrollment_id'),
    journeyId: uuid('journey_id'),
    stepId: text('step_id'),
    visit: integer('visit'),
    kind: taskKindEnum('kind').notNull(),
    status: taskStatusEnum('status').notNull().default('open'),
    title: text('title').notNull(),
    reason: text('reason').notNull(),
    talkTrack: text('talk_track').notNull().default(''),
    queue: text('queue').notNull(),
    assignee: text('assignee'),
    outcomes: jsonb('outcomes').$type<{ id: string; label: string }[]>().notNull(),
    escalation: jsonb('escalation').$type<Json>().notNull().default([]),
    /** All in the lead's own clock. */
    createdFor: instant('created_for').notNull(),
    notBefore: instant('not_before'),
    dueAt: instant('due_at').notNull(),
    outcome: text('outcome'),
    closedReason: text('closed_reason'),
    note: text('note'),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
    isTest: boolean('is_test').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('tasks_key').on(table.enrollmentId, table.stepId, table.visit),
    index('tasks_queue')
      .on(table.queue, table.dueAt, table.id)
      .where(sql`status = 'open'`),
    index('tasks_assignee')
      .on(table.assignee, table.dueAt, table.id)
      .where(sql`status = 'open'`),
    index('tasks_lead').on(table.leadId, table.id),
  ],
)

export const taskLog = pgTable(
  'task_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    taskId: uuid('task_id')
      .notNull()
      .references(() => tasks.id),
    action: text('action').notNull(),
    actor: text('actor').notNull(),
    detail: jsonb('detail').$type<Json>().notNull().default({}),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [index('task_log_task').on(table.taskId, table.id)],
)

/** Every write by a person or a key: who, what, to what, before and after. Append-only; paged by id. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subjectKind: text('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    before: jsonb('before').$type<Json>(),
    after: jsonb('after').$type<Json>(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [index('audit_log_subject').on(table.subjectKind, table.subjectId, table.id)],
)
