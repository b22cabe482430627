/** Journeys that people keep to begin others with. */
import { jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { JourneyFile } from '#engine/graph/journey-file.ts'
import { instant } from './columns.ts'

/**
 * A journey as it was when it was saved as a template, as a file that stands alone: steps, layout and what they use, no leads,
 * no counts. At most 200, read whole; those that come with Trellis are files (examples/journeys).
 */
export const journeyTemplates = pgTable('journey_templates', {
  id: uuid('id').primaryKey(),
  /** Also in the file; here so that no two are called the same. */
  name: text('name').notNull().unique(),
  file: jsonb('file').$type<JourneyFile>().notNull(),
  savedBy: text('saved_by').notNull(),
  savedAt: instant('saved_at').notNull().defaultNow(),
})
