/** Who has which journey open, for a moment. */
import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { journeys } from './journeys.ts'

/**
 * One row per open page, written every few seconds and deleted soon after it falls silent, so that any API process can
 * tell. Index story: read by journey (the key's first column); the old ones are found by `seen_at`. Few rows at any time.
 */
export const journeyPresence = pgTable(
  'journey_presence',
  {
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id, { onDelete: 'cascade' }),
    /** Chosen by the page. */
    tab: text('tab').notNull(),
    actor: text('actor').notNull(),
    name: text('name').notNull(),
    stepId: text('step_id'),
    mode: text('mode', { enum: ['edit', 'look'] }).notNull(),
    since: instant('since').notNull().defaultNow(),
    seenAt: instant('seen_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.journeyId, table.tab] }), index('journey_presence_seen').on(table.seenAt)],
)
