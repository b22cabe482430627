/** What keeps sending within its bounds: feedback from mailboxes, counts per journey, stops, and whose turn it is. */
import { sql } from 'drizzle-orm'
import { bigserial, boolean, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { channels, deliveryFeedbackKinds } from '#engine/vocabulary.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * What came back after a provider had taken a message: one row per delivery and kind, however often it is reported.
 * Index story: looked up by delivery (the key) and by lead; a person reads the latest by id.
 */
export const deliveryFeedback = pgTable(
  'delivery_feedback',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    deliveryId: uuid('delivery_id').notNull(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    journeyId: uuid('journey_id').notNull(),
    kind: text('kind', { enum: deliveryFeedbackKinds }).notNull(),
    /** Status code of RFC 3463 (`5.1.1`), SMTP code, or feedback type of RFC 5965 (`abuse`). Never a text. */
    code: text('code').notNull(),
    /** In the lead's own clock. */
    at: instant('at').notNull(),
    recordedAt: instant('recorded_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('delivery_feedback_key').on(table.deliveryId, table.kind),
    index('delivery_feedback_lead').on(table.leadId, table.id),
  ],
)

/**
 * Mail of real leads through a real provider, per journey and hour: what the circuit breaker looks at. A row begins at the
 * full hour, or at the instant the journey's mail was let go again. At most 25 rows of a journey are read at once, by key.
 */
export const journeyMailCounts = pgTable(
  'journey_mail_counts',
  {
    journeyId: uuid('journey_id').notNull(),
    since: instant('since').notNull(),
    accepted: integer('accepted').notNull().default(0),
    /** Refused for good by the provider. */
    refused: integer('refused').notNull().default(0),
    hardBounces: integer('hard_bounces').notNull().default(0),
    softBounces: integer('soft_bounces').notNull().default(0),
    complaints: integer('complaints').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.journeyId, table.since] })],
)

/** A channel or a journey whose messages to real leads wait: stopped by a person or by the circuit breaker. A handful of rows. */
export const sendingStops = pgTable(
  'sending_stops',
  {
    kind: text('kind', { enum: ['channel', 'journey'] }).notNull(),
    /** The channel's name or the journey's id. */
    subject: text('subject').notNull(),
    isStopped: boolean('is_stopped').notNull(),
    /** For people. */
    reason: text('reason').notNull(),
    actor: text('actor').notNull(),
    changedAt: instant('changed_at')
      .notNull()
      .default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.kind, table.subject] })],
)

/** Which run is the mailroom of a channel: two at once would each keep the rate and together break it. One row per channel. */
export const mailroomLeases = pgTable('mailroom_leases', {
  channel: text('channel', { enum: channels }).primaryKey(),
  /** Null: nobody, since a clean stop. */
  holder: text('holder'),
  renewedAt: instant('renewed_at').notNull(),
})
