/**
 * The Friday query (PLAYBOOK A7: one download, fewer than 8 invitations) on enough leads that a bad plan shows. The plans
 * asserted here are the ones docs/rules.md promises for a million leads.
 */
import { sql, type SQL } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { compileRule } from '#db/rules/compile.ts'
import { countSegment, segmentCondition, segmentLeads } from '#db/rules/segments.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const friday: Rule = {
  kind: 'all',
  rules: [
    { kind: 'count', event: 'downloaded', op: 'eq', n: 1 },
    { kind: 'count', event: 'invited', op: 'lt', n: 8 },
  ],
}
const now = new Date('2026-06-19T09:00:00Z')
const options = { library: emptyLibrary(), now, zone: 'UTC' }
const testRunId = newId()
const leadCount = 20_000

let database: TestDatabase
let handle: DatabaseHandle

beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
  // One lead in 20 downloaded once, some more often, half were invited 0–11 times; one in 100 each is a test lead,
  // merged, or erased.
  await handle.db.execute(sql`
    insert into leads (id, email, is_test, test_run_id, merged_into, erased_at)
    select gen_random_uuid(), 'lead-' || n || '@trellis.example', n % 100 = 1,
      case when n % 100 = 1 then ${testRunId}::uuid end,
      case when n % 100 = 2 then gen_random_uuid() end,
      case when n % 100 = 3 then now() end
    from generate_series(1, ${leadCount}::int) n`)
  await handle.db.execute(sql`
    insert into events (lead_id, type, occurred_at)
    select l.id, kind.type, ${now.toISOString()}::timestamptz - interval '1 hour' * i
    from (select id, ('x' || substr(md5(email), 1, 6))::bit(24)::int as h from leads) l
    cross join lateral (values ('downloaded', case when h % 10 = 0 then 1 + h / 10 % 2 else 0 end),
      ('invited', case when h / 20 % 2 = 0 then h / 40 % 12 else 0 end), ('message_sent', 1 + h % 5)) kind(type, n)
    cross join lateral generate_series(1, kind.n) i`)
  await handle.db.execute(sql`
    insert into event_totals (lead_id, type, count, first_at, last_at)
    select lead_id, type, count(*), min(occurred_at), max(occurred_at) from events group by lead_id, type`)
  await handle.db.execute(sql`vacuum analyze`)
})

afterAll(async () => {
  await handle.close()
  await database.drop()
})

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Relation Name'?: string
  'Join Type'?: string
  'Subplan Name'?: string
  Plans?: PlanNode[]
}

async function explain(query: SQL): Promise<PlanNode[]> {
  const rows = await handle.db.execute<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(sql`explain (format json) ${query}`)
  const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]
  return (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => flatten(Plan))
}

async function ids(query: SQL): Promise<string[]> {
  const rows = await handle.db.execute<{ id: string }>(query)
  return rows.map(({ id }) => id).sort()
}

describe('the Friday query', () => {
  test('finds the same leads as SQL written by hand', async () => {
    const byHand = await ids(sql`
      select l.id from leads l
      left join (select lead_id, count(*) n from events where type = 'downloaded' group by 1) d on d.lead_id = l.id
      left join (select lead_id, count(*) n from events where type = 'invited' group by 1) i on i.lead_id = l.id
      where d.n = 1 and coalesce(i.n, 0) < 8 and not l.is_test and l.merged_into is null and l.erased_at is null`)
    expect(byHand.length).toBeGreaterThan(500)
    expect(await ids(sql`select leads.id from leads where ${segmentCondition(friday, options)}`)).toEqual(byHand)
    expect(await countSegment(handle.db, friday, options)).toBe(byHand.length)
  })

  test('joins the counters by their index, reads no event and runs no subquery per lead', async () => {
    const plan = await explain(sql`select count(*) from leads where ${segmentCondition(friday, options)}`)
    const indexes = plan.map((node) => node['Index Name']).filter((name) => name !== undefined)
    expect(indexes).toContain('event_totals_type')
    expect(plan.some((node) => node['Join Type']?.endsWith('Anti'))).toBe(true)
    expect(plan.filter((node) => node['Subplan Name'] !== undefined)).toEqual([])
    expect(plan.filter((node) => node['Relation Name'] === 'events')).toEqual([])
  })

  test('with a window reads the events of those leads only that have enough of them', async () => {
    const rule: Rule = { kind: 'count', event: 'downloaded', op: 'gte', n: 2, within: 'P3D' }
    const plan = await explain(sql`select leads.id from leads where ${compileRule(rule, options)}`)
    const onEvents = plan.filter((node) => node['Relation Name'] === 'events')
    expect(onEvents.map((node) => node['Index Name'])).toEqual(['events_lead_type'])
    expect(plan.map((node) => node['Index Name'])).toContain('event_totals_type')
  })
})

describe('segmentLeads()', () => {
  test('pages through each matching lead once, in id order, without test, merged or erased leads', async () => {
    const all = await ids(sql`select leads.id from leads where ${segmentCondition(friday, options)}`)
    const paged: string[] = []
    for (;;) {
      const after = paged.at(-1)
      const page = await segmentLeads(handle.db, friday, {
        ...options,
        limit: 150,
        ...(after === undefined ? {} : { after }),
      })
      if (page.length === 0) break
      expect(page.length).toBeLessThanOrEqual(150)
      paged.push(...page)
    }
    expect(paged).toEqual(all)
  })

  test('looks at the leads of one test run when asked to, at the instant asked for', async () => {
    const everyone: Rule = { kind: 'always' }
    expect(await countSegment(handle.db, everyone, { ...options, testRunId })).toBe(leadCount / 100)
    expect(await countSegment(handle.db, everyone, { ...options, testRunId: newId() })).toBe(0)
    // Everything happened within 12 hours; before that a test run's leads had done nothing yet.
    const earlier = new Date(now.getTime() - 13 * 3_600_000)
    const sent: Rule = { kind: 'count', event: 'message_sent', op: 'gte', n: 1 }
    expect(await countSegment(handle.db, sent, { ...options, testRunId })).toBe(leadCount / 100)
    expect(await countSegment(handle.db, sent, { ...options, now: earlier, testRunId })).toBe(0)
  })
})
