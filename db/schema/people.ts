/** The people who work with Trellis, and the queues they share. Few rows each, read whole. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgSequence,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { notificationKinds, queueRules, userRoles } from '#engine/vocabulary.ts'
import type { BusinessCalendar } from '#engine/graph/schema.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

export const userRoleEnum = pgEnum('user_role', userRoles)
export const queueRuleEnum = pgEnum('queue_rule', queueRules)

/** Away from (inclusive) until (exclusive), both UTC ISO instants; `deputy` gets what is meant for this person alone. */
export interface Absence {
  from: string
  until: string
  deputy?: string
}

/** How a person is told of their tasks. */
export interface NotificationSettings {
  email: boolean
  webhookUrl: string | null
}

/** Rises with each task or lead given to somebody: who has the smallest has waited longest. */
export const assignmentTurns = pgSequence('assignment_turns')

/**
 * One row per person. `key` is what leads (`owner_id`), tasks (`assignee`) and journeys name; it never changes. Rows are
 * never deleted (history names them), only made inactive. Locked (`FOR NO KEY UPDATE`, in order of key) while something
 * is being assigned, so that capacity is exact.
 */
export const users = pgTable('users', {
  key: text('key').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  role: userRoleEnum('role').notNull(),
  /** IANA zone of the working hours. */
  zone: text('zone').notNull().default('UTC'),
  /** Null = the hours of the queue or journey. */
  workingHours: jsonb('working_hours').$type<BusinessCalendar>(),
  /** Open tasks at most; null = no limit. */
  capacity: integer('capacity'),
  absences: jsonb('absences').$type<Absence[]>().notNull().default([]),
  manager: text('manager'),
  phone: text('phone'),
  active: boolean('active').notNull().default(true),
  notifications: jsonb('notifications')
    .$type<NotificationSettings>()
    .notNull()
    .default({ email: true, webhookUrl: null }),
  /** Signs this person's notification webhook; shown once. */
  webhookSecret: text('webhook_secret'),
  /** From `assignment_turns`; those of test leads are counted apart, so that a test run disturbs nobody's share. */
  lastTurn: bigint('last_turn', { mode: 'number' }).notNull().default(0),
  lastTestTurn: bigint('last_test_turn', { mode: 'number' }).notNull().default(0),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/** Where tasks wait for people. */
export const queues = pgTable('queues', {
  key: text('key').primaryKey(),
  name: text('name').notNull(),
  /** Keys of people, in no order. */
  members: text('members').array().notNull().default([]),
  rule: queueRuleEnum('rule').notNull().default('round_robin'),
  /** False = nobody picks: people take the most urgent by "next task" (PLAYBOOK C6). */
  choosing: boolean('choosing').notNull().default(true),
  /** Business hours that the SLA of its tasks counts in; null = those of the journey. */
  hours: jsonb('hours').$type<BusinessCalendar>(),
  zone: text('zone'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/**
 * What people were told: one row per person and occasion (`key` makes a repeat harmless). The mail is a delivery of its
 * own where it is about a lead in a journey; the webhook is sent from here. Index story: a person's own list by
 * (person, at); what is still to be sent by a partial index; a lead's for erasure.
 */
export const notifications = pgTable(
  'notifications',
  {
    id: uuid('id').primaryKey(),
    key: text('key').notNull(),
    person: text('person').notNull(),
    kind: text('kind', { enum: notificationKinds }).notNull(),
    subject: text('subject').notNull(),
    body: text('body').notNull(),
    /** Where the matter is seen, below the address of this installation: `/tasks?task=…`. */
    path: text('path').notNull(),
    taskId: uuid('task_id'),
    leadId: uuid('lead_id').references(() => leads.id),
    isTest: boolean('is_test').notNull().default(false),
    at: instant('at').notNull().defaultNow(),
    webhook: text('webhook', { enum: ['none', 'queued', 'sent', 'failed'] })
      .notNull()
      .default('none'),
    webhookAttempts: integer('webhook_attempts').notNull().default(0),
    webhookDueAt: instant('webhook_due_at'),
    webhookError: text('webhook_error'),
    readAt: instant('read_at'),
  },
  (table) => [
    uniqueIndex('notifications_key').on(table.person, table.key),
    index('notifications_person').on(table.person, table.at, table.id),
    index('notifications_webhook')
      .on(table.webhookDueAt)
      .where(sql`webhook = 'queued'`),
    index('notifications_lead').on(table.leadId),
  ],
)
