/** What the consent ledger says now: the latest word per purpose and channel. */
import { sql } from 'drizzle-orm'
import type { ContactChannel } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'

/** True when the lead's latest word on all these channels is no, to nurture and to promotion. */
export async function hasLeft(db: Queryable, leadId: string, channels: readonly ContactChannel[]): Promise<boolean> {
  const rows = await db.execute<{ denied: number }>(sql`
    select count(*)::int as denied from (
      select distinct on (purpose, channel) state from consents
       where lead_id = ${leadId} and purpose in ('nurture', 'promotional')
         and channel = any(string_to_array(${channels.join(',')}, ',')::contact_channel[])
       order by purpose, channel, id desc) latest
     where state = 'denied'`)
  return rows[0]?.denied === channels.length * 2
}
