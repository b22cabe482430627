import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterEach, describe, expect, test } from 'vitest'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  historyOf,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/**
 * A database whose clock is not that of Temporal and the workers. Its clock functions are shadowed by shifted ones: a
 * search path may name a schema before `pg_catalog`, so that whoever asks this database for the time gets another one.
 */
let engine: TestEngine
afterEach(() => engine?.stop())

async function createShiftedEngine(offsetMs: number): Promise<TestEngine> {
  const created = await createTestEngine({ start: false })
  const own = postgres(created.databaseUrl, { max: 1, onnotice: () => undefined })
  try {
    const shift = `interval '${String(offsetMs)} milliseconds'`
    await own.unsafe(`
      create schema shifted;
      create function shifted.clock_timestamp() returns timestamptz language sql volatile
        as $$ select pg_catalog.clock_timestamp() + ${shift} $$;
      create function shifted.now() returns timestamptz language sql stable as $$ select pg_catalog.now() + ${shift} $$;
      do $$ begin execute format('alter database %I set search_path = shifted, pg_catalog, public', current_database()); end $$`)
  } finally {
    await own.end()
  }
  await created.startWorker()
  const [row] = await created.db.execute<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  )
  expect(Math.abs((row?.ms ?? 0) - Date.now() - offsetMs)).toBeLessThan(1000)
  return created
}

const mail = (subject: string) => ({ subject, body: 'Hello', purpose: 'transactional', overCap: 'defer' })

async function pathOf(leadId: string) {
  return engine.db.execute<{ step: string; port: string | null; ms: number }>(sql`
    select step_id as step, port, (extract(epoch from left_at - entered_at) * 1000)::float8 as ms
      from step_log where lead_id = ${leadId} order by id`)
}

async function databaseNow(): Promise<number> {
  const [row] = await engine.db.execute<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  )
  return Math.floor(row?.ms ?? 0)
}

describe.each([
  ['behind', -1500],
  ['ahead', 1500],
])('a database clock 1.5 s %s', (_name, offsetMs) => {
  test('waits last exactly as long as they should, and each step is done once', async () => {
    engine = await createShiftedEngine(offsetMs)
    const journey = await publishDefinition(engine.db, {
      steps: {
        first: ['send_email', mail('One'), { next: 'wait' }],
        wait: ['wait', { duration: 'PT2S' }, { next: 'second' }],
        second: ['send_email', mail('Two'), { next: 'pause' }],
        pause: ['wait', { duration: 'PT2S' }, { next: 'tag' }],
        tag: ['add_tag', { tag: 'done' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const leads = await Promise.all(Array.from({ length: 8 }, () => addLead(engine.db)))
    for (const lead of leads) await enrol(engine, lead, journey, await databaseNow())
    await untilFinished(engine, leads)
    for (const lead of leads) {
      const path = await pathOf(lead)
      expect(path.map(({ step }) => step)).toEqual(['entry', 'first', 'wait', 'second', 'pause', 'tag', 'end'])
      // From the message's acceptance, if that took longer than a hundredth of the wait (docs/deliveries.md).
      for (const { ms } of path.filter(({ step }) => step === 'wait' || step === 'pause')) {
        expect(ms).toBeGreaterThanOrEqual(2000)
      }
    }
    const sent = await engine.db.execute<{ n: number; deliveries: number }>(
      sql`select count(*)::int as n, count(distinct delivery_id)::int as deliveries from mailbox`,
    )
    expect([...sent]).toEqual([{ n: 16, deliveries: 16 }])
  })

  test('an early or late timer costs no extra turns', async () => {
    engine = await createShiftedEngine(offsetMs)
    const journey = await publishDefinition(engine.db, {
      steps: {
        one: ['wait', { duration: 'PT2S' }, { next: 'two' }],
        two: ['wait', { duration: 'PT2S' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, await databaseNow())
    await untilFinished(engine, [lead])
    const path = await pathOf(lead)
    expect(path.map(({ step, ms }) => [step, ms])).toEqual([
      ['entry', 0],
      ['one', 2000],
      ['two', 2000],
      ['end', 0],
    ])
    const timers = (await historyOf(engine, lead)).filter((name) => name === 'timerStarted')
    // One when the first fired so late that the second was due, too.
    expect(timers.length).toBeLessThanOrEqual(2)
  })

  test('an answer that comes after the message, by the clock of the database, is not missed', async () => {
    engine = await createShiftedEngine(offsetMs)
    const journey = await publishDefinition(engine.db, {
      needs: { events: ['answered'] },
      steps: {
        wait: ['wait', { duration: 'PT2S' }, { next: 'mail' }],
        mail: ['send_email', mail('Well?'), { next: 'answer' }],
        answer: ['wait_for_event', { event: 'answered', timeout: 'PT20S' }, { happened: 'end', timeout: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, await databaseNow())
    await until('the message is out', async () => {
      // Sent by a timer that was early by that clock, the message has an instant that is still to come there; events
      // happen when the database says, so that an answer within the difference of the clocks counts as one before it.
      const rows = await engine.db.execute(sql`
        select 1 from mailbox m join deliveries d on d.id = m.delivery_id
         where m.lead_id = ${lead} and d.queued_at < clock_timestamp() - interval '5 milliseconds'`)
      return rows.length === 1
    })
    const library = await readLibrary(engine.db)
    const { leadIds } = await engine.db.transaction((tx) =>
      ingestEvents(tx, [{ lead: { id: lead }, type: 'answered', dedupeKey: `yes-${lead}` }], { library }),
    )
    await engine.poker.poke(leadIds)
    await untilFinished(engine, [lead])
    const answer = (await pathOf(lead)).find(({ step }) => step === 'answer')
    expect(answer?.port).toBe('happened')
  })

  test('an input is worked off at once', async () => {
    engine = await createShiftedEngine(offsetMs)
    const journey = await publishDefinition(engine.db, {
      steps: { wait: ['wait', { duration: 'P30D' }, { next: 'end' }], end: ['exit', { reason: 'End' }] },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, await databaseNow())
    await until('it waits', async () => {
      const rows = await engine.db.execute(sql`select 1 from enrollments where lead_id = ${lead} and step_id = 'wait'`)
      return rows.length === 1
    })
    const [row] = await engine.db.execute<{ id: string }>(sql`select id from enrollments where lead_id = ${lead}`)
    await send(engine, lead, await databaseNow(), {
      kind: 'control',
      action: 'exit',
      enrollmentId: row?.id ?? '',
      reason: 'test',
      actor: 'test',
    })
    await untilFinished(engine, [lead], 20)
    const [ended] = await engine.db.execute(sql`select status from enrollments where lead_id = ${lead}`)
    expect(ended).toEqual({ status: 'exited' })
  })
})
