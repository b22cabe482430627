/** Rehearsals kept to be played again at each publish. */
import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { Expectations, TestCaseInput } from '#engine/simulation/schemas.ts'
import { instant } from './columns.ts'
import { journeys } from './journeys.ts'

/**
 * A rehearsal with a name. Holds no personal data: what tells who a lead is was replaced before it was saved
 * (engine/simulation/anonymise.ts). At most 200 per journey, read whole by journey.
 */
export const journeyTestCases = pgTable(
  'journey_test_cases',
  {
    id: uuid('id').primaryKey(),
    journeyId: uuid('journey_id')
      .notNull()
      .references(() => journeys.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    input: jsonb('input').$type<TestCaseInput>().notNull(),
    expectations: jsonb('expectations').$type<Expectations>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [index('journey_test_cases_journey').on(table.journeyId, table.createdAt)],
)
