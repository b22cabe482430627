/** Finds leads by whatever a person has at hand: an id, an address, another system's id. Reads only. */
import { eq, inArray, or, sql } from 'drizzle-orm'
import { foldText } from '#engine/text.ts'
import type { Queryable } from '../client.ts'
import { leadIdentities, leads } from '../schema/leads.ts'
import { followMerges } from './identities.ts'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Leads known by exactly this id, address or external id; merged ones are followed. More than one when test leads were
 * made from a real one: the real one comes first.
 */
export async function findLeadIds(db: Queryable, text: string): Promise<string[]> {
  const value = text.trim()
  const rows = await db
    .selectDistinct({ id: leads.id })
    .from(leads)
    .leftJoin(leadIdentities, eq(leadIdentities.leadId, leads.id))
    .where(
      or(
        inArray(leadIdentities.value, [...new Set([value, foldText(value)])]),
        uuidPattern.test(value) ? eq(leads.id, value) : sql`false`,
      ),
    )
    .limit(100)
  const found = rows.map(({ id }) => id)
  const survivors = await followMerges(db, found)
  const ids = [...new Set(found.map((id) => survivors.get(id) ?? id))]
  if (ids.length < 2) return ids
  const ordered = await db
    .select({ id: leads.id })
    .from(leads)
    .where(inArray(leads.id, ids))
    .orderBy(leads.isTest, leads.createdAt)
  return ordered.map(({ id }) => id)
}
