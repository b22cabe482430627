/** Whom nobody here may contact whoever they are now: addresses kept after an erasure, and do-not-call lists. Fingerprints only. */
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { contactChannelEnum } from './deliveries.ts'
import { instant } from './columns.ts'

/**
 * Addresses that stay suppressed after their lead is gone, so that an import does not bring back who opted out (GDPR
 * Art. 17(3)(b), 21(3)). Found by its key when a lead arrives or its address changes; a row goes only when a person lifts it.
 */
export const suppressedAddresses = pgTable(
  'suppressed_addresses',
  {
    kind: text('kind', { enum: ['email', 'phone'] }).notNull(),
    /** Keyed hash of the normalised address (db/repositories/fingerprints.ts). */
    fingerprint: text('fingerprint').notNull(),
    channel: contactChannelEnum('channel').notNull(),
    /** A code: `unsubscribed`, `erased`, `imported`… */
    reason: text('reason').notNull(),
    at: instant('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.fingerprint, table.channel] })],
)

/**
 * Numbers on do-not-call lists: copies of registries (47 CFR 64.1200(c)(2)) and the company's own list (64.1200(d)),
 * `company`, which is kept for good. Millions of rows per registry; found by number, replaced by registry and version.
 */
export const dncNumbers = pgTable(
  'dnc_numbers',
  {
    fingerprint: text('fingerprint').notNull(),
    /** ISO country code in lower case (`us`), or `company`. */
    registry: text('registry').notNull(),
    /** The version of the registry this row was last seen in. */
    asOf: instant('as_of').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.fingerprint, table.registry] }),
    index('dnc_numbers_version').on(table.registry, table.asOf),
  ],
)

/** One row per registry the company works with: which version, since when. Few rows, read whole. */
export const dncRegistries = pgTable('dnc_registries', {
  registry: text('registry').primaryKey(),
  /** The date of the copy: calls stop when it is older than 31 days (47 CFR 64.1200(c)(2)(i)(D)). */
  asOf: instant('as_of').notNull(),
  numbers: integer('numbers').notNull(),
  importedAt: instant('imported_at').notNull().defaultNow(),
  importedBy: text('imported_by').notNull(),
})
