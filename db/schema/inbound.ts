/** Mail that came in: replies, automatic answers, bounces, complaints, and what nobody knows. */
import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { Json } from '#engine/facts.ts'
import { inboundKinds } from '#engine/vocabulary.ts'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * One row per message taken in, unique by `key` (its Message-ID, or a hash of its text): written in the transaction of its
 * effects, so that a message is acted on exactly once however often it is fetched. Holds people's words: erasure deletes
 * the rows of a lead, and rows that belong to nobody go after 30 days.
 * Index story: listed newest first by (received_at, id), per lead by (lead_id, received_at); unanswered replies by a
 * partial index; duplicates are refused by the key. Grows with the answers people give, far slower than deliveries.
 */
export const inboundMail = pgTable(
  'inbound_mail',
  {
    id: uuid('id').primaryKey(),
    key: text('key').notNull(),
    kind: text('kind', { enum: inboundKinds }).notNull(),
    /** Whose it is; null when it could not be matched: such mail is shown, never acted on. */
    leadId: uuid('lead_id').references(() => leads.id),
    /** Which of our messages it answers. */
    deliveryId: uuid('delivery_id'),
    /** `reference` (Message-ID of ours), `address` (the address it was sent to), `sender` (who wrote it). */
    matchedBy: text('matched_by', { enum: ['reference', 'address', 'sender'] }),
    fromAddress: text('from_address').notNull().default(''),
    subject: text('subject').notNull().default(''),
    /** The plain words, without what was quoted; at most 20,000 characters. */
    body: text('body').notNull().default(''),
    /** What the machine part says: DSN action and status, type of feedback. */
    detail: jsonb('detail').$type<Record<string, Json>>().notNull().default({}),
    /** `imap` or `webhook`. */
    source: text('source').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
    /** A person has seen to a reply: marketing mail goes on. Null for what needs no answer. */
    handledAt: instant('handled_at'),
    handledBy: text('handled_by'),
  },
  (table) => [
    uniqueIndex('inbound_mail_key').on(table.key),
    index('inbound_mail_received').on(table.receivedAt, table.id),
    index('inbound_mail_lead').on(table.leadId, table.receivedAt),
    index('inbound_mail_delivery').on(table.deliveryId),
    index('inbound_mail_open')
      .on(table.leadId)
      .where(sql`kind = 'reply' and handled_at is null`),
  ],
)

/** How far a mailbox has been read: one row per mailbox and folder, moved on in the transaction of each message. */
export const inboundMailboxes = pgTable('inbound_mailboxes', {
  /** `user@host/folder`, never a password. */
  name: text('name').primaryKey(),
  /** RFC 3501 §2.3.1.1: when it changes, the numbers mean other messages. */
  uidValidity: bigint('uid_validity', { mode: 'number' }).notNull(),
  lastUid: bigint('last_uid', { mode: 'number' }).notNull(),
  polledAt: instant('polled_at'),
  /** Why the last look failed; null when it did not. */
  error: text('error'),
})
