/** Postcards on their way to a printer. */
import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { deliveries } from './deliveries.ts'
import { leads } from './leads.ts'

export const printBatchStatuses = ['open', 'approved'] as const
export const printCardStatuses = ['waiting', 'printed', 'removed', 'rejected'] as const

/** What is on a card, final: nothing in it is a template any more. */
export interface PrintedCard {
  headline: string
  message: string
  /** Picture of the front, a web address. */
  image?: string
  /** Personal short link, also in the QR code; absent when the card is about nothing to open. */
  link?: string
  to: {
    name: string
    company: string
    line1: string
    city: string
    region: string
    postalCode: string
    /** ISO 3166-1 alpha-2. */
    country: string
  }
}

/**
 * Cards that go to the printer together. `open` takes more cards; `approved` was sent to the printer by a person and does not
 * change any more. Listed newest first by (created_at, id); one row per few hundred cards.
 */
export const printBatches = pgTable(
  'print_batches',
  {
    id: uuid('id').primaryKey(),
    status: text('status', { enum: printBatchStatuses }).notNull().default('open'),
    createdAt: instant('created_at').notNull().defaultNow(),
    approvedAt: instant('approved_at'),
    approvedBy: text('approved_by'),
  },
  (table) => [
    index('print_batches_created').on(table.createdAt, table.id),
    index('print_batches_status').on(table.status),
  ],
)

/**
 * One row per postcard and batch it is in; a rejected card that is tried again comes back in a later batch. Holds name and
 * address: erasure empties `card`. Read per batch in order of position; looked for by delivery and by lead.
 */
export const printCards = pgTable(
  'print_cards',
  {
    id: uuid('id').primaryKey(),
    batchId: uuid('batch_id')
      .notNull()
      .references(() => printBatches.id),
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => deliveries.id),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    position: integer('position').notNull(),
    card: jsonb('card').$type<PrintedCard>(),
    status: text('status', { enum: printCardStatuses }).notNull().default('waiting'),
    /** Why it was taken out or rejected. */
    reason: text('reason'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    index('print_cards_batch').on(table.batchId, table.position),
    index('print_cards_delivery').on(table.deliveryId),
    index('print_cards_lead').on(table.leadId),
  ],
)
