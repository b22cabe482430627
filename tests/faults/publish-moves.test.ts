/** A worker killed in the middle of moving 200 leads to a new version: the outcome is that of a quiet afternoon. */
import { once } from 'node:events'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestEngine, type TestEngine } from '#tests/support/engine.ts'
import { startEngineProcess, type RunningEngine } from '#tests/support/engine-processes.ts'
import {
  linesOf,
  publishSecond,
  standings,
  takenAway,
  twoHundredWaiting,
  untilMoved,
} from '#tests/support/publish-world.ts'
import { temporalAddress } from '#tests/support/temporal.ts'

let engine: TestEngine
let workers: RunningEngine[] = []
beforeAll(async () => {
  engine = await createTestEngine({ start: false })
})
afterAll(async () => {
  for (const worker of workers) worker.kill()
  await engine?.stop()
})

test(
  'kill -9 after sixty turns, again after thirty: nobody is moved, told or written to twice',
  { timeout: 300_000 },
  async () => {
    const { db, databaseUrl, queuePrefix } = engine
    const start = async (more: { dieAfterCommits?: number } = {}): Promise<RunningEngine> => {
      const worker = await startEngineProcess({
        databaseUrl,
        temporalAddress: temporalAddress(),
        queuePrefix,
        segments: true,
        ...more,
      })
      workers.push(worker)
      return worker
    }
    const quiet = await start()
    const world = await twoHundredWaiting(engine)
    quiet.kill()
    const dying = await start({ dieAfterCommits: 60 })
    const died = once(dying.process, 'exit')
    const moveId = await publishSecond(engine, world.journeyId)
    await died
    const answered = await linesOf(
      db,
      sql`select count(*)::text as line from lead_inputs where kind = 'control' and consumed_at is not null`,
    )
    // In the middle: turns that the first worker left undone are among the sixty, too.
    expect(Number(answered[0])).toBeGreaterThan(0)
    expect(Number(answered[0])).toBeLessThan(120)
    const dyingAgain = await start({ dieAfterCommits: 30 })
    await once(dyingAgain.process, 'exit')
    await start()
    await untilMoved(db, moveId, 150)

    expect(await standings(db)).toEqual(['1 keep active 50', '1 pause exited 70', '2 rest active 80'])
    expect(await takenAway(db)).toEqual([
      '1 ask 80 Moved to version 2 at "Send the news": version 2 was published',
      '1 pause 70 Taken out: version 2 was published',
    ])
    expect(
      await linesOf(
        db,
        sql`select concat_ws(' ', d.step_id, count(*), count(distinct m.lead_id)) as line
            from mailbox m join deliveries d on d.id = m.delivery_id group by d.step_id order by 1`,
      ),
    ).toEqual(['hello 200 200', 'news 80 80'])
    expect(await linesOf(db, sql`select concat_ws(' ', status, count(*)) as line from tasks group by status`)).toEqual([
      'cancelled 80',
    ])
    expect(
      await linesOf(
        db,
        sql`select concat_ws(' ', action, count(*)) as line from audit_log
           where action like 'enrollment.%' or action like 'journey.move%' group by action order by 1`,
      ),
    ).toEqual(['enrollment.exit 70', 'enrollment.migrate 80', 'journey.move_done 1'])
  },
)
