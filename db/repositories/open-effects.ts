/** Effects that nobody works on any more: Temporal lost its workflows, and their enrollments wait for nothing else. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/**
 * Leads with an effect that is open for longer than 5 minutes and twice its timeout, those looked at longest ago first. Each
 * is taken once in 5 minutes at most, since an effect may be long at work for good reasons (retries, a worker that is away);
 * waking its lead then does no harm, the workflow goes on with what it has. Paused journeys are woken, too: what has been
 * started is brought to its end.
 */
export async function takeForgottenEffects(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.execute<{ lead_id: string }>(sql`
    update effects set checked_at = now()
     where id in (
       select id from effects
        where status = 'open' and (checked_at is null or checked_at < now() - interval '5 minutes')
          and created_at < now() - greatest(interval '5 minutes', 2 * timeout_ms * interval '1 millisecond')
        order by checked_at nulls first, created_at
        limit ${limit} for update skip locked)
    returning lead_id`)
  return [...new Set(rows.map((row) => row.lead_id))].sort()
}
