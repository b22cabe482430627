/** Which assets a lead has had, over all journeys: no pool offers them again. */
import { sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { leadAssets } from '../schema/leads.ts'
import { announceChanges } from './announce.ts'

/** Notes that a lead took an asset itself; the first time stands. Call holding its lock; poke `leadIds` after the commit. */
export async function noteReceived(
  tx: Transaction,
  { leadId, lineage, at }: { leadId: string; lineage: string; at: Instant },
  library: Library,
): Promise<{ leadIds: string[] }> {
  const added = await tx
    .insert(leadAssets)
    .values({ leadId, lineage, receivedAt: new Date(at) })
    .onConflictDoNothing()
    .returning({ lineage: leadAssets.lineage })
  if (added.length === 0) return { leadIds: [] }
  return announceChanges(tx, [{ leadId, at, keys: ['received'] }], { library, priority: 1 })
}

/** True when the lead has registered for this webinar. By the index of its events of that type. */
export async function isRegistered(db: Queryable, leadId: string, assetKey: string): Promise<boolean> {
  const rows = await db.execute(sql`
    select 1 from events where lead_id = ${leadId} and type = ${builtInEvents.registered}
       and properties ->> 'asset' = ${assetKey} and voided_at is null limit 1`)
  return rows.length > 0
}

/** When the asset was last written, for the version of its calendar entry; null when there is none. */
export async function assetChangedAt(db: Queryable, key: string): Promise<Date | null> {
  const rows = await db.execute<{ at: string }>(
    sql`select (extract(epoch from updated_at) * 1000)::text as at from assets where key = ${key}`,
  )
  return rows[0] === undefined ? null : new Date(Number(rows[0].at))
}
