/** Transactions that get in each other's way: one of them gives in, and simply runs again. */
import type { Database, Transaction } from './client.ts'

/** 40P01 deadlock, 40001 serialisation: nothing of the transaction has happened, and a second try can succeed. */
const collisions: ReadonlySet<unknown> = new Set(['40P01', '40001'])
const mostAttempts = 4

/**
 * Runs `work` in a transaction, again when Postgres chose it as the victim of a deadlock. `work` must do nothing outside
 * the transaction, and is up to four times run.
 * @throws what the last attempt threw.
 */
export async function transact<Result>(db: Database, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work)
    } catch (error) {
      if (attempt === mostAttempts || !isCollision(error)) throw error
    }
  }
}

/** Whether a transaction failed only because another one was in its way: nothing of it has happened. */
export function isCollision(error: unknown): boolean {
  // Drizzle wraps the driver's error, which has the code.
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return collisions.has((inner as { code?: unknown } | null)?.code)
}
