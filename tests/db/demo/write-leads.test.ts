import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createTestRun } from '#db/repositories/test-runs.ts'
import { generateYear } from '#server/demo/generate.ts'
import { writeDemoLeads } from '#server/demo/write-leads.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 4 })
})
afterAll(async () => {
  await handle.close()
  await database.drop()
})

test('the demo year comes in whole as test leads of one run, once, and starts nothing', async () => {
  const virtualStart = Date.parse('2026-11-27T08:10:00Z')
  const run = await createTestRun(handle.db, { name: 'demo', virtualStart, speed: 3600 })
  const year = generateYear({ seed: 2026, endsAt: virtualStart, leads: 1200, customers: 120, active: 240 })
  await writeDemoLeads(handle.db, year, run)
  await writeDemoLeads(handle.db, year, run)
  const [row] = await handle.sql`
    select count(*)::int as leads,
           count(*) filter (where is_test and test_run_id = ${run.id} and source = 'demo' and clock is not null)::int as marked,
           (select count(*)::int from lead_tags where tag = 'demo') as tagged,
           (select count(*)::int from events) as events,
           (select sum(count)::int from event_totals) as totals,
           (select count(*)::int from events where occurred_at > ${new Date(virtualStart).toISOString()}) as later,
           (select count(*)::int from consents) as consents,
           (select count(*)::int from lead_inputs) as inputs
      from leads`
  const events = year.reduce((sum, lead) => sum + lead.events.length, 0)
  const consents = year.filter((lead) => lead.consentAt !== null).length
  expect(row).toEqual({
    leads: 1200,
    marked: 1200,
    tagged: 1200,
    events,
    totals: events,
    later: 0,
    consents,
    inputs: 0,
  })
})
