/** Since when a provider cannot be reached, for people; kept as the setting `provider_state`. */
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { channels, type Channel } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'

const stateSchema = z.partialRecord(z.enum(channels), z.object({ since: z.number(), reason: z.string() }))

/** Providers that cannot be reached. `since` is UTC ms. */
export type ProviderState = z.infer<typeof stateSchema>

/** Notes that a channel's provider went away (why), or is back (null). */
export async function noteProviderState(
  db: Queryable,
  { channel, reason }: { channel: Channel; reason: string | null },
): Promise<void> {
  const since = sql`floor(extract(epoch from clock_timestamp()) * 1000)`
  const value =
    reason === null ? sql`'null'::jsonb` : sql`jsonb_build_object('since', ${since}, 'reason', ${reason}::text)`
  await db
    .insert(settings)
    .values({ key: 'provider_state', value: sql`jsonb_strip_nulls(jsonb_build_object(${channel}::text, ${value}))` })
    .onConflictDoUpdate({
      target: settings.key,
      set: {
        value: sql`jsonb_strip_nulls(${settings.value} || jsonb_build_object(${channel}::text, ${value}))`,
        updatedAt: sql`now()`,
      },
    })
}

export async function readProviderState(db: Queryable): Promise<ProviderState> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, 'provider_state'))
  return stateSchema.catch({}).parse(row?.value ?? {})
}
