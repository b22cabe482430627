/** Compiled MJML, by the SHA-256 of its source. */
import { inArray, sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { messageBodies } from '../schema/messages.ts'

/** The HTML of these sources' hashes; what was never compiled is absent. */
export async function readMessageBodies(db: Queryable, hashes: readonly string[]): Promise<Map<string, string>> {
  if (hashes.length === 0) return new Map()
  const rows = await db
    .select({ hash: messageBodies.hash, html: messageBodies.html })
    .from(messageBodies)
    .where(inArray(messageBodies.hash, [...hashes]))
  return new Map(rows.map((row) => [row.hash, row.html]))
}

/** Keeps compiled texts. What another compiler made of the same source is replaced. */
export async function saveMessageBodies(
  tx: Queryable,
  bodies: readonly { hash: string; html: string }[],
  compiler: string,
): Promise<void> {
  if (bodies.length === 0) return
  await tx
    .insert(messageBodies)
    .values(bodies.map(({ hash, html }) => ({ hash, html, compiler })))
    .onConflictDoUpdate({
      target: messageBodies.hash,
      set: { html: sql`excluded.html`, compiler, compiledAt: sql`now()` },
      setWhere: sql`${messageBodies.compiler} <> excluded.compiler`,
    })
}
