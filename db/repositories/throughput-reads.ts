/** How much is going on, from the newest rows of the append-only tables. */
import { sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/** Rows looked at, at most; beyond it the rate of the newest ones is scaled to a minute. */
const sampleRows = 20_000

/** Rows of the last minute of real time: steps walked and messages handed over. Reads at most 20,000 of each. */
export async function readThroughput(db: Queryable): Promise<{ stepsPerMinute: number; messagesPerMinute: number }> {
  const [row] = await db.execute<{ steps: number; messages: number }>(sql`
    select ${ratePerMinute(sql`step_log`, sql`recorded_at`)} as steps,
           ${ratePerMinute(sql`mailbox`, sql`received_at`)} as messages`)
  return { stepsPerMinute: row?.steps ?? 0, messagesPerMinute: row?.messages ?? 0 }
}

function ratePerMinute(table: SQL, at: SQL): SQL {
  return sql`(
    select (case when count(*) < ${sampleRows} then count(*)
                 else count(*) * 60 / greatest(extract(epoch from now() - min(at)), 1) end)::int
      from (select ${at} as at from ${table} order by id desc limit ${sampleRows}) newest
     where at > now() - interval '1 minute')`
}
