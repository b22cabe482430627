/** Whose turn it is to be the mailroom of a channel. Rates are kept by one run: two at once would together break them. */
import { and, eq, sql } from 'drizzle-orm'
import type { Channel } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { mailroomLeases } from '../schema/sending.ts'

/**
 * Takes or keeps the turn. False while another run has shown a sign of life within `leaseMs`. A run that has been asleep
 * for longer than that must ask again before it claims.
 */
export async function holdLease(
  db: Queryable,
  { channel, holder, leaseMs }: { channel: Channel; holder: string; leaseMs: number },
): Promise<boolean> {
  const present = sql`clock_timestamp()`
  const held = await db
    .insert(mailroomLeases)
    .values({ channel, holder, renewedAt: present })
    .onConflictDoUpdate({
      target: mailroomLeases.channel,
      set: { holder, renewedAt: present },
      setWhere: sql`${mailroomLeases.holder} is null or ${mailroomLeases.holder} = ${holder}
        or ${mailroomLeases.renewedAt} < clock_timestamp() - ${leaseMs} * interval '1 millisecond'`,
    })
    .returning({ channel: mailroomLeases.channel })
  return held.length > 0
}

/** Ends the turn, so that the next run need not wait. */
export async function endLease(
  db: Queryable,
  { channel, holder }: { channel: Channel; holder: string },
): Promise<void> {
  await db
    .update(mailroomLeases)
    .set({ holder: null })
    .where(and(eq(mailroomLeases.channel, channel), eq(mailroomLeases.holder, holder)))
}
