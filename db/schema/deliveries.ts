/** Messages we intend to send, the mailbox they land in, and what leads have agreed to. */
import { sql } from 'drizzle-orm'
import {
  bigint,
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
import { channels, consentBases, contactChannels, deliveryStatuses, purposes } from '#engine/vocabulary.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

export const channelEnum = pgEnum('channel', channels)
export const contactChannelEnum = pgEnum('contact_channel', contactChannels)
export const purposeEnum = pgEnum('purpose', purposes)
export const deliveryStatusEnum = pgEnum('delivery_status', deliveryStatuses)

/**
 * One row per intended message, unique by (enrollment, step, visit): the ledger that makes "never twice" true.
 * Index story: the mailroom claims by the partial index of queued rows (channel, priority, claimable_at; the columns after
 * that let it pass over a hundred thousand rows of a domain that is full without reading them) and finds what a dead
 * batch left behind by two small ones; caps count by (lead, counted_at); the latest page by (created_at, id).
 */
export const deliveries = pgTable(
  'deliveries',
  {
    id: uuid('id').primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    enrollmentId: uuid('enrollment_id').notNull(),
    journeyId: uuid('journey_id').notNull(),
    stepId: text('step_id').notNull(),
    visit: integer('visit').notNull(),
    channel: channelEnum('channel').notNull(),
    purpose: purposeEnum('purpose').notNull(),
    status: deliveryStatusEnum('status').notNull(),
    /** Why it was skipped, deferred, failed or cancelled. */
    reason: text('reason'),
    content: jsonb('content').$type<DeliveryContent>().notNull(),
    assetLineage: text('asset_lineage'),
    /** Event recorded when queued (`invited`), voided when it is not sent in the end. */
    countsAs: text('counts_as'),
    countedEventId: bigint('counted_event_id', { mode: 'number' }),
    priority: integer('priority').notNull(),
    overCap: text('over_cap', { enum: ['defer', 'skip'] })
      .notNull()
      .default('defer'),
    /** All four in the lead's own clock. */
    queuedAt: instant('queued_at').notNull(),
    notBefore: instant('not_before'),
    staleAt: instant('stale_at'),
    /** What caps and windows count by: queued_at, or not_before while deferred, or acceptance. */
    countedAt: instant('counted_at').notNull(),
    acceptedAt: instant('accepted_at'),
    /** `coalesce(not_before, queued_at)` in real time: when the mailroom may look at it. */
    claimableAt: instant('claimable_at').notNull(),
    claimedAt: instant('claimed_at'),
    claimedBy: text('claimed_by'),
    attempts: integer('attempts').notNull().default(0),
    providerId: text('provider_id'),
    /** Of an email's recipient when it was queued, lower case: what rates per domain count by. */
    recipientDomain: text('recipient_domain'),
    /** An attempt whose answer was lost: the lead may have this message, whatever became of it since. Never taken back. */
    inDoubt: boolean('in_doubt').notNull().default(false),
    isTest: boolean('is_test').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('deliveries_key').on(table.enrollmentId, table.stepId, table.visit),
    index('deliveries_claim')
      .on(
        table.channel,
        table.priority,
        table.claimableAt,
        table.recipientDomain,
        table.journeyId,
        table.isTest,
        table.leadId,
        table.id,
      )
      .where(sql`status = 'queued'`),
    index('deliveries_sending')
      .on(table.channel, table.claimedAt)
      .where(sql`status = 'sending'`),
    index('deliveries_unknown')
      .on(table.channel, table.claimableAt)
      .where(sql`status = 'unknown'`),
    index('deliveries_lead').on(table.leadId, table.countedAt),
    index('deliveries_created').on(table.createdAt, table.id),
  ],
)

/** The built-in mailbox: what a provider was given, one row per provider call (a duplicate would show). Paged by id. */
export const mailbox = pgTable(
  'mailbox',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    deliveryId: uuid('delivery_id').notNull(),
    leadId: uuid('lead_id').notNull(),
    channel: channelEnum('channel').notNull(),
    toAddress: text('to_address').notNull(),
    subject: text('subject').notNull(),
    html: text('html').notNull(),
    plain: text('plain').notNull(),
    headers: jsonb('headers').$type<Record<string, string>>().notNull().default({}),
    isTest: boolean('is_test').notNull().default(false),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (table) => [index('mailbox_delivery').on(table.deliveryId), index('mailbox_lead').on(table.leadId, table.id)],
)

/**
 * Consent ledger: what each lead agreed to or refused, when, in which words, on what ground. Append-only, held by a trigger
 * (only erasure may empty words); the latest row per lead, purpose and channel counts. Index story: read per lead; the
 * expiry sweep reads the partial index on `expires_at`.
 */
export const consents = pgTable(
  'consents',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    purpose: purposeEnum('purpose').notNull(),
    channel: contactChannelEnum('channel').notNull(),
    state: text('state', { enum: ['granted', 'denied'] }).notNull(),
    /** On what ground a granted one stands (GDPR Art. 6; ePrivacy Art. 13; CASL s. 10). */
    basis: text('basis', { enum: consentBases }).notNull().default('consent'),
    /** The very words the lead was shown, and the version of that text. */
    wording: text('wording').notNull(),
    wordingVersion: text('wording_version').notNull().default(''),
    /** Where it came from: an address of a page, a form's key, an import. */
    source: text('source').notNull(),
    /** How it was given: `checkbox`, `double_opt_in`, `spoken`, `one_click`, `import`, `step`… */
    mechanism: text('mechanism').notNull().default(''),
    expiresAt: instant('expires_at'),
    at: instant('at').notNull(),
    actor: text('actor').notNull(),
  },
  (table) => [
    index('consents_lead').on(table.leadId, table.purpose, table.channel, table.id),
    index('consents_expiry')
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
  ],
)

/** Who must not be contacted, by channel. A row is never removed by a journey; only a person lifts it, audited. */
export const suppressions = pgTable(
  'suppressions',
  {
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    channel: contactChannelEnum('channel').notNull(),
    reason: text('reason').notNull(),
    source: text('source').notNull(),
    at: instant('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.leadId, table.channel] })],
)
