/** Keys of programs. The keys themselves are never here, only their hashes. */
import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable } from '../client.ts'
import { apiKeys } from '../schema/access.ts'
import { auditLog } from '../schema/tasks.ts'
import { olderThan, type Keyset } from './keyset.ts'

export type ApiKeyRow = typeof apiKeys.$inferSelect

/** Stores a new key. Call in a transaction; audited. */
export async function insertApiKey(tx: Queryable, row: typeof apiKeys.$inferInsert): Promise<ApiKeyRow> {
  const [inserted] = await tx.insert(apiKeys).values(row).returning()
  if (inserted === undefined) throw new Error('insert into api_keys returned no row')
  const { id, name, kind, prefix, scopes, expiresAt } = inserted
  const after: Json = { name, kind, prefix, scopes, expiresAt: expiresAt?.toISOString() ?? null }
  await tx.insert(auditLog).values({
    actor: inserted.createdBy,
    action: 'key.create',
    subjectKind: 'key',
    subjectId: id,
    after,
  })
  return inserted
}

/** Newest first. */
export async function listApiKeys(
  db: Queryable,
  { limit, cursor }: { limit: number; cursor: Keyset | null },
): Promise<ApiKeyRow[]> {
  return db
    .select()
    .from(apiKeys)
    .where(olderThan(apiKeys.createdAt, apiKeys.id, cursor))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit)
}

/** The key whose name in logs is `prefix`, whether it may still be used or not. */
export async function findApiKey(db: Queryable, prefix: string): Promise<ApiKeyRow | null> {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.prefix, prefix))
  return row ?? null
}

/** From its commit on the key opens nothing. False when there is no such key; repeating it changes nothing. */
export async function revokeApiKey(tx: Queryable, { id, actor }: { id: string; actor: string }): Promise<boolean> {
  const [revoked] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ name: apiKeys.name, prefix: apiKeys.prefix })
  if (revoked === undefined) {
    const [known] = await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id))
    return known !== undefined
  }
  await tx.insert(auditLog).values({
    actor,
    action: 'key.revoke',
    subjectKind: 'key',
    subjectId: id,
    before: { ...revoked, revoked: false },
    after: { ...revoked, revoked: true },
  })
  return true
}

/** Notes the use of a key, at most once a minute. */
export async function noteKeyUse(db: Queryable, id: string): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`))),
    )
}
