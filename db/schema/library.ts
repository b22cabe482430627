/** What a company sets up once and many journeys use. Few rows each, read whole and cached by a revision number. */
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { Asset, Form, Pool, Survey } from '#engine/library.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Json } from '#engine/facts.ts'
import { instant } from './columns.ts'

export const assets = pgTable('assets', {
  key: text('key').primaryKey(),
  asset: jsonb('asset').$type<Asset>().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
export const pools = pgTable('pools', {
  key: text('key').primaryKey(),
  pool: jsonb('pool').$type<Pool>().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
export const surveys = pgTable('surveys', {
  key: text('key').primaryKey(),
  survey: jsonb('survey').$type<Survey>().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
export const forms = pgTable('forms', {
  key: text('key').primaryKey(),
  form: jsonb('form').$type<Form>().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
/**
 * Leads that rest on a rule naming the segment, being told that its rule is another (db/repositories/resting-leads.ts):
 * changed when (UTC ms), told up to and with which lead, and whether this is the look for those who began to rest meanwhile.
 */
export interface SegmentTelling {
  since: number
  after: string | null
  isSecondLook: boolean
}

export const segments = pgTable('segments', {
  key: text('key').primaryKey(),
  name: text('name').notNull(),
  rule: jsonb('rule').$type<Rule>().notNull(),
  /** Null when all who rest on it know its rule. */
  telling: jsonb('telling').$type<SegmentTelling>(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})

/**
 * Company settings by name: `contact_policy`, `live_sending`, `hold`, `high_water`, `library_revision` (raised by every
 * write to the library, so that workers know when to reload).
 */
export const settings = pgTable('settings', {
  key: text('key').primaryKey(),
  value: jsonb('value').$type<Json>().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
})
