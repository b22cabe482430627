/** Names that leads and events have, for people who write rules: how often each occurs. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/** More names than this help nobody to choose; rarer ones can be typed. */
const maxNames = 500
/** Property names are learnt from so many of the latest events. */
const recentEvents = 5000

/** Tags by how many real leads have them, the most frequent first. */
export async function countTags(db: Queryable): Promise<{ tag: string; leads: number }[]> {
  const rows = await db.execute<{ tag: string; leads: number }>(
    sql`select t.tag, count(*)::int as leads from lead_tags t join leads l on l.id = t.lead_id
        where l.is_test = false and l.merged_into is null and l.erased_at is null
        group by t.tag order by 2 desc, 1 limit ${maxNames}`,
  )
  return [...rows]
}

/** Event types by how many leads have one, from the counters; and the properties that recent ones had. */
export async function countEventTypes(
  db: Queryable,
): Promise<{ event: string; leads: number; properties: string[] }[]> {
  const types = await db.execute<{ event: string; leads: number }>(
    sql`select type as event, count(*)::int as leads from event_totals group by type order by 2 desc, 1 limit ${maxNames}`,
  )
  const properties = await db.execute<{ event: string; properties: string[] }>(
    sql`select type as event, array_agg(distinct name order by name) as properties
        from (select type, properties from events order by id desc limit ${recentEvents}) recent,
             jsonb_object_keys(recent.properties) name
        group by type`,
  )
  const byType = new Map(properties.map((row) => [row.event, row.properties]))
  return types.map(({ event, leads }) => ({ event, leads, properties: (byType.get(event) ?? []).slice(0, 100) }))
}
