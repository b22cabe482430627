/** Answers kept under the caller's own key, so that a repeated write is answered and not done again. */
import { and, eq, like, lt, or, sql } from 'drizzle-orm'
import type { Queryable, Transaction } from '../client.ts'
import { idempotencyKeys } from '../schema/access.ts'

export interface IdempotentRequest {
  principal: string
  key: string
  route: string
  /** SHA-256 of what is asked. */
  requestHash: string
}

export interface KeptAnswer {
  requestHash: string
  status: number
  headers: Record<string, string>
  /** Null when it was emptied, because the lead it names was erased. */
  body: string | null
}

/** How long an answer is kept. */
const keptFor = sql`interval '24 hours'`

/**
 * Claims the key for the length of the transaction: null = it is ours and the write may run. A key that another
 * transaction holds is waited for, up to `lock_timeout` (55P03 is thrown then); if that one fails, it becomes ours.
 */
export async function claimKey(
  tx: Transaction,
  { principal, key, route, requestHash }: IdempotentRequest,
  waitMs: number,
): Promise<KeptAnswer | null> {
  await tx.execute(sql`select set_config('lock_timeout', ${`${String(waitMs)}ms`}, true)`)
  const fresh = { route, requestHash, status: 0, headers: {}, body: null, createdAt: sql`now()` }
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ principal, key, ...fresh, expiresAt: sql`now() + ${keptFor}` })
    .onConflictDoUpdate({
      target: [idempotencyKeys.principal, idempotencyKeys.key],
      set: { ...fresh, expiresAt: sql`now() + ${keptFor}` },
      setWhere: sql`${idempotencyKeys.expiresAt} <= now()`,
    })
    .returning({ key: idempotencyKeys.key })
  if (claimed.length > 0) return null
  const [kept] = await tx
    .select({
      requestHash: idempotencyKeys.requestHash,
      status: idempotencyKeys.status,
      headers: idempotencyKeys.headers,
      body: idempotencyKeys.body,
    })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.principal, principal), eq(idempotencyKeys.key, key)))
  if (kept === undefined) throw new Error('An idempotency key was neither claimed nor there.')
  return kept
}

/** Keeps the answer under a key that this transaction has claimed. */
export async function keepAnswer(
  tx: Transaction,
  { principal, key }: Pick<IdempotentRequest, 'principal' | 'key'>,
  answer: { status: number; headers: Record<string, string>; body: string },
): Promise<void> {
  await tx
    .update(idempotencyKeys)
    .set(answer)
    .where(and(eq(idempotencyKeys.principal, principal), eq(idempotencyKeys.key, key)))
}

/** Deletes a few that have expired. */
export async function pruneKeys(db: Queryable): Promise<void> {
  const expired = db
    .select({ row: sql`ctid` })
    .from(idempotencyKeys)
    .where(lt(idempotencyKeys.expiresAt, sql`now()`))
    .limit(500)
  await db.delete(idempotencyKeys).where(sql`ctid in ${expired}`)
}

/** Empties the answers that name these leads. Looks at all of the last day: an erasure is rare. */
export async function forgetAnswers(tx: Queryable, leadIds: readonly string[]): Promise<void> {
  if (leadIds.length === 0) return
  const named = leadIds.map((id) => like(idempotencyKeys.body, `%${id}%`))
  await tx
    .update(idempotencyKeys)
    .set({ body: null, headers: {} })
    .where(or(...named))
}
