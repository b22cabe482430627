/**
 * Plants a row about a lead in every table of the schema that can hold one, with a marker in every free text: what an
 * export must show, and an erasure must leave nothing of. Derived from the schema, so that a new table or column is
 * planted, too, without anybody thinking of it.
 */
import { is, sql } from 'drizzle-orm'
import { getTableConfig, PgTable, type PgColumn } from 'drizzle-orm/pg-core'
import type { Database } from '#db/client.ts'
import * as schema from '#db/schema/index.ts'

/** Begins every marker: `mk~events~properties`. Not the look of any of our codes. */
export const markerPrefix = 'mk~'

export function markerOf(table: string, column: string): string {
  return `${markerPrefix}${table}~${column}`
}

export interface TableOfSchema {
  name: string
  columns: PgColumn[]
}

/** All tables of the schema. */
export function allTables(): TableOfSchema[] {
  return Object.values(schema).flatMap((table) => {
    if (!is(table, PgTable)) return []
    const { name, columns } = getTableConfig(table)
    return [{ name, columns }]
  })
}

/** Tables whose rows belong to a lead: by a column for it, or by a task, an enrollment or a delivery of it. */
export function tablesOfLeads(): TableOfSchema[] {
  const owners = new Set(['lead_id', 'task_id', 'enrollment_id', 'delivery_id'])
  return allTables().filter(({ columns }) => columns.some((column) => owners.has(column.name)))
}

/** Columns with words in them that are not a list of our own codes. */
export function wordColumns({ columns }: TableOfSchema): PgColumn[] {
  return columns.filter((column) => /^(text|jsonb)/.test(column.getSQLType()) && (column.enumValues ?? []).length === 0)
}

/** Ids that rows must share, and texts that must be what they are for a row to make sense. */
export type Given = Record<string, unknown>

/**
 * One row per table, in an order in which they can refer to one another.
 * @param given by column (`lead_id`) or by table and column (`effects.status`); a column given is not marked
 */
export async function plantRows(db: Database, tables: readonly TableOfSchema[], given: Given): Promise<void> {
  for (const { name, columns } of tables) {
    const values = columns.flatMap((column) => {
      const value = valueFor(name, column, given)
      return value === undefined ? [] : [{ column: column.name, value }]
    })
    await db.execute(sql`
      insert into ${sql.identifier(name)} (${sql.join(
        values.map(({ column }) => sql.identifier(column)),
        sql`, `,
      )})
      select ${sql.join(
        values.map(({ column }) => sql`r.${sql.identifier(column)}`),
        sql`, `,
      )}
        from jsonb_populate_record(null::${sql.identifier(name)}, ${JSON.stringify(
          Object.fromEntries(values.map(({ column, value }) => [column, value])),
        )}::text::jsonb) as r`)
  }
}

/** Undefined = leave it to the default. */
function valueFor(table: string, column: PgColumn, given: Given): unknown {
  const exact = given[`${table}.${column.name}`]
  if (exact !== undefined) return exact
  const shared = given[column.name]
  if (shared !== undefined) return shared
  const type = column.getSQLType()
  if (column.enumValues !== undefined && column.enumValues.length > 0) return column.enumValues[0]
  if (type === 'text[]') return [markerOf(table, column.name)]
  if (type === 'text') return markerOf(table, column.name)
  if (type === 'jsonb') return { note: markerOf(table, column.name) }
  if (type.startsWith('bigserial') || type === 'serial') return undefined
  if (type === 'uuid') return column.notNull ? crypto.randomUUID() : undefined
  if (type.startsWith('timestamp')) return column.notNull ? new Date().toISOString() : undefined
  if (type === 'boolean') return undefined
  if (/int|double|real|numeric/.test(type)) return column.hasDefault ? undefined : 1
  return undefined
}

/** Every row of every table as text, with where it is. */
export async function dumpDatabase(db: Database): Promise<{ table: string; text: string }[]> {
  const rows: { table: string; text: string }[] = []
  for (const { name } of allTables()) {
    const found = await db.execute<{ text: string }>(
      sql`select to_jsonb(t)::text as text from ${sql.identifier(name)} t`,
    )
    rows.push(...found.map(({ text }) => ({ table: name, text })))
  }
  return rows
}

/**
 * Text columns with codes of ours or names of colleagues in them, never a person's words: an erasure keeps them. Every
 * other one is planted with a marker; a new column must be erased, or come here with thought.
 */
export const ourWords: ReadonlySet<string> = new Set(
  `leads.owner_id leads.clock
   events.type event_totals.type lead_assets.lineage
   enrollments.step_id enrollments.trigger_id enrollments.depends_on
   step_log.step_id step_log.step_type step_log.port
   deliveries.step_id deliveries.asset_lineage deliveries.counts_as deliveries.over_cap deliveries.claimed_by
   effects.step_id effects.type effects.queue effects.port
   tasks.step_id tasks.queue tasks.assignee tasks.outcome tasks.outcomes tasks.closed_by tasks.claimed_by
   tasks.unassigned_reason tasks.close_on
   task_log.action task_log.actor
   consents.actor consents.wording_version
   stage_changes.from_value stage_changes.to_value stage_changes.actor
   notifications.key notifications.person notifications.path
   delivery_feedback.code print_cards.reason
   short_links.code short_links.purpose short_links.subject link_clicks.reason
   webhook_calls.type webhook_calls.source webhook_calls.source_id
   survey_responses.survey survey_responses.question
   form_submissions.form form_submissions.decided_by`.split(/\s+/),
)
