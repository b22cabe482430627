/** A lead copied as a test lead: what rules, templates and consent look at, and nothing that reaches anybody. */
import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '#db/client.ts'
import type { LeadRow } from '#db/repositories/lead-reads.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { leadTags, type LeadClock } from '#db/schema/leads.ts'
import { coreFields } from '#engine/fields.ts'
import type { FieldValue } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'

/** Events copied, the newest; counters over all of them are copied whole. */
const mostEvents = 1000

/** Columns that say who somebody is. A copy has them only if an erasure of the lead would find it, by a shared identity. */
const names: ReadonlySet<string> = new Set(['email', 'phone', 'first_name', 'last_name', 'address_line1'])

/** Returns the copy's id. Its identities live apart from those of real leads, under the run. */
export async function copyLead(
  tx: Transaction,
  lead: LeadRow,
  { runId, clock, library, actor }: { runId: string; clock: LeadClock; library: Library; actor: string },
): Promise<string> {
  const [identity] = await tx.execute<{ kind: string; value: string }>(sql`
    select split_part(kind, '@', 1) as kind, value from lead_identities where lead_id = ${lead.id}
     order by (split_part(kind, '@', 1) = 'external_id') desc, kind, value limit 1`)
  const values = lead as unknown as Record<string, FieldValue>
  const fields = Object.fromEntries(
    coreFields
      .filter(({ key, readOnly }) => !readOnly && (identity !== undefined || !names.has(key)))
      .map(({ key, core }): [string, FieldValue] => [key, values[core.property] ?? null])
      .filter(([, value]) => value !== null),
  )
  const tags = await tx.select({ tag: leadTags.tag }).from(leadTags).where(eq(leadTags.leadId, lead.id))
  const { rows } = await upsertLeads(
    tx,
    [
      {
        ...(identity?.kind === 'external_id' ? { externalId: identity.value } : {}),
        ...(identity?.kind === 'anonymous_id' ? { anonymousId: identity.value } : {}),
        fields: { ...lead.fields, ...fields },
        tags: tags.map(({ tag }) => tag),
        stage: lead.stage,
        attention: lead.attention,
        score: lead.score,
        createdAt: lead.createdAt.getTime(),
        ...(lead.lastActivityAt === null ? {} : { lastActivityAt: lead.lastActivityAt.getTime() }),
        test: { runId, clock },
      },
    ],
    { library, actor, enroll: false },
  )
  const copy = rows[0]?.leadId
  if (copy == null) throw new Error(`The lead "${lead.id}" cannot be copied: ${rows[0]?.message ?? 'no row'}.`)
  await copyHistory(tx, lead.id, copy, new Date(clock.virtualStart))
  return copy
}

/** What it did and agreed to before the run begins. Deliveries stay: contact caps begin anew. */
async function copyHistory(tx: Transaction, from: string, to: string, before: Date): Promise<void> {
  const until = sql`${before.toISOString()}::timestamptz`
  await tx.execute(sql`
    insert into events (lead_id, type, occurred_at, received_at, properties, folded, voided_at)
    select ${to}, type, occurred_at, received_at, properties, folded, voided_at
      from (select * from events where lead_id = ${from} and occurred_at <= ${until}
             order by occurred_at desc, id desc limit ${mostEvents}) newest
     order by id`)
  await tx.execute(sql`
    insert into event_totals (lead_id, type, count, first_at, last_at)
    select ${to}, type, count, first_at, last_at from event_totals where lead_id = ${from}`)
  await tx.execute(sql`
    insert into lead_assets (lead_id, lineage, received_at)
    select ${to}, lineage, received_at from lead_assets where lead_id = ${from}`)
  await tx.execute(sql`
    insert into survey_answers (lead_id, survey, question, value, folded, answered_at)
    select ${to}, survey, question, value, folded, answered_at from survey_answers where lead_id = ${from}`)
  await tx.execute(sql`
    insert into consents (lead_id, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, actor)
    select ${to}, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, actor
      from consents where lead_id = ${from} order by id`)
  await tx.execute(sql`
    insert into suppressions (lead_id, channel, reason, source, at)
    select ${to}, channel, reason, source, at from suppressions where lead_id = ${from}
    on conflict do nothing`)
}
