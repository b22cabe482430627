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
import { taskKinds, taskStatuses, type TaskEnd } from '#engine/vocabulary.ts'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

export const taskStatusEnum = pgEnum('task_status', taskStatuses)
export const taskKindEnum = pgEnum('task_kind', taskKinds)

/** Index story: an inbox reads open tasks by (queue, due) or (assignee, due); a lead's page reads by lead;
 * the keeper of tasks reads those snoozed and those nobody has by partial indexes, the live feed what changed lately. */
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
    /** Whose it is: a key of `users`, or a name from a journey that nobody has. */
    assignee: text('assignee'),
    assignedAt: instant('assigned_at'),
    /** Why nobody has it yet, in words; null when somebody has, or whoever likes may take it. */
    unassignedReason: text('unassigned_reason'),
    /** Who works on it now: nobody else can until it is released. */
    claimedBy: text('claimed_by'),
    claimedAt: instant('claimed_at'),
    /** When a person last did something with it (claimed, commented, snoozed): the ladder leaves such a task where it is. */
    touchedAt: instant('touched_at'),
    snoozedUntil: instant('snoozed_until'),
    snoozeReason: text('snooze_reason'),
    outcomes: jsonb('outcomes').$type<{ id: string; label: string }[]>().notNull(),
    escalation: jsonb('escalation').$type<Json>().notNull().default([]),
    /** What the lead may do that makes it pointless: it closes itself then. */
    closeOn: text('close_on').array().$type<TaskEnd[]>().notNull().default([]),
    /** All in the lead's own clock. */
    createdFor: instant('created_for').notNull(),
    notBefore: instant('not_before'),
    dueAt: instant('due_at').notNull(),
    outcome: text('outcome'),
    /** When a chosen outcome starts to count; until then it can be taken back. Null = at once. */
    effectiveAt: instant('effective_at'),
    closedReason: text('closed_reason'),
    note: text('note'),
    closedAt: instant('closed_at'),
    closedBy: text('closed_by'),
    isTest: boolean('is_test').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
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
    index('tasks_snoozed')
      .on(table.snoozedUntil)
      .where(sql`status = 'open' and snoozed_until is not null`),
    index('tasks_unassigned')
      .on(table.queue, table.dueAt)
      .where(sql`status = 'open' and assignee is null`),
    index('tasks_updated').on(table.updatedAt, table.id),
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
  (table) => [
    index('audit_log_subject').on(table.subjectKind, table.subjectId, table.id),
    index('audit_log_actor').on(table.actor, table.id),
    index('audit_log_action').on(table.action, table.id),
  ],
)
