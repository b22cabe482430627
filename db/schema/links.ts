/** Links that leads were given: short ones, and what was clicked. */
import { sql } from 'drizzle-orm'
import { bigserial, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { leads } from './leads.ts'

/**
 * Clicks on links in messages, as they came in, and what became of them: a person's first click on a link is an event
 * (`link_clicked`); what a scanner opened stays here, so that it neither scores nor moves anyone. Index story: judged and
 * read per delivery; the pending ones are few and found by a partial index; erased per lead. Grows with mail sent.
 */
export const linkClicks = pgTable(
  'link_clicks',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    deliveryId: uuid('delivery_id').notNull(),
    /** Whom the message was sent to; that lead may have been merged since. */
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    /** Where it led. */
    url: text('url').notNull(),
    /** Real time. */
    at: instant('at').notNull(),
    /** What made it suspect at first sight (user agent, prefetch…); null = nothing did. */
    suspicion: text('suspicion'),
    verdict: text('verdict', { enum: ['pending', 'human', 'suspected_scan'] }).notNull(),
    /** Why it is taken for a scan; null for people. */
    reason: text('reason'),
  },
  (table) => [
    index('link_clicks_delivery').on(table.deliveryId, table.at),
    index('link_clicks_pending')
      .on(table.at)
      .where(sql`verdict = 'pending'`),
    index('link_clicks_lead').on(table.leadId, table.id),
  ],
)

/**
 * Short links for paper: a code that a person can type leads to a public page. One per delivery, purpose and subject, so that
 * rendering again gives the same code. Found by the code; erased per lead.
 */
export const shortLinks = pgTable(
  'short_links',
  {
    code: text('code').primaryKey(),
    deliveryId: uuid('delivery_id').notNull(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    /** A purpose of activities/links/token.ts, and what the token is about besides the delivery. */
    purpose: text('purpose').notNull(),
    subject: text('subject').notNull().default(''),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('short_links_of').on(table.deliveryId, table.purpose, table.subject),
    index('short_links_lead').on(table.leadId),
  ],
)
