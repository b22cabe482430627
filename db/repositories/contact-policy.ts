/** The company's promises about contact: one setting, part of the library, so that everybody who caches that reads it anew. */
import { sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { ContactPolicy } from '#engine/library.ts'
import type { Transaction } from '../client.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'
import { raiseLibraryRevision, readLibrary } from './library.ts'

/** Replaces the policy, audited. What is queued already is asked about again by the gate before it goes. */
export async function saveContactPolicy(
  tx: Transaction,
  { policy, actor }: { policy: ContactPolicy; actor: string },
): Promise<void> {
  const before = toJson((await readLibrary(tx)).policy)
  const value = toJson(policy)
  await tx
    .insert(settings)
    .values({ key: 'contact_policy', value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
  await raiseLibraryRevision(tx)
  await tx.insert(auditLog).values({
    actor,
    action: 'company.contact_policy_changed',
    subjectKind: 'company',
    subjectId: 'contact_policy',
    before,
    after: value,
  })
}

function toJson(policy: ContactPolicy): Json {
  return JSON.parse(JSON.stringify(policy)) as Json
}
