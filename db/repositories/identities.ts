/**
 * Who a lead is to other systems. One (kind, value) belongs to one lead. Test leads live apart: their kinds carry the
 * test run, so that a test lead made from a real person never answers to that person's address.
 */
import { sql } from 'drizzle-orm'
import { cleanText, foldText } from '#engine/text.ts'
import type { Queryable } from '../client.ts'
import { jsonRows } from './json-rows.ts'
import type { LeadDraft } from './lead-draft.ts'
import type { LockedLead } from './lead-locks.ts'

const identityKinds = ['email', 'external_id', 'anonymous_id'] as const
export type IdentityKind = (typeof identityKinds)[number]

export interface Identity {
  kind: string
  value: string
}

/** What names a lead from outside. At least one; the first that is known, in this order, finds the lead. */
export interface LeadReference {
  id?: string | undefined
  externalId?: string | undefined
  email?: string | undefined
  anonymousId?: string | undefined
}

/** The identity as it is stored: addresses folded and trimmed, ids trimmed. Null when blank. */
export function toIdentity(kind: IdentityKind, value: string, testRunId: string | null = null): Identity | null {
  const text = kind === 'email' ? foldText(value).trim() : cleanText(value).trim()
  if (text === '') return null
  return { kind: testRunId === null ? kind : `${kind}@${testRunId}`, value: text }
}

/** The identities in a reference, strongest first. */
export function identitiesOf(reference: LeadReference, testRunId: string | null = null): Identity[] {
  const { externalId, email, anonymousId } = reference
  return [
    externalId === undefined ? null : toIdentity('external_id', externalId, testRunId),
    email === undefined ? null : toIdentity('email', email, testRunId),
    anonymousId === undefined ? null : toIdentity('anonymous_id', anonymousId, testRunId),
  ].filter((identity) => identity !== null)
}

/** One text per identity, for maps. Kinds hold no blank. */
export function identityKey({ kind, value }: Identity): string {
  return `${kind} ${value}`
}

/** Which lead each identity belongs to now, by `identityKey`; merged leads are followed to the one they became. */
export async function findIdentities(db: Queryable, identities: readonly Identity[]): Promise<Map<string, string>> {
  if (identities.length === 0) return new Map()
  const rows = await db.execute<{ kind: string; value: string; lead_id: string }>(sql`
    select i.kind, i.value, i.lead_id
      from ${jsonRows(identities, 'r', 'kind text, value text')}
      join lead_identities i on i.kind = r.kind and i.value = r.value`)
  const survivors = await followMerges(
    db,
    rows.map((row) => row.lead_id),
  )
  return new Map(rows.map((row) => [identityKey(row), survivors.get(row.lead_id) ?? row.lead_id]))
}

/** Lead id → the lead it became, for those that were merged into another (over any number of merges). */
export async function followMerges(db: Queryable, leadIds: readonly string[]): Promise<Map<string, string>> {
  if (leadIds.length === 0) return new Map()
  const rows = await db.execute<{ id: string; survivor: string }>(sql`
    with recursive chain as (
      select l.id, l.merged_into as survivor
        from ${jsonRows(
          [...new Set(leadIds)].map((id) => ({ id })),
          'r',
          'id uuid',
        )}
        join leads l on l.id = r.id and l.merged_into is not null
      union
      select chain.id, l.merged_into from chain join leads l on l.id = chain.survivor and l.merged_into is not null
    )
    select chain.id, chain.survivor from chain join leads l on l.id = chain.survivor and l.merged_into is null`)
  return new Map(rows.map((row) => [row.id, row.survivor]))
}

/**
 * Records identities for their leads; whoever had one first keeps it. Returns those that belong to another lead. In key
 * order, so that two writers cannot deadlock.
 */
export async function recordIdentities(
  tx: Queryable,
  wanted: readonly (Identity & { leadId: string })[],
): Promise<(Identity & { leadId: string; owner: string })[]> {
  if (wanted.length === 0) return []
  const source = jsonRows(
    wanted.map(({ kind, value, leadId }) => ({ kind, value, lead_id: leadId })),
    'r',
    'kind text, value text, lead_id uuid',
  )
  await tx.execute(sql`
    insert into lead_identities (kind, value, lead_id)
    select distinct on (kind, value) kind, value, lead_id from ${source} order by kind, value
    on conflict (kind, value) do nothing`)
  // A statement of its own: it sees what a concurrent writer committed while the insert waited for it.
  const rows = await tx.execute<{ kind: string; value: string; lead_id: string; owner: string }>(sql`
    select r.kind, r.value, r.lead_id, i.lead_id as owner
      from ${source} join lead_identities i on i.kind = r.kind and i.value = r.value and i.lead_id <> r.lead_id`)
  return rows.map((row) => ({ kind: row.kind, value: row.value, leadId: row.lead_id, owner: row.owner }))
}

/** A changed address becomes the lead's identity; one that is another lead's is refused, and the lead keeps its old one. */
export async function claimEmails(
  tx: Queryable,
  drafts: readonly LeadDraft[],
  locked: ReadonlyMap<string, LockedLead>,
): Promise<void> {
  const changed = drafts.filter((draft) => draft.keys.has('field:email') && draft.columns.email !== null)
  const taken = await recordIdentities(
    tx,
    changed.flatMap((draft) => {
      const identity = toIdentity('email', draft.columns.email ?? '', draft.columns.testRunId)
      return identity === null ? [] : [{ ...identity, leadId: draft.leadId }]
    }),
  )
  for (const { leadId, owner } of taken) {
    const draft = drafts.find((candidate) => candidate.leadId === leadId)
    const before = locked.get(leadId)?.row
    if (draft === undefined || before === undefined) continue
    draft.columns.email = before.email
    const { email: _, ...others } = draft.columns.folded
    draft.columns.folded = before.folded['email'] === undefined ? others : { ...others, email: before.folded['email'] }
    draft.keys.delete('field:email')
    draft.refused.push({ leadId, field: 'email', message: `This address is lead "${owner}"'s; merge the two leads.` })
  }
}
