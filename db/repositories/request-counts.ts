/** Limits on how often strangers may do something, counted in Postgres so that they hold over all processes. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { requestCounts } from '../schema/responses.ts'

/** Windows older than this are of no use to any limit. */
const keepHours = 24

/**
 * Counts one request in its bucket's present window and returns how many there are in it now, this one included. A new
 * window begins once `windowSeconds` have passed since the last one began. Now and then it takes old windows away.
 */
export async function countRequest(db: Queryable, bucket: string, windowSeconds: number): Promise<number> {
  const isOver = sql`${requestCounts.windowStart} < now() - make_interval(secs => ${windowSeconds})`
  const [row] = await db
    .insert(requestCounts)
    .values({ bucket, windowStart: sql`now()`, count: 1 })
    .onConflictDoUpdate({
      target: requestCounts.bucket,
      set: {
        count: sql`case when ${isOver} then 1 else ${requestCounts.count} + 1 end`,
        windowStart: sql`case when ${isOver} then now() else ${requestCounts.windowStart} end`,
      },
    })
    .returning({ count: requestCounts.count })
  const count = row?.count ?? 1
  if (count === 1) {
    await db.execute(sql`
      delete from ${requestCounts} where bucket in (
        select bucket from ${requestCounts} where window_start < now() - make_interval(hours => ${keepHours})
         order by window_start limit 100 for update skip locked)`)
  }
  return count
}
