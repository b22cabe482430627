/**
 * Every table that holds something of a lead, once: what an export reads and an erasure's preview counts. A test derives
 * the tables from the schema and fails when one with a lead in it is missing here.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../client.ts'
import { uuidArray } from './json-rows.ts'

export interface LeadTable {
  table: string
  /** Which of its rows (`t`) are of these leads. */
  of: (ids: SQL) => SQL
  /** Columns in which rows are told apart, for a steady order. */
  order: string
  /** Columns that an export leaves out, and why. */
  leaves?: Record<string, string>
}

const byLead = (ids: SQL): SQL => sql`t.lead_id = any(${ids})`
const byMail = (ids: SQL): SQL => sql`t.lead_id = any(${ids}) or t.email in (
  select value from lead_identities i where i.lead_id = any(${ids}) and i.kind = 'email')`
const machinery = 'how a row is worked on; nothing of the person'
const folded = 'the same text once more, folded for comparison'

/** In the order of an export. */
export const leadTables: readonly LeadTable[] = [
  { table: 'leads', of: (ids) => sql`t.id = any(${ids})`, order: 'id', leaves: { folded, clock: machinery } },
  { table: 'lead_identities', of: byLead, order: 'kind, value' },
  { table: 'lead_tags', of: byLead, order: 'tag' },
  { table: 'lead_notes', of: byLead, order: 'id' },
  { table: 'stage_changes', of: byLead, order: 'id' },
  { table: 'lead_assets', of: byLead, order: 'lineage' },
  { table: 'consents', of: byLead, order: 'id' },
  { table: 'suppressions', of: byLead, order: 'channel' },
  { table: 'events', of: byLead, order: 'id', leaves: { folded } },
  { table: 'event_totals', of: byLead, order: 'type' },
  { table: 'survey_answers', of: byLead, order: 'survey, question', leaves: { folded } },
  { table: 'survey_responses', of: byLead, order: 'id' },
  { table: 'form_submissions', of: byMail, order: 'id' },
  { table: 'enrollments', of: byLead, order: 'id', leaves: { depends_on: machinery } },
  { table: 'step_log', of: byLead, order: 'id' },
  { table: 'deliveries', of: byLead, order: 'id', leaves: { claimed_by: machinery, claimed_at: machinery } },
  { table: 'mailbox', of: byLead, order: 'id' },
  { table: 'delivery_feedback', of: byLead, order: 'id' },
  { table: 'print_cards', of: byLead, order: 'id' },
  { table: 'inbound_mail', of: byLead, order: 'id' },
  { table: 'short_links', of: byLead, order: 'code', leaves: { code: 'opens a personal link for whoever has it' } },
  { table: 'link_clicks', of: byLead, order: 'id' },
  { table: 'tasks', of: byLead, order: 'id' },
  {
    table: 'task_log',
    of: (ids) => sql`t.task_id in (select id from tasks where lead_id = any(${ids}))`,
    order: 'id',
  },
  { table: 'notifications', of: byLead, order: 'id' },
  { table: 'effects', of: byLead, order: 'id', leaves: { queue: machinery, checked_at: machinery } },
  { table: 'webhook_calls', of: byLead, order: 'id' },
  { table: 'trigger_members', of: byLead, order: 'trigger_key' },
  { table: 'lead_inputs', of: byLead, order: 'id' },
  { table: 'lead_pokes', of: byLead, order: 'lead_id' },
  {
    table: 'audit_log',
    of: (ids) => sql`(t.subject_kind = 'lead' and t.subject_id = any(${ids}::text[]))
      or (t.subject_kind = 'enrollment' and t.subject_id in (select id::text from enrollments where lead_id = any(${ids})))
      or (t.subject_kind = 'task' and t.subject_id in (select id::text from tasks where lead_id = any(${ids})))`,
    order: 'id',
  },
]

/** How many rows each table holds of these leads; tables without any are left out. */
export async function countLeadRows(tx: Transaction, leadIds: readonly string[]): Promise<Record<string, number>> {
  const ids = uuidArray(leadIds)
  const counts: Record<string, number> = {}
  for (const { table, of } of leadTables) {
    const [row] = await tx.execute<{ count: number }>(
      sql`select count(*)::int as count from ${sql.identifier(table)} t where ${of(ids)}`,
    )
    if (row !== undefined && row.count > 0) counts[table] = row.count
  }
  return counts
}

/** Rows per fetch. */
const fetchSize = 500

/**
 * The rows of one table as objects of its columns, some hundred at a time, through a cursor of the caller's transaction:
 * memory does not grow with a lead's history. The transaction should be repeatable read, so that all tables tell of one instant.
 */
export async function* readLeadRows(
  tx: Transaction,
  { table, of, order, leaves = {} }: LeadTable,
  leadIds: readonly string[],
): AsyncGenerator<Record<string, unknown>[]> {
  const name = sql.identifier(`export_${table}`)
  const without = sql.join(
    Object.keys(leaves).map((column) => sql` - ${sql.raw(`'${column}'`)}`),
    sql``,
  )
  // A cursor takes no parameters: the ids are UUIDs read from the database.
  const ids = sql.raw(`'{${leadIds.join(',')}}'::uuid[]`)
  await tx.execute(
    sql`declare ${name} no scroll cursor for
        select to_jsonb(t)${without} as row from ${sql.identifier(table)} t where ${of(ids)} order by ${sql.raw(order)}`,
  )
  for (;;) {
    const rows = await tx.execute<{ row: Record<string, unknown> }>(
      sql`fetch ${sql.raw(String(fetchSize))} from ${name}`,
    )
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < fetchSize) break
  }
  await tx.execute(sql`close ${name}`)
}
