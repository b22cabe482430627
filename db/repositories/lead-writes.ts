/** The statements that write drafted leads, one per table however many leads. Callers hold the leads' locks. */
import { sql } from 'drizzle-orm'
import type { Dependency } from '#engine/conditions/evaluation.ts'
import { basisLasts } from '#engine/compliance/consent-rules.ts'
import { coreFields } from '#engine/fields.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { zoneOr } from '#engine/schedule/zone.ts'
import type { Attention, Stage } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { jsonRows } from './json-rows.ts'
import type { LeadDraft } from './lead-draft.ts'

const writable = coreFields.filter((field) => field.key !== 'created_at' && field.key !== 'last_activity_at')
const writableTypes: Record<string, string> = { stage: 'stage', attention: 'attention', score: 'float8' }
const columnType = (key: string, type: string): string =>
  writableTypes[key] ?? (type === 'boolean' ? 'boolean' : 'text')
const rowColumns = [
  'id uuid',
  ...writable.map(({ core, key, type }) => `${core.column} ${columnType(key, type)}`),
  'fields jsonb',
  'folded jsonb',
].join(', ')
const assignments = [...writable.map(({ core }) => core.column), 'fields', 'folded']
  .map((column) => `${column} = r.${column}`)
  .join(', ')

/** Whole rows are written: they were read under the lock, so nothing of anybody else is overwritten. */
export async function writeLeads(tx: Queryable, drafts: readonly LeadDraft[]): Promise<void> {
  const rows = drafts.filter((draft) => draft.isDirty).map(toRow)
  if (rows.length === 0) return
  await tx.execute(sql`
    update leads set ${sql.raw(assignments)}, updated_at = now()
      from ${jsonRows(rows, 'r', rowColumns)}
     where leads.id = r.id`)
}

/** Inserts leads whole, in id order. */
export async function insertLeads(tx: Queryable, drafts: readonly LeadDraft[]): Promise<void> {
  if (drafts.length === 0) return
  const rows = drafts.map((draft) => ({
    ...toRow(draft),
    is_test: draft.columns.isTest,
    test_run_id: draft.columns.testRunId,
    clock: draft.columns.clock,
    last_activity_at: draft.columns.lastActivityAt,
    created_at: draft.columns.createdAt,
  }))
  const columns = Object.keys(rows[0] ?? {}).join(', ')
  const types = `${rowColumns}, is_test boolean, test_run_id uuid, clock jsonb, last_activity_at timestamptz, created_at timestamptz`
  await tx.execute(sql`
    insert into leads (${sql.raw(columns)}) select ${sql.raw(columns)} from ${jsonRows(rows, 'r', types)} order by id`)
}

function toRow({ leadId, columns }: LeadDraft): Record<string, unknown> {
  const values = columns as unknown as Record<string, unknown>
  return {
    id: leadId,
    ...Object.fromEntries(writable.map(({ core }) => [core.column, values[core.property]])),
    fields: columns.fields,
    folded: columns.folded,
  }
}

/** Appends stage and attention history and adds what happened to the drafts. */
export async function writeHistory(tx: Queryable, drafts: readonly LeadDraft[], actor: string): Promise<void> {
  const rows = drafts.flatMap((draft) =>
    draft.history.map((entry) => ({ draft, ...entry, lead_id: draft.leadId, at: new Date(draft.at) })),
  )
  if (rows.length === 0) return
  const written = await tx.execute<{ id: string; ord: number }>(sql`
    with source as materialized (
      select nextval('stage_changes_id_seq') as id, r.*
        from ${jsonRows(
          rows.map(({ lead_id, kind, from, to, reason, at }, ord) => ({ ord, lead_id, kind, from, to, reason, at })),
          'r',
          'ord int, lead_id uuid, kind text, "from" text, "to" text, reason text, at timestamptz',
        )}
    ), written as (
      insert into stage_changes (id, lead_id, kind, from_value, to_value, reason, actor, at)
      select id, lead_id, kind, "from", "to", reason, ${actor}, at from source order by ord
    )
    select id, ord from source order by ord`)
  for (const { id, ord } of written) {
    const row = rows[ord]
    if (row === undefined) continue
    const common = { key: id, at: row.draft.at }
    row.draft.happenings.push(
      row.kind === 'stage'
        ? { ...common, kind: 'stage_changed', from: row.from as Stage, to: row.to as Stage }
        : { ...common, kind: 'attention_changed', to: row.to as Attention },
    )
  }
}

/** Writes tags; only those that really came or went are changes. */
export async function writeTags(tx: Queryable, drafts: readonly LeadDraft[], actor: string): Promise<void> {
  const wanted = drafts.flatMap((draft) =>
    [...draft.tags].map(([tag, action]) => ({ lead_id: draft.leadId, tag, action, at: new Date(draft.at) })),
  )
  if (wanted.length === 0) return
  const source = jsonRows(wanted, 'r', 'lead_id uuid, tag text, action text, at timestamptz')
  const touched = await tx.execute<{ lead_id: string; tag: string; action: 'add' | 'remove' }>(sql`
    with source as materialized (select * from ${source}),
    added as (
      insert into lead_tags (lead_id, tag, added_at, added_by)
      select lead_id, tag, at, ${actor} from source where action = 'add'
      on conflict (lead_id, tag) do nothing
      returning lead_id, tag
    ), removed as (
      delete from lead_tags t using source
       where source.action = 'remove' and t.lead_id = source.lead_id and t.tag = source.tag
      returning t.lead_id, t.tag
    )
    select lead_id, tag, 'add' as action from added union all select lead_id, tag, 'remove' from removed`)
  const byId = new Map(drafts.map((draft) => [draft.leadId, draft]))
  for (const { lead_id: leadId, tag, action } of touched) {
    const draft = byId.get(leadId)
    draft?.keys.add(`tag:${tag}` satisfies Dependency)
    if (action === 'add') {
      draft?.happenings.push({ kind: 'tag_added', tag, key: new Date(draft.at).toISOString(), at: draft.at })
    }
  }
}

/** Appends to the consent ledger. */
export async function writeConsents(tx: Queryable, drafts: readonly LeadDraft[], actor: string): Promise<void> {
  const rows = drafts.flatMap((draft) =>
    draft.consents.map((consent) => {
      const { purpose, channel, state, basis = 'consent' } = consent
      const lasts = state === 'granted' ? basisLasts[basis] : null
      const implied = lasts === null ? null : addDuration(draft.at, lasts, zoneOr(draft.columns.zone, 'UTC'))
      const expiresAt = consent.expiresAt === undefined ? implied : consent.expiresAt
      return {
        lead_id: draft.leadId,
        purpose,
        channel,
        state,
        basis,
        wording: consent.wording,
        wording_version: consent.wordingVersion ?? '',
        source: consent.source ?? actor,
        mechanism: consent.mechanism ?? '',
        expires_at: expiresAt === null ? null : new Date(expiresAt),
        at: new Date(draft.at),
      }
    }),
  )
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into consents (lead_id, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, actor)
    select lead_id, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, ${actor}
      from ${jsonRows(
        rows,
        'r',
        `lead_id uuid, purpose purpose, channel contact_channel, state text, basis text, wording text, wording_version text,
         source text, mechanism text, expires_at timestamptz, at timestamptz`,
      )}`)
}
