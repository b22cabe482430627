import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { requestControl } from '#activities/controls/request-control.ts'
import { aLiveJourney, countingDatabaseOf, countRows, someLeads, useDatabase } from './entry/entry-database.ts'

const db = useDatabase()

test('pausing 2,000 enrollments is a handful of statements, and its pokes are of the lowest urgency but one', async () => {
  const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
  const leadIds = await someLeads(
    db(),
    Array.from({ length: 2000 }, () => ({})),
  )
  await db().execute(sql`
    insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, state, trigger_id, entry_key, entered_at)
    select gen_random_uuid(), id, ${journeyId}, 1, 'active', 'wait', now(), '{}', 'manual', 'x', now() from leads`)
  const rows = await db().execute<{ id: string }>(sql`select id from enrollments order by id`)
  let statements = 0
  const counting = countingDatabaseOf(db(), () => {
    statements += 1
  })
  const pokes: { count: number; priority: number | undefined }[] = []
  const poker = {
    poke: (ids: readonly string[], options: { priority?: number } = {}) => {
      pokes.push({ count: ids.length, priority: options.priority })
      return Promise.resolve({ failed: 0 })
    },
  }
  const enrollmentIds = rows.map((row) => row.id)
  const request = { action: 'pause' as const, enrollmentIds, reason: 'A break', actor: 'ann' }
  expect(await requestControl({ db: counting, poker }, request)).toEqual({ requested: 2000 })
  expect(statements).toBeGreaterThanOrEqual(8)
  expect(statements).toBeLessThanOrEqual(16)
  expect(pokes).toEqual([
    { count: 1000, priority: 4 },
    { count: 1000, priority: 4 },
  ])
  expect(await countRows(db(), 'enrollments', sql`status = 'paused'`)).toBe(2000)
  expect(await countRows(db(), 'lead_inputs', sql`kind = 'control' and consumed_at is null`)).toBe(leadIds.length)
  expect(await countRows(db(), 'audit_log', sql`action = 'enrollment.pause'`)).toBe(2000)
})
