/**
 * Which leads numbers are about, wherever people see them: real ones; test leads only while an installation has no others (a
 * demo). The one place that says so.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Queryable } from '../client.ts'

/**
 * True while test leads are what is counted: to be compared with an `is_test`. Worked out once per query; ends at the first
 * real lead, so it reads a whole table only where that is a demo's.
 */
export const areTestsShown: SQL<boolean> = sql<boolean>`(select not exists (select 1 from leads where not is_test))`

export async function readShownLeads(db: Queryable): Promise<'real' | 'test'> {
  const [row] = await db.execute<{ tests: boolean }>(sql`select ${areTestsShown} as tests`)
  return row?.tests === true ? 'test' : 'real'
}
