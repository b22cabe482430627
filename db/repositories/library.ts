/** Loads what a company has set up, whole, and caches it until its revision rises. */
import { eq, sql } from 'drizzle-orm'
import type { BusinessCalendar } from '#engine/graph/schema.ts'
import {
  assetSchema,
  contactPolicySchema,
  formSchema,
  surveySchema,
  type Library,
  type WorkHours,
} from '#engine/library.ts'
import type { Queryable } from '../client.ts'
import { leadFields } from '../schema/leads.ts'
import { assets, forms, pools, segments, settings, surveys } from '../schema/library.ts'
import { queues, users } from '../schema/people.ts'

/** Reads everything shared. A few hundred rows at most. */
export async function readLibrary(db: Queryable): Promise<Library> {
  const [fieldRows, segmentRows, assetRows, poolRows, surveyRows, formRows, policyRows, queueRows, peopleRows] =
    await Promise.all([
      db.select().from(leadFields),
      db.select().from(segments),
      db.select().from(assets),
      db.select().from(pools),
      db.select().from(surveys),
      db.select().from(forms),
      db.select().from(settings).where(eq(settings.key, 'contact_policy')),
      db.select({ key: queues.key, calendar: queues.hours, zone: queues.zone }).from(queues),
      db.select({ key: users.key, calendar: users.workingHours, zone: users.zone }).from(users),
    ])
  return {
    fields: Object.fromEntries(
      fieldRows.map((row) => [
        row.key,
        { key: row.key, label: row.label, type: row.type, ...(row.options ? { options: row.options } : {}) },
      ]),
    ),
    segments: Object.fromEntries(segmentRows.map((row) => [row.key, row.rule])),
    assets: Object.fromEntries(assetRows.map((row) => [row.key, assetSchema.parse(row.asset)])),
    pools: Object.fromEntries(poolRows.map((row) => [row.key, row.pool])),
    surveys: Object.fromEntries(surveyRows.map((row) => [row.key, surveySchema.parse(row.survey)])),
    forms: Object.fromEntries(formRows.map((row) => [row.key, formSchema.parse(row.form)])),
    policy: contactPolicySchema.parse(policyRows[0]?.value ?? {}),
    workHours: { queues: hoursOf(queueRows), people: hoursOf(peopleRows) },
  }
}

/** Those that have hours of their own. */
function hoursOf(rows: readonly { key: string; calendar: BusinessCalendar | null; zone: string | null }[]) {
  return Object.fromEntries(
    rows.flatMap(({ key, calendar, zone }): [string, WorkHours][] =>
      calendar === null ? [] : [[key, { calendar, zone: zone ?? 'UTC' }]],
    ),
  )
}

/** Every write to the library calls this in its transaction, so that caches notice. */
export async function raiseLibraryRevision(tx: Queryable): Promise<void> {
  await tx
    .insert(settings)
    .values({ key: 'library_revision', value: 1 })
    .onConflictDoUpdate({
      target: settings.key,
      set: { value: sql`to_jsonb((${settings.value})::int + 1)`, updatedAt: sql`now()` },
    })
}

/** The present revision; 0 before the first write. */
export async function libraryRevision(db: Queryable): Promise<number> {
  const rows = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, 'library_revision'))
  return Number(rows[0]?.value ?? 0)
}

/** A library that re-reads itself when `revision` (read in the caller's transaction) has risen. */
export function createLibraryCache(): { get(db: Queryable, revision: number): Promise<Library> } {
  let cached: { revision: number; library: Promise<Library> } | null = null
  return {
    get(db, revision) {
      if (cached === null || cached.revision !== revision) {
        const library = readLibrary(db)
        cached = { revision, library }
        library.catch(() => {
          cached = null
        })
      }
      return cached.library
    },
  }
}
