/** Leads as screens and the API show them. Reads only; what changes a lead goes through `lead-changes.ts`. */
import { and, asc, desc, eq, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import { foldText } from '#engine/text.ts'
import type { Queryable } from '../client.ts'
import { suppressions } from '../schema/deliveries.ts'
import { leadIdentities, leads, leadTags } from '../schema/leads.ts'
import { olderThan, type Keyset } from './keyset.ts'
import { areTestsShown } from './shown-leads.ts'

export type LeadRow = typeof leads.$inferSelect

/** What is needed to name a lead in a list. */
export const leadNameColumns = {
  id: leads.id,
  email: leads.email,
  firstName: leads.firstName,
  lastName: leads.lastName,
  isTest: leads.isTest,
}

const summaryColumns = {
  ...leadNameColumns,
  company: leads.company,
  stage: leads.stage,
  attention: leads.attention,
  score: leads.score,
  createdAt: leads.createdAt,
}
export type LeadSummaryRow = Awaited<ReturnType<typeof listLeadRows>>[number]

/**
 * One page, newest first, without erased and merged leads. `search` is the beginning of an address, a name or a company;
 * it reads leads in the order of the list until the page is full (no index), which is fast when it finds many.
 */
export async function listLeadRows(
  db: Queryable,
  { limit, cursor, search }: { limit: number; cursor: Keyset | null; search?: string | undefined },
) {
  return db
    .select(summaryColumns)
    .from(leads)
    .where(
      and(
        isNull(leads.mergedInto),
        isNull(leads.erasedAt),
        olderThan(leads.createdAt, leads.id, cursor),
        search === undefined || search === '' ? undefined : matchesSearch(search),
      ),
    )
    .orderBy(desc(leads.createdAt), desc(leads.id))
    .limit(limit)
}

/** Summaries by id, in no order. */
export async function findLeadSummaries(db: Queryable, ids: readonly string[]): Promise<LeadSummaryRow[]> {
  if (ids.length === 0) return []
  return db
    .select(summaryColumns)
    .from(leads)
    .where(inArray(leads.id, [...ids]))
}

/** Whether a row of `leads` begins so: its address, a name, or its company. */
export function matchesSearch(search: string): SQL | undefined {
  const beginning = `${foldText(search).replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
  const folded = (key: string) => sql`${leads.folded} ->> ${key}`
  return or(
    sql`${folded('email')} like ${beginning}`,
    sql`${folded('first_name')} like ${beginning}`,
    sql`${folded('last_name')} like ${beginning}`,
    sql`${folded('company')} like ${beginning}`,
    sql`(${folded('first_name')}) || ' ' || (${folded('last_name')}) like ${beginning}`,
  )
}

/** The lead, or the one it was merged into; null when there is none. */
export async function findLead(db: Queryable, id: string): Promise<LeadRow | null> {
  let wanted = id
  // Merges can follow one another; a loop would be a corrupted row, so the walk is bounded.
  for (let hop = 0; hop < 10; hop += 1) {
    const [row] = await db.select().from(leads).where(eq(leads.id, wanted))
    if (row === undefined || row.mergedInto === null) return row ?? null
    wanted = row.mergedInto
  }
  return null
}

/** Who the lead is to other systems, its tags and what it must not be sent. */
export async function readLeadExtras(db: Queryable, leadId: string) {
  const [identities, tags, suppressed] = await Promise.all([
    db
      .select({ kind: leadIdentities.kind, value: leadIdentities.value })
      .from(leadIdentities)
      .where(eq(leadIdentities.leadId, leadId))
      .orderBy(asc(leadIdentities.kind), asc(leadIdentities.value)),
    db.select({ tag: leadTags.tag }).from(leadTags).where(eq(leadTags.leadId, leadId)).orderBy(asc(leadTags.tag)),
    db
      .select({ channel: suppressions.channel, reason: suppressions.reason, at: suppressions.at })
      .from(suppressions)
      .where(eq(suppressions.leadId, leadId))
      .orderBy(asc(suppressions.channel)),
  ])
  return { identities, tags: tags.map(({ tag }) => tag), suppressed }
}

/** Leads per stage and attention, of those that are shown; erased and merged ones left out. Reads the whole index; do not call it every second. */
export async function countLeads(db: Queryable) {
  return db
    .select({ stage: leads.stage, attention: leads.attention, count: sql<number>`count(*)::int` })
    .from(leads)
    .where(and(isNull(leads.mergedInto), isNull(leads.erasedAt), eq(leads.isTest, areTestsShown)))
    .groupBy(leads.stage, leads.attention)
}
