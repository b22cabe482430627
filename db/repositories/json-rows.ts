/** Rows handed to Postgres as one parameter, so that a statement over thousands of rows stays one statement. */
import { sql, type SQL } from 'drizzle-orm'
import { cleanText } from '#engine/text.ts'

/**
 * `jsonb_to_recordset($1) as <alias>(<columns>)`. The columns are SQL written by us, never input. Texts are cleaned of
 * what Postgres cannot store.
 *
 * @example jsonRows([{ id }], 'r', 'id uuid')
 */
export function jsonRows(rows: readonly object[], alias: string, columns: string): SQL {
  return sql`jsonb_to_recordset(${JSON.stringify(rows, (_, value: unknown) => (typeof value === 'string' ? cleanText(value) : value))}::text::jsonb) as ${sql.raw(`${alias}(${columns})`)}`
}

/** `($1)::uuid[]` from a list of ids: one parameter however many ids. */
export function uuidArray(ids: readonly string[]): SQL {
  return sql`${`{${ids.join(',')}}`}::text::uuid[]`
}

/** `($1)::text[]` from texts. */
export function textArray(texts: readonly string[]): SQL {
  return sql`array(select jsonb_array_elements_text(${JSON.stringify(texts)}::text::jsonb))`
}
