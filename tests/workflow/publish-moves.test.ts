/** A publish over 200 leads that wait: each goes where the publish said, once, and the books say so. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { createTestEngine, until, type TestEngine } from '../support/engine.ts'
import {
  linesOf,
  publishSecond,
  standings,
  takenAway,
  twoHundredWaiting,
  untilMoved,
  type WaitingWorld,
} from '../support/publish-world.ts'

let engine: TestEngine
let world: WaitingWorld
/** Called after each page of the move. */
let afterPage: () => Promise<void> = () => Promise.resolve()

beforeAll(async () => {
  engine = await createTestEngine({
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({
        db,
        poker,
        schedules: createEntrySchedules(client, { db, queuePrefix }),
        movePageSize: 40,
        afterMovePage: () => afterPage(),
      }),
  })
  world = await twoHundredWaiting(engine)
})
afterAll(() => engine?.stop())

test('move, exit and finish, each for whom it is meant', async () => {
  const { db } = engine
  // While the first page is told, a colleague deals with the task of somebody who is not on it.
  let left: string | null = null
  afterPage = async () => {
    if (left !== null) return
    const [task] = await db.execute<{ id: string; enrollment_id: string }>(sql`
      select t.id, t.enrollment_id from tasks t
        join journey_move_leads l on l.enrollment_id = t.enrollment_id and l.input_id is null
       where t.status = 'open' limit 1`)
    left = task?.enrollment_id ?? ''
    const closed = await completeTask(engine, { taskId: task?.id ?? '', outcome: 'done', actor: 'user:ben' })
    expect(closed.done).toBe(true)
    await until('its turn has come', async () => {
      const rows = await db.execute(sql`select 1 from enrollments where id = ${left} and status = 'completed'`)
      return rows.length === 1
    })
  }
  const moveId = await publishSecond(engine, world.journeyId)
  await untilMoved(db, moveId)

  expect(await standings(db)).toEqual([
    '1 end completed 1',
    '1 keep active 50',
    '1 pause exited 70',
    '2 rest active 79',
  ])
  expect(await takenAway(db)).toEqual([
    '1 ask 79 Moved to version 2 at "Send the news": version 2 was published',
    expect.stringMatching(/^1 end 1 /),
    '1 pause 70 Taken out: version 2 was published',
  ])
  // Nobody was written to twice, and only who was moved got the news.
  expect(
    await linesOf(
      db,
      sql`select concat_ws(' ', step_id, status, count(*), count(distinct lead_id)) as line
            from deliveries group by step_id, status order by 1`,
    ),
  ).toEqual(['hello accepted 200 200', 'news accepted 79 79'])
  expect(
    await linesOf(
      db,
      sql`select concat_ws(' ', status, count(*), min(closed_reason)) as line from tasks group by status order by 1`,
    ),
  ).toEqual(['cancelled 79 version 2 was published', expect.stringMatching(/^(closed|done|completed) 1/)])
  // The books: counted before, what became of them after, and one entry per lead.
  expect(
    await linesOf(
      db,
      sql`select concat_ws(' ', policy, result, count(*)) as line from journey_move_leads group by policy, result order by 1`,
    ),
  ).toEqual(['0 left 1', '0 moved 79', '1 exited 70'])
  expect(
    await linesOf(
      db,
      sql`select concat_ws(' ', action, count(*)) as line from audit_log
           where action like 'enrollment.%' or action like 'journey.move%' group by action order by 1`,
    ),
  ).toEqual(['enrollment.exit 70', 'enrollment.migrate 79', 'journey.move_done 1'])
  const [audit] = await db.execute<{ before: object; after: { outcome: object[] } }>(
    sql`select before, after from audit_log where action = 'journey.move_done'`,
  )
  expect(audit?.before).toEqual({ moveId, counted: 200 })
  expect(audit?.after.outcome).toEqual([
    { stepId: 'ask', action: 'move', to: 'news', counted: 80, moved: 79, left: 1 },
    { stepId: 'pause', action: 'exit', counted: 70, exited: 70 },
    { stepId: 'keep', action: 'finish', counted: 50 },
  ])
})
