/** Questions that a person waits for: they end when they take too long, or when nobody waits any more. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../client.ts'

export interface Patience {
  /** How long each statement may take, in ms. */
  timeoutMs: number
  /** Aborted when nobody waits any more: Postgres then stops the statement that runs. */
  signal?: AbortSignal | undefined
}

/**
 * Reads in one snapshot. Fails with Postgres's 57014 (`isQueryCanceled`) when a statement took too long or was
 * cancelled; nothing goes on running behind the back of a caller who left.
 */
export async function readWhileWanted<T>(
  db: Database,
  { timeoutMs, signal }: Patience,
  read: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // The connection is found by a name that only this transaction has, so that no other question is ever cancelled.
  const mark = `trellis-read:${randomUUID()}`
  const cancel = () => {
    const stop = sql`select pg_cancel_backend(pid) from pg_stat_activity where application_name = ${mark} and datname = current_database()`
    // Cancelling is a courtesy: the statement's own timeout ends it, too.
    db.execute(stop).catch(() => undefined)
  }
  try {
    return await db.transaction(
      async (tx) => {
        signal?.throwIfAborted()
        signal?.addEventListener('abort', cancel, { once: true })
        await tx.execute(
          sql`select set_config('statement_timeout', ${String(Math.ceil(timeoutMs))}, true), set_config('application_name', ${mark}, true)`,
        )
        // Whoever left before the name was set would not have been found by it.
        signal?.throwIfAborted()
        return await read(tx)
      },
      { accessMode: 'read only', isolationLevel: 'repeatable read' },
    )
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
