/** Company settings of the website: which pages may embed forms, and how what comes in is screened. Audited when written. */
import { eq, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import { screeningSchema, type Screening } from '#engine/forms/screening.ts'
import { websiteSchema, type Website } from '#engine/forms/website.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'

const schemas = { website: websiteSchema, screening: screeningSchema } as const

async function read(db: Queryable, key: keyof typeof schemas): Promise<Json> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, key))
  return row?.value ?? {}
}

/** The websites; none when nothing has been set. */
export async function readWebsite(db: Queryable): Promise<Website> {
  return websiteSchema.parse(await read(db, 'website'))
}

/** How forms are screened; the known lists alone when nothing has been set. */
export async function readScreening(db: Queryable): Promise<Screening> {
  return screeningSchema.parse(await read(db, 'screening'))
}

/** Replaces one of the settings. Call in a transaction. */
export async function saveCompanySetting(
  tx: Queryable,
  setting: { key: 'website'; value: Website } | { key: 'screening'; value: Screening },
  actor: string,
): Promise<void> {
  const { key } = setting
  const before = await read(tx, key)
  const value = JSON.parse(JSON.stringify(setting.value)) as Json
  await tx
    .insert(settings)
    .values({ key, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
  await tx
    .insert(auditLog)
    .values({ actor, action: `company.${key}_changed`, subjectKind: 'company', subjectId: key, before, after: value })
}
