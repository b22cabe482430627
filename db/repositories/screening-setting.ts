/** The company setting that says how forms are screened. Audited when written. */
import { eq, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import { screeningSchema, type Screening } from '#engine/forms/screening.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'

const key = 'screening'

/** How forms are screened; the known lists alone when nothing has been set. */
export async function readScreening(db: Queryable): Promise<Screening> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, key))
  return screeningSchema.parse(row?.value ?? {})
}

/** Replaces the setting. Call in a transaction. */
export async function saveScreening(tx: Queryable, screening: Screening, actor: string): Promise<void> {
  const before = toJson(await readScreening(tx))
  const value = toJson(screening)
  await tx
    .insert(settings)
    .values({ key, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
  await tx.insert(auditLog).values({
    actor,
    action: 'company.screening_changed',
    subjectKind: 'company',
    subjectId: key,
    before,
    after: value,
  })
}

function toJson(screening: Screening): Json {
  return JSON.parse(JSON.stringify(screening)) as Json
}
