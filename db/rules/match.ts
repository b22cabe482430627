/** Numbers about rules, by the compiler that the sweeps use: how many match, exactly or by a sample, and who. */
import { sql, type SQL } from 'drizzle-orm'
import type { Rule } from '#engine/conditions/schema.ts'
import { stages, type Stage } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { segmentCondition, type SegmentOptions } from './segments.ts'

const everyone: Rule = { kind: 'always' }

/** How many rows `leads` has, as Postgres last knew: nothing is read for it. -1 before the first analyse. */
export async function roughLeadCount(db: Queryable): Promise<number> {
  const rows = await db.execute<{ rows: number }>(
    sql`select reltuples::float8 as rows from pg_class where oid = 'leads'::regclass`,
  )
  return rows[0]?.rows ?? -1
}

/** How many of the leads meet each rule, each counted by a statement of its own so that indexes can be used. */
export async function countRules(db: Queryable, rules: readonly Rule[], options: SegmentOptions): Promise<number[]> {
  const counts: number[] = []
  for (const rule of rules) {
    const rows = await db.execute<{ count: number }>(
      sql`select count(*)::int as count from leads where ${segmentCondition(rule, options)}`,
    )
    counts.push(rows[0]?.count ?? 0)
  }
  return counts
}

/** How many of those in `among` meet each rule, in one pass; with `share` below 1 among that share of the table's pages. */
export async function countAmong(
  db: Queryable,
  rules: readonly Rule[],
  options: SegmentOptions & { among?: Rule | undefined; share?: number },
): Promise<{ asked: number; met: number[] }> {
  const { among = everyone, share = 1 } = options
  const columns = rules.map((rule, index) => {
    const condition = segmentCondition(rule, options)
    return sql`count(*) filter (where ${condition})::int as ${sql.identifier(`c${String(index)}`)}`
  })
  const rows = await db.execute<Record<string, number>>(
    sql`select ${sql.join([sql`count(*)::int as asked`, ...columns], sql`, `)} from leads${tableSample(share)} where ${segmentCondition(among, options)}`,
  )
  const row = rows[0] ?? {}
  return { asked: row['asked'] ?? 0, met: rules.map((_, index) => row[`c${String(index)}`] ?? 0) }
}

/** How many of those who match are in each stage; stages with nobody are left out. */
export async function countByStage(
  db: Queryable,
  rule: Rule,
  options: SegmentOptions,
): Promise<{ stage: Stage; leads: number }[]> {
  const rows = await db.execute<{ stage: Stage; leads: number }>(
    sql`select leads.stage, count(*)::int as leads from leads where ${segmentCondition(rule, options)} group by leads.stage`,
  )
  return [...rows]
    .map(({ stage, leads }) => ({ stage, leads }))
    .sort((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage))
}

/** Ids of the newest leads that match. */
export async function newestMatching(
  db: Queryable,
  rule: Rule,
  options: SegmentOptions & { limit: number },
): Promise<string[]> {
  if (options.limit === 0) return []
  const rows = await db.execute<{ id: string }>(
    sql`select leads.id from leads where ${segmentCondition(rule, options)} order by leads.id desc limit ${options.limit}`,
  )
  return rows.map(({ id }) => id)
}

/** Where there are no real leads at all, as in a demo: the test run with the most leads. */
export async function findRunWithoutPeople(db: Queryable): Promise<string | undefined> {
  const real = await db.execute(
    sql`select 1 from leads where is_test = false and merged_into is null and erased_at is null limit 1`,
  )
  if (real.length > 0) return undefined
  const runs = await db.execute<{ run: string }>(
    sql`select test_run_id as run from leads where test_run_id is not null group by 1 order by count(*) desc, 1 limit 1`,
  )
  return runs[0]?.run
}

/** Whole pages of the table, always the same ones, so that a number does not change from look to look. */
function tableSample(share: number): SQL {
  return share >= 1 ? sql`` : sql` tablesample system (${Math.max(share * 100, 0.01)}) repeatable (1)`
}
