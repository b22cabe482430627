/** The company's profile: a setting like the others, read whole and checked when read. */
import { eq, sql } from 'drizzle-orm'
import { companyProfileSchema, emptyCompanyProfile, type CompanyProfile } from '#engine/company.ts'
import type { Json } from '#engine/facts.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'

const key = 'company_profile'

/** The profile; the empty one when nothing has been set. One indexed look. */
export async function readCompanyProfile(db: Queryable): Promise<CompanyProfile> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, key))
  return row === undefined ? emptyCompanyProfile() : companyProfileSchema.parse(row.value)
}

/** Replaces the profile. Call in a transaction; audited. */
export async function saveCompanyProfile(
  tx: Queryable,
  { profile, actor }: { profile: CompanyProfile; actor: string },
): Promise<void> {
  const before = await readCompanyProfile(tx)
  const value: Json = JSON.parse(JSON.stringify(profile)) as Json
  await tx
    .insert(settings)
    .values({ key, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
  await tx.insert(auditLog).values({
    actor,
    action: 'company.profile_changed',
    subjectKind: 'company',
    subjectId: 'profile',
    before: JSON.parse(JSON.stringify(before)) as Json,
    after: value,
  })
}
