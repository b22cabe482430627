/** Webhooks: who outside is told what has happened, each call that was or will be made, and who may tell us. */
import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/** Where webhooks go. Few rows. */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: uuid('id').primaryKey(),
  url: text('url').notNull(),
  description: text('description').notNull().default(''),
  /** `whsec_` + base64. Kept readable, since each call is signed with it. */
  secret: text('secret').notNull(),
  /** Occurrences wanted: `event.downloaded`, `event.*`, `task.created`, `*`. */
  types: text('types').array().notNull(),
  /** Test leads' occurrences, too. */
  includeTest: boolean('include_test').notNull().default(false),
  isActive: boolean('is_active').notNull().default(true),
  /** Why it is off, when that was not a person's doing. */
  disabledReason: text('disabled_reason'),
  /** Since when no call has been accepted; null while calls are. */
  failingSince: instant('failing_since'),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
})

/** Where an occurrence is found: the table its row is in. */
export const webhookSources = ['events', 'stage_changes', 'tasks', 'enrollments', 'suppressions', 'ping'] as const

/**
 * One row per endpoint and occurrence, written by triggers in the occurrence's own transaction (so nothing that happened
 * is missed and nothing that was rolled back is told); its payload is made when it is sent, from the row it names. Also the
 * delivery log. Index story: the sender takes what is due by a partial index; the log of an endpoint is paged by
 * (created_at, id); a lead's rows are found when it is erased. Calls that ended are pruned after 30 days by `ended_at`.
 */
export const webhookCalls = pgTable(
  'webhook_calls',
  {
    /** Sent as `webhook-id`, the same on every attempt. */
    id: uuid('id')
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    type: text('type').notNull(),
    leadId: uuid('lead_id').references(() => leads.id),
    source: text('source', { enum: webhookSources }).notNull(),
    sourceId: text('source_id').notNull(),
    status: text('status', { enum: ['queued', 'delivered', 'failed', 'cancelled'] })
      .notNull()
      .default('queued'),
    attempts: integer('attempts').notNull().default(0),
    /** When it is (next) tried; while it is being tried, when its attempt counts as lost. */
    nextAt: instant('next_at').notNull().defaultNow(),
    /** What the other side last answered; null when it could not be reached. */
    lastStatus: integer('last_status'),
    /** In words; never the other side's text. */
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    uniqueIndex('webhook_calls_once').on(table.endpointId, table.source, table.sourceId, table.type),
    index('webhook_calls_due')
      .on(table.nextAt)
      .where(sql`status = 'queued'`),
    index('webhook_calls_endpoint').on(table.endpointId, table.createdAt, table.id),
    index('webhook_calls_lead').on(table.leadId),
    index('webhook_calls_ended')
      .on(table.endedAt)
      .where(sql`ended_at is not null`),
  ],
)

/** How a sender's body becomes an event: JSON pointers (RFC 6901) into it. */
export interface HookMapping {
  /** The event to record, e.g. `crm_call`. */
  event: string
  /** At least one of them. */
  email?: string
  externalId?: string
  /** The sender's id of the message; without it a repeat is known by its signature headers' id, or not at all. */
  messageId?: string
  occurredAt?: string
  /** Property of the event → where it is. */
  properties: Record<string, string>
}

/** Senders that may tell us what leads did. Few rows. */
export const incomingHooks = pgTable('incoming_hooks', {
  /** Part of the address: `/hooks/<key>`. */
  key: text('key').primaryKey(),
  name: text('name').notNull(),
  /** `standard`: Standard Webhooks headers; `hmac`: HMAC-SHA256 of the body, in hexadecimal, in a header of its own. */
  scheme: text('scheme', { enum: ['standard', 'hmac'] }).notNull(),
  /** For `hmac`: the header's name in lower case. What stands before the digits (`sha256=`) is ignored. */
  header: text('header'),
  secret: text('secret').notNull(),
  mapping: jsonb('mapping').$type<HookMapping>().notNull(),
  isActive: boolean('is_active').notNull().default(true),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
})
