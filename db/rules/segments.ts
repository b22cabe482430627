/** Who matches a rule, set-based: pages of leads, and how many. */
import { sql, type SQL } from 'drizzle-orm'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Queryable } from '../client.ts'
import { compileRule, type CompileOptions } from './compile.ts'

export interface SegmentOptions extends CompileOptions {
  /** Looks at the leads of this test run instead of the real ones. */
  testRunId?: string
}

/**
 * The rule together with who can be meant at all: real leads (or those of one test run), neither merged into another
 * nor erased. For `… FROM leads WHERE <this>`, for example `insert into … select … from leads where <this>`.
 */
export function segmentCondition(rule: Rule, options: SegmentOptions): SQL {
  const isTestRun = options.testRunId !== undefined
  const whose = isTestRun ? sql`leads.test_run_id = ${options.testRunId}::uuid` : sql`leads.is_test = false`
  // A test run's clock may have passed `now` by the time it is asked.
  const compiled = compileRule(rule, isTestRun ? { laterEvents: true, ...options } : options)
  return sql`${whose} and leads.merged_into is null and leads.erased_at is null and ${compiled}`
}

/** A page of matching leads' ids, in id order. `after` is the last id of the page before; an empty page is the end. */
export async function segmentLeads(
  db: Queryable,
  rule: Rule,
  options: SegmentOptions & { after?: string; limit: number },
): Promise<string[]> {
  const page = options.after === undefined ? sql`` : sql` and leads.id > ${options.after}::uuid`
  const rows = await db.execute<{ id: string }>(
    sql`select leads.id from leads where ${segmentCondition(rule, options)}${page} order by leads.id limit ${options.limit}`,
  )
  return rows.map(({ id }) => id)
}

/** How many leads match. */
export async function countSegment(db: Queryable, rule: Rule, options: SegmentOptions): Promise<number> {
  const rows = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from leads where ${segmentCondition(rule, options)}`,
  )
  return rows[0]?.count ?? 0
}
