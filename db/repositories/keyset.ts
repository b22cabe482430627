/** Paging by key: a page continues after the last row it showed, whatever was inserted meanwhile. */
import { sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/** The last row shown: its instant and its id, which breaks ties. */
export interface Keyset {
  at: Date
  id: string
}

/** Rows after the cursor in a list of newest first; undefined for the first page. */
export function olderThan(at: PgColumn, id: PgColumn, cursor: Keyset | null): SQL | undefined {
  if (cursor === null) return undefined
  return sql`(${at}, ${id}) < (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`
}

/** Rows after the cursor in a list of soonest first. */
export function laterThan(at: PgColumn, id: PgColumn, cursor: Keyset | null): SQL | undefined {
  if (cursor === null) return undefined
  return sql`(${at}, ${id}) > (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`
}
