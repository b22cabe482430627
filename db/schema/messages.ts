/** What publishing has made of authors' texts. No lead's data in it. */
import { pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/**
 * MJML compiled to HTML (still Liquid), by the SHA-256 of its source: a journey version finds what its texts became, and
 * equal texts share a row. Grows with what is published, a few kB each; found by its key only.
 */
export const messageBodies = pgTable('message_bodies', {
  hash: text('hash').primaryKey(),
  html: text('html').notNull(),
  /** What compiled it; publishing again with a newer one renews the row. */
  compiler: text('compiler').notNull(),
  compiledAt: instant('compiled_at').notNull().defaultNow(),
})
