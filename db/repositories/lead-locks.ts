/** Locks leads before anything of theirs is written: always in id order, so that two bulk writers cannot deadlock. */
import { inArray, sql, type InferSelectModel } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { Queryable } from '../client.ts'
import { leads } from '../schema/leads.ts'

export interface LockedLead {
  row: InferSelectModel<typeof leads>
  /** What time it is for this lead: the database clock after all locks, or the lead's virtual one. */
  now: Instant
}

/** Leads per statement: parameters and locks stay bounded whatever the caller brings. */
const chunkSize = 1000

/**
 * `FOR NO KEY UPDATE` on each lead, in id order over the whole list (event and input inserts of others are not blocked).
 * Ids that do not exist are absent from the answer. Holding the locks already, as a turn does, is fine.
 */
export async function lockLeads(tx: Queryable, leadIds: Iterable<string>): Promise<Map<string, LockedLead>> {
  const ids = [...new Set(leadIds)].sort()
  const found: { row: LockedLead['row']; now: Instant }[] = []
  for (let start = 0; start < ids.length; start += chunkSize) {
    const rows = await tx
      .select({ row: leads, now: databaseNow })
      .from(leads)
      .where(inArray(leads.id, ids.slice(start, start + chunkSize)))
      .orderBy(leads.id)
      .for('no key update')
    found.push(...rows)
  }
  // One instant for all: what one call changes, it changes at once.
  const now = found.reduce((latest, lead) => Math.max(latest, lead.now), 0)
  return new Map(found.map(({ row }) => [row.id, { row, now: toLeadTime(row.clock, now) }]))
}

/** The wall clock of the database, UTC ms: moves on within a transaction, unlike `now()`. */
export const databaseNow = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`.mapWith(Number)
