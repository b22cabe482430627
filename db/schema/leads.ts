/** Leads and what is known about them. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  integer,
} from 'drizzle-orm/pg-core'
import { attentions, stages } from '#engine/vocabulary.ts'
import type { FieldValue } from '#engine/facts.ts'
import { instant } from './columns.ts'

export const stageEnum = pgEnum('stage', stages)
export const attentionEnum = pgEnum('attention', attentions)

/** A virtual clock: `virtualStart` was `realStart`, and a real second since then is `speed` virtual seconds. */
export interface LeadClock {
  realStart: number
  virtualStart: number
  speed: number
  /** Where it stands still until it is let on; see engine/clock.ts. */
  until?: number
}

/**
 * One row per person. Index story: id for everything the turn does; keyset paging by (created_at, id); `owner_id` for a
 * salesperson's list; stage and attention for segments over them. Custom fields have no index: a segment over them
 * alone reads every lead.
 */
export const leads = pgTable(
  'leads',
  {
    id: uuid('id').primaryKey(),
    email: text('email'),
    phone: text('phone'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    company: text('company'),
    title: text('title'),
    addressLine1: text('address_line1'),
    city: text('city'),
    region: text('region'),
    postalCode: text('postal_code'),
    country: text('country'),
    language: text('language'),
    /** IANA zone; null = unknown, the journey's zone is used. */
    zone: text('zone'),
    source: text('source'),
    stage: stageEnum('stage').notNull().default('new'),
    attention: attentionEnum('attention').notNull().default('cool'),
    score: doublePrecision('score').notNull().default(0),
    ownerId: text('owner_id'),
    doNotEmail: boolean('do_not_email').notNull().default(false),
    doNotMail: boolean('do_not_mail').notNull().default(false),
    doNotCall: boolean('do_not_call').notNull().default(false),
    /** Objects to direct marketing (GDPR Art. 21): no marketing on any channel, and no scoring. */
    objected: boolean('objected').notNull().default(false),
    /** Custom fields: text, number, boolean, text[]; dates as `YYYY-MM-DD`, datetimes as UTC milliseconds. */
    fields: jsonb('fields').$type<Record<string, FieldValue>>().notNull().default({}),
    /** Text fields (core and custom) folded for comparison by `foldText`: JavaScript and Postgres fold differently. */
    folded: jsonb('folded').$type<Record<string, string>>().notNull().default({}),
    isTest: boolean('is_test').notNull().default(false),
    testRunId: uuid('test_run_id'),
    clock: jsonb('clock').$type<LeadClock>(),
    lastActivityAt: instant('last_activity_at'),
    /** A reply waits for an answer: marketing mail is held until then, in the lead's own clock. */
    replyHeldUntil: instant('reply_held_until'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** This lead became part of that one; its id redirects. */
    mergedInto: uuid('merged_into'),
    erasedAt: instant('erased_at'),
  },
  (table) => [
    index('leads_created').on(table.createdAt, table.id),
    index('leads_owner').on(table.ownerId, table.id),
    index('leads_stage').on(table.stage, table.attention, table.id),
    index('leads_test_run')
      .on(table.testRunId, table.id)
      .where(sql`test_run_id is not null`),
    // "Is there any real lead?" is asked with every count (db/repositories/shown-leads.ts); equal keys take a few bytes each.
    index('leads_real')
      .on(table.isTest)
      .where(sql`not is_test`),
  ],
)

/** Who a lead is to other systems. `kind`: email (folded), external_id, anonymous_id. Found by its key; listed per lead. */
export const leadIdentities = pgTable(
  'lead_identities',
  {
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.value] }), index('lead_identities_lead').on(table.leadId)],
)

export const leadTags = pgTable(
  'lead_tags',
  {
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    tag: text('tag').notNull(),
    addedAt: instant('added_at').notNull().defaultNow(),
    addedBy: text('added_by').notNull().default('system'),
  },
  (table) => [primaryKey({ columns: [table.leadId, table.tag] }), index('lead_tags_tag').on(table.tag, table.leadId)],
)

/** Notes and cues noted by people. Read per lead, newest first. */
export const leadNotes = pgTable(
  'lead_notes',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    /** A cue's key when journeys may react to it. */
    cue: text('cue'),
    /** The day the cue is about ("call me on …"), `YYYY-MM-DD`. */
    cueDate: text('cue_date'),
    body: text('body').notNull(),
    actor: text('actor').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [index('lead_notes_lead').on(table.leadId, table.id)],
)

/** Stage and attention history, append-only. Read per lead, newest first; analytics scan by time. */
export const stageChanges = pgTable(
  'stage_changes',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    kind: text('kind', { enum: ['stage', 'attention'] }).notNull(),
    fromValue: text('from_value').notNull(),
    toValue: text('to_value').notNull(),
    reason: text('reason').notNull(),
    actor: text('actor').notNull(),
    at: instant('at').notNull(),
  },
  (table) => [index('stage_changes_lead').on(table.leadId, table.id)],
)

/** Custom lead fields the company has defined. Few rows, read whole. */
export const leadFields = pgTable('lead_fields', {
  key: text('key').primaryKey(),
  label: text('label').notNull(),
  type: text('type', { enum: ['text', 'number', 'boolean', 'enum', 'set', 'date', 'datetime'] }).notNull(),
  options: text('options').array(),
  createdAt: instant('created_at').notNull().defaultNow(),
})

/** First receipt of each asset lineage, over all journeys. Read per lead; `received(asset)` in SQL by the key. */
export const leadAssets = pgTable(
  'lead_assets',
  {
    leadId: uuid('lead_id')
      .notNull()
      .references(() => leads.id),
    lineage: text('lineage').notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.leadId, table.lineage] }),
    index('lead_assets_lineage').on(table.lineage, table.leadId),
  ],
)

/** A group of test leads that share one virtual clock. */
export const testRuns = pgTable('test_runs', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  clock: jsonb('clock').$type<LeadClock>().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
})

/** Imports under way or done: makes a re-run resume and a repeat harmless. */
export const importJobs = pgTable(
  'import_jobs',
  {
    id: uuid('id').primaryKey(),
    fileHash: text('file_hash').notNull(),
    mappingHash: text('mapping_hash').notNull(),
    status: text('status', { enum: ['running', 'done', 'failed'] }).notNull(),
    /** Rows of the file already committed. */
    rowsDone: integer('rows_done').notNull().default(0),
    counts: jsonb('counts').$type<Record<string, number>>().notNull().default({}),
    actor: text('actor').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [uniqueIndex('import_jobs_file').on(table.fileHash, table.mappingHash)],
)
