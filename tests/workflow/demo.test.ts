/** What a stranger sees first: `npm start` makes a demo that is alive within a minute, once. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { seedDemo, type DemoDependencies } from '#server/demo/seed.ts'
import { createTestEngine, until, type TestEngine } from '../support/engine.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
  })
})
afterAll(() => engine.stop())

function deps(say: (line: string) => void = () => undefined): DemoDependencies {
  const { db, client, poker, queuePrefix } = engine
  const schedules = { ...createEntrySchedules(client, { db, queuePrefix }), sync: () => Promise.resolve() }
  return { database: { db }, client, poker, queuePrefix, schedules, now: Date.now, say }
}

async function count(query: ReturnType<typeof sql>): Promise<number> {
  const [row] = await engine.db.execute<{ n: number }>(sql`select count(*)::int as n from ${query}`)
  return row?.n ?? -1
}

test('is written once, goes on after an interruption, and starts to move by itself', async () => {
  const small = { leads: 60, customers: 6, active: 12, invitedBefore: 20, speed: 50_000 }
  const broken = seedDemo(
    {
      ...deps(() => {
        throw new Error('interrupted')
      }),
    },
    small,
  )
  await expect(broken).rejects.toThrow('interrupted')
  const lines: string[] = []
  expect(
    await seedDemo(
      deps((line) => lines.push(line)),
      small,
    ),
  ).toEqual({ seeded: true, leads: 60 })
  expect(lines).toEqual(['Demo: 60 invented test leads and 4 journeys'])
  expect(await seedDemo(deps(), small)).toEqual({ seeded: false, leads: 0 })
  expect(await count(sql`leads where is_test and source = 'demo'`)).toBe(60)
  expect(await count(sql`leads where not is_test`)).toBe(0)
  expect(await count(sql`journeys where status = 'live'`)).toBe(4)
  await until('the first Friday has brought invitations and calls', async () => {
    const invited = await count(
      sql`deliveries d join journeys j on j.id = d.journey_id where j.key = 'friday-sampler' and d.status = 'accepted'`,
    )
    const asked = await count(
      sql`deliveries d join journeys j on j.id = d.journey_id where j.key = 'win-back-survey' and d.status = 'accepted'`,
    )
    return invited > 10 && asked > 0 && (await count(sql`tasks where kind = 'call'`)) > 0
  })
  expect(await count(sql`mailbox where not is_test`)).toBe(0)
})
