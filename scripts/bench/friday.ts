/**
 * The Friday query: which leads match a segment, over many leads with ten events each, unevenly spread. The SQL our rules
 * compile to against the best we could write by hand over the same tables and indexes; and how long counting takes.
 * Writes both plans into docs/benchmarks.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { PgDialect } from 'drizzle-orm/pg-core'
import { sql as drizzleSql } from 'drizzle-orm'
import postgres from 'postgres'
import type { Rule } from '#engine/conditions/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { compileRule } from '#db/rules/compile.ts'
import type { Benchmark } from './benchmark.ts'
import { startBenchPostgres } from './servers.ts'
import { median, rounded, spread } from './statistics.ts'

const mostRatio = 1.1
const mostCountMs = 1000
const eventsPerLead = 10
const now = new Date('2026-11-20T09:00:00Z')
const since = new Date(now.getTime() - 30 * 86_400_000)

/** Open leads who downloaded something this month, were invited fewer than eight times, and are no partners. */
const segment: Rule = {
  kind: 'all',
  rules: [
    { kind: 'compare', field: 'stage', op: 'in', value: ['new', 'engaged'] },
    { kind: 'count', event: 'downloaded', within: 'P30D', op: 'gte', n: 1 },
    { kind: 'count', event: 'invited', op: 'lt', n: 8 },
    { kind: 'not', rule: { kind: 'has_tag', tag: 'partner' } },
  ],
}

/**
 * By hand, with what the author knows and a compiler does not: the newest download lies within the month exactly when the
 * counter says so, for no event is dated later than now.
 */
const byHand = `
  select l.id
    from event_totals d
    join leads l on l.id = d.lead_id
   where d.type = 'downloaded' and d.last_at > '${since.toISOString()}'
     and l.stage in ('new', 'engaged') and not l.is_test and l.erased_at is null and l.merged_into is null
     and not exists (select from event_totals i where i.lead_id = l.id and i.type = 'invited' and i.count >= 8)
     and not exists (select from lead_tags g where g.lead_id = l.id and g.tag = 'partner')
   order by l.id`

export const fridayQuery: Benchmark = {
  name: 'friday',
  async run({ rounds = 5, leads = 1_000_000 }) {
    // Only reads are measured: the world is built without durability.
    const server = await startBenchPostgres({ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' })
    const sql = postgres(await server.createDatabase('trellis_friday'), { max: 1, onnotice: () => {} })
    try {
      await build(sql, leads)
      const rule = compileRule(segment, { library: emptyLibrary(), now, zone: 'UTC' })
      const living = drizzleSql`not leads.is_test and leads.erased_at is null and leads.merged_into is null`
      const compiled = new PgDialect().sqlToQuery(
        drizzleSql`select leads.id from leads where ${living} and (${rule}) order by leads.id`,
      )
      const ours = () => sql.unsafe<{ id: string }[]>(compiled.sql, compiled.params as never[])
      const theirs = () => sql.unsafe<{ id: string }[]>(byHand)
      const count = () =>
        sql.unsafe<{ count: string }[]>(
          `select count(*) from (${compiled.sql}) as matching`,
          compiled.params as never[],
        )
      const [found, expected] = [await ours(), await theirs()]
      if (found.length === 0 || found.length !== expected.length)
        throw new Error(`Ours finds ${String(found.length)} leads, the hand-written query ${String(expected.length)}.`)
      const times = { ours: [] as number[], theirs: [] as number[], count: [] as number[] }
      for (let round = 0; round < rounds; round += 1) {
        times.ours.push(await timed(ours))
        times.theirs.push(await timed(theirs))
        times.count.push(await timed(count))
      }
      await writePlans(sql, compiled, leads)
      const ratios = times.ours.map((ms, round) => ms / (times.theirs[round] ?? Number.NaN))
      const ratio = rounded(median(ratios))
      const countMs = Math.round(median(times.count))
      const world = `${String(leads)} leads, ${String(leads * eventsPerLead)} events, ${String(found.length)} match`
      return [
        {
          name: 'friday.segment',
          value: ratio,
          unit: 'x',
          target: `<= ${String(mostRatio)}`,
          comparedTo: `the best hand-written SQL; ${median(times.ours).toFixed(0)} against ${median(times.theirs).toFixed(0)} ms, ${world}, ${String(rounds)} rounds, spread ${spread(ratios)}`,
          met: ratio <= mostRatio,
        },
        {
          name: 'friday.count',
          value: countMs,
          unit: 'ms',
          target: `< ${String(mostCountMs)}`,
          comparedTo: `${world}, spread ${spread(times.count, 0)} ms`,
          met: countMs < mostCountMs,
        },
      ]
    } finally {
      await sql.end({ timeout: 1 })
      await server.stop()
    }
  },
}

async function timed(query: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await query()
  return performance.now() - startedAt
}

/** Few leads do most: the lead of an event is drawn by a cube, so that a tenth of the leads has nearly half the events. */
async function build(sql: postgres.Sql, leads: number): Promise<void> {
  // The triggers of foreign keys would check ten million rows that are right by construction.
  await sql`set session_replication_role = replica`
  await sql`set maintenance_work_mem = '512MB'`
  await sql`select setseed(0.42)`
  await sql`
    insert into leads (id, email, first_name, stage, attention, source, folded, created_at)
    select lpad(to_hex(n), 32, '0')::uuid, 'lead' || n || '@example.test', 'Ada',
           (array['new', 'new', 'new', 'engaged', 'qualified', 'customer', 'lost', 'inactive'])[1 + n % 8]::stage,
           'cool', 'import', '{"first_name": "ada"}', ${now}::timestamptz - (n % 700) * interval '1 day'
      from generate_series(1, ${leads}::int) n`
  await sql`
    insert into lead_tags (lead_id, tag, added_by)
    select lpad(to_hex(n), 32, '0')::uuid, case when n % 20 = 0 then 'partner' else 'list ' || n % 7 end, 'bench'
      from generate_series(1, ${leads}::int) n where n % 4 = 0`
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'events' and indexname <> 'events_pkey'`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  await sql`
    insert into events (lead_id, type, occurred_at)
    select lpad(to_hex(1 + floor(power(random(), 3) * ${leads})::int), 32, '0')::uuid,
           (array['page_viewed', 'page_viewed', 'page_viewed', 'page_viewed', 'opened', 'opened', 'clicked', 'invited',
                  'downloaded', 'replied'])[1 + floor(power(random(), 1.5) * 10)::int],
           ${now}::timestamptz - power(random(), 2) * interval '720 days'
      from generate_series(1, ${leads * eventsPerLead}::int)`
  for (const { definition } of indexes) await sql.unsafe(definition)
  await sql`
    insert into event_totals (lead_id, type, count, first_at, last_at)
    select lead_id, type, count(*), min(occurred_at), max(occurred_at) from events group by 1, 2`
  for (const table of ['leads', 'lead_tags', 'events', 'event_totals']) await sql.unsafe(`vacuum analyze ${table}`)
}

const startMark = '<!-- friday plan: written by npm run bench -->'
const endMark = '<!-- end of friday plan -->'

/** Puts the query and both plans between two marks of docs/benchmarks.md; does nothing when they are not there. */
async function writePlans(
  sql: postgres.Sql,
  compiled: { sql: string; params: unknown[] },
  leads: number,
): Promise<void> {
  const file = new URL('../../docs/benchmarks.md', import.meta.url)
  const text = readFileSync(file, 'utf8')
  const [start, end] = [text.indexOf(startMark), text.indexOf(endMark)]
  if (start < 0 || end < 0) return
  const explain = async (query: string, params: unknown[]): Promise<string> => {
    const rows = await sql.unsafe<{ 'QUERY PLAN': string }[]>(
      `explain (analyze, costs off, timing off, buffers off) ${query}`,
      params as never[],
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const parts = [
    startMark,
    `Over ${leads.toLocaleString('en')} leads. What our rule compiles to:`,
    '```sql\n' + compiled.sql.trim() + '\n```',
    'Its plan:',
    '```text\n' + (await explain(compiled.sql, compiled.params)) + '\n```',
    'By hand:',
    '```sql\n' + byHand.trim() + '\n```',
    '```text\n' + (await explain(byHand, [])) + '\n```',
  ]
  writeFileSync(file, `${text.slice(0, start)}${parts.join('\n\n')}\n\n${text.slice(end)}`)
}
