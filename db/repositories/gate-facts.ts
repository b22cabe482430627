/** The facts the gate looks at, for many leads at once: what the mailroom needs to ask it again at the claim. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Facts, FieldValue, Instant } from '#engine/facts.ts'
import { coreFields } from '#engine/fields.ts'
import type { GateContext } from '#engine/gate/gate.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { consents, deliveries, suppressions } from '../schema/deliveries.ts'
import { eventTotals } from '../schema/events.ts'
import { journeyVersions } from '../schema/journeys.ts'
import type { LeadRow } from './facts.ts'
import { jsonRows } from './json-rows.ts'

export type GateFacts = GateContext['facts']

/** A lead's fields by key, as rules, the gate and message templates know them. Core fields win over custom ones. */
export function leadFieldValues(lead: LeadRow): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = { ...lead.fields }
  for (const { key, core } of coreFields) {
    const value: unknown = lead[core.property as keyof LeadRow]
    values[key] = value instanceof Date ? value.getTime() : ((value ?? null) as FieldValue)
  }
  return values
}

/**
 * Facts for the gate, by lead id, of leads whose rows are locked. `since` is how far back in the lead's clock its
 * messages count against a cap. Four statements, whatever the number of leads.
 */
export async function loadGateFacts(
  tx: Queryable,
  leads: readonly { row: LeadRow; since: Instant }[],
): Promise<Map<string, GateFacts>> {
  const ids = leads.map(({ row }) => row.id)
  const facts = new Map<string, GateFacts>(leads.map(({ row }) => [row.id, emptyGateFacts(row)]))
  if (ids.length === 0) return facts
  const [counted, consentRows, suppressionRows, totalRows] = await Promise.all([
    readCounted(tx, leads),
    tx
      .selectDistinctOn([consents.leadId, consents.purpose, consents.channel])
      .from(consents)
      .where(inArray(consents.leadId, ids))
      .orderBy(consents.leadId, consents.purpose, consents.channel, desc(consents.id)),
    tx.select().from(suppressions).where(inArray(suppressions.leadId, ids)),
    tx
      .select()
      .from(eventTotals)
      .where(and(inArray(eventTotals.leadId, ids), eq(eventTotals.type, builtInEvents.downloaded))),
  ])
  for (const { leadId, countedAt, ...delivery } of counted) {
    facts.get(leadId)?.deliveries.push({ ...delivery, countedAt: Number(countedAt) })
  }
  for (const { leadId, purpose, channel, state, at, expiresAt, basis } of consentRows) {
    const lead = facts.get(leadId)
    if (lead === undefined) continue
    lead.consents[`${purpose}:${channel}`] = {
      state,
      at: at.getTime(),
      expiresAt: expiresAt?.getTime() ?? null,
      basis,
    }
  }
  for (const { leadId, channel, at, reason } of suppressionRows) {
    const lead = facts.get(leadId)
    if (lead !== undefined) lead.suppressed[channel] = { at: at.getTime(), reason }
  }
  for (const { leadId, type, count, firstAt, lastAt } of totalRows) {
    const lead = facts.get(leadId)
    if (lead !== undefined) lead.totals[type] = { count, firstAt: firstAt.getTime(), lastAt: lastAt.getTime() }
  }
  return facts
}

function emptyGateFacts(lead: LeadRow): GateFacts {
  return {
    erased: lead.erasedAt !== null,
    fields: leadFieldValues(lead),
    doNot: { email: lead.doNotEmail, postcard: lead.doNotMail, phone: lead.doNotCall },
    replyHeldUntil: lead.replyHeldUntil?.getTime() ?? null,
    deliveries: [],
    consents: {},
    suppressed: {},
    totals: {},
  }
}

type CountedRow = Omit<Facts['deliveries'][number], 'countedAt'> & { leadId: string; countedAt: string }

async function readCounted(
  tx: Queryable,
  leads: readonly { row: LeadRow; since: Instant }[],
): Promise<readonly CountedRow[]> {
  const asked = leads.map(({ row, since }) => ({ lead_id: row.id, since }))
  return tx.execute<CountedRow>(sql`
    select d.lead_id as "leadId", d.channel, d.purpose, d.status, d.asset_lineage as "assetLineage",
           (extract(epoch from d.counted_at) * 1000)::text as "countedAt"
    from ${jsonRows(asked, 'asked', 'lead_id uuid, since float8')}
    join ${deliveries} d on d.lead_id = asked.lead_id and d.counted_at > to_timestamp(asked.since / 1000)
    where d.status in ('queued', 'sending', 'accepted', 'unknown') and d.purpose in ('nurture', 'promotional')`)
}

/** Settings of published versions, which never change: read once per process. */
export interface SettingsCache {
  /** The settings of each version asked for; one that does not exist is absent. Key: `settingsKey`. */
  read(
    tx: Queryable,
    versions: readonly { journeyId: string; version: number }[],
  ): Promise<Map<string, JourneySettings>>
}

export function settingsKey(journeyId: string, version: number): string {
  return `${journeyId}:${String(version)}`
}

export function createSettingsCache(): SettingsCache {
  const known = new Map<string, JourneySettings>()
  return {
    async read(tx, versions) {
      const missing = versions.filter(({ journeyId, version }) => !known.has(settingsKey(journeyId, version)))
      if (missing.length > 0) {
        const asked = [...new Map(missing.map((one) => [settingsKey(one.journeyId, one.version), one])).values()]
        const rows = await tx
          .select({
            journeyId: journeyVersions.journeyId,
            version: journeyVersions.version,
            settings: sql<JourneySettings>`${journeyVersions.definition} -> 'settings'`,
          })
          .from(journeyVersions)
          .where(
            sql`(${journeyVersions.journeyId}, ${journeyVersions.version}) in (
              select journey_id, version from ${jsonRows(
                asked.map((one) => ({ journey_id: one.journeyId, version: one.version })),
                'asked',
                'journey_id uuid, version int',
              )})`,
          )
        for (const row of rows) known.set(settingsKey(row.journeyId, row.version), row.settings)
      }
      return known
    },
  }
}
