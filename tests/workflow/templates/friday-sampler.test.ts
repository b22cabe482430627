/** T2 and T3 together: what one download leads to, Friday by Friday, until a person calls. PLAYBOOK A6–A9, A11, A12, E7. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { fireTrigger } from '#activities/entry/sweep.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { findTestRun } from '#db/repositories/test-runs.ts'
import { until, type TestEngine } from '../../support/engine.ts'
import {
  advance,
  createTemplateEngine,
  createTemplateRun,
  readOutcomes,
  type LeadOutcome,
  type TemplateRun,
} from '../../support/templates.ts'

/** A Monday; ten Fridays follow, over the night the clocks go back in London (25 October 2026). */
const start = '2026-09-21T09:00:00Z'
const end = '2026-12-01T00:00:00Z'

let engine: TestEngine
let run: TemplateRun
let outcomes: Record<string, LeadOutcome>
const of = (name: string): LeadOutcome => {
  const outcome = outcomes[name]
  if (outcome === undefined) throw new Error(`There is no lead ${name}`)
  return outcome
}

beforeAll(async () => {
  engine = await createTemplateEngine('friday-sampler', 'last-chance-call')
  const one = { did: { downloaded: 1 } }
  run = await createTemplateRun(engine, start, {
    plain: one,
    interested: one,
    stopping: one,
    'five-before': { did: { downloaded: 1, invited: 5 } },
    'do-not-email': { ...one, fields: { do_not_email: true } },
    'no-address': { ...one, fields: { email: null } },
    'do-not-call': { ...one, fields: { do_not_call: true } },
    customer: { ...one, stage: 'customer' },
    twice: { did: { downloaded: 2 } },
    nothing: {},
    sydney: { ...one, fields: { zone: 'Australia/Sydney' } },
  })
  await startTestRun(engine.client, { testRunId: run.id, until: Date.parse(end), queuePrefix: engine.queuePrefix })
  await until('the ten Fridays are over', async () => (await findTestRun(engine.db, run.id))?.finishedAt != null, 110)
  outcomes = await readOutcomes(engine, run)
})
afterAll(() => engine.stop())

test('one download gets eight invitations on eight Fridays, never the same thing twice, and no ninth', async () => {
  const { messages } = of('plain')
  expect(messages).toHaveLength(8)
  expect(new Set(messages).size).toBe(8)
  expect(messages.every((message) => message.startsWith('email accepted '))).toBe(true)
  const fridays = await engine.db.execute<{ at: string }>(sql`
    select to_char(occurred_at at time zone 'Europe/London', 'YYYY-MM-DD Dy HH24:MI') as at from events
     where lead_id = ${run.leadIds['plain'] ?? ''} and type = 'invited' and voided_at is null order by occurred_at`)
  expect(fridays.map(({ at }) => at)).toEqual([
    '2026-09-25 Fri 09:00',
    '2026-10-02 Fri 09:00',
    '2026-10-09 Fri 09:00',
    '2026-10-16 Fri 09:00',
    '2026-10-23 Fri 09:00',
    '2026-10-30 Fri 09:00',
    '2026-11-06 Fri 09:00',
    '2026-11-13 Fri 09:00',
  ])
})

test('the Friday after the eighth the lead is on the inactive list, with one call to make', async () => {
  for (const name of ['plain', 'interested', 'stopping', 'five-before', 'sydney']) {
    expect({ name, ...of(name) }).toMatchObject({
      name,
      stage: 'inactive',
      attention: 'inactive',
      tasks: ['call open'],
      journeys: { 'last-chance-call': { status: 'active', step: 'call' } },
    })
  }
  const [call] = await engine.db.execute<{ reason: string; at: string }>(sql`
    select reason, to_char(created_for at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI') as at from tasks
     where lead_id = ${run.leadIds['plain'] ?? ''}`)
  expect(call).toMatchObject({ at: '2026-11-20 08:30', reason: expect.stringContaining('eight invitations') as string })
})

test('invitations that an earlier programme sent count, too', () => {
  expect(of('five-before').messages).toHaveLength(3)
})

test('nobody is written to against its will or without an address, and the reason is on record', () => {
  const refused = (reason: string) =>
    Array.from({ length: 10 }, () => expect.stringMatching(`^email skipped:${reason} `) as string)
  expect(of('do-not-email').messages).toEqual(refused('do_not_email'))
  expect(of('no-address').messages).toEqual(refused('no_address'))
  for (const name of ['do-not-email', 'no-address']) expect(of(name)).toMatchObject({ stage: 'new', tasks: [] })
})

test('who must not be called becomes inactive, too, with a look by a person instead of a call', () => {
  expect(of('do-not-call')).toMatchObject({ stage: 'inactive', attention: 'inactive', tasks: ['task open'] })
})

test('customers, leads with two downloads and leads with none are left alone', () => {
  for (const name of ['customer', 'twice', 'nothing']) {
    expect({ name, ...of(name) }).toMatchObject({ name, messages: [], tasks: [], journeys: {} })
  }
})

test('the lead in Sydney gets its mail in its own working hours, though the query runs at nine in London', async () => {
  const hours = await engine.db.execute<{ at: string }>(sql`
    select distinct to_char(accepted_at at time zone 'Australia/Sydney', 'Dy') as at from deliveries
     where lead_id = ${run.leadIds['sydney'] ?? ''} and purpose <> 'internal'`)
  expect(hours.map(({ at }) => at)).toEqual(['Mon'])
  expect(of('sydney').messages).toHaveLength(8)
})

test('the call decides: a demo raises the lead to sales, a stop ends all contact, no answer leaves it inactive', async () => {
  const { db, poker } = engine
  const decisions = { interested: 'demo', stopping: 'stop', plain: 'unreachable' }
  for (const [name, outcome] of Object.entries(decisions)) {
    const [task] = await db.execute<{ id: string }>(
      sql`select id from tasks where lead_id = ${run.leadIds[name] ?? ''}`,
    )
    expect(await completeTask({ db, poker }, { taskId: task?.id ?? '', outcome, actor: 'test' })).toMatchObject({
      done: true,
    })
  }
  await advance(engine, run, '2026-12-01T12:00:00Z')
  outcomes = await readOutcomes(engine, run)
  expect(of('interested')).toMatchObject({
    stage: 'sales_ready',
    attention: 'hot',
    suppressed: [],
    journeys: { 'last-chance-call': { status: 'completed', step: 'won', goalMet: true } },
  })
  expect(of('stopping')).toMatchObject({
    stage: 'inactive',
    suppressed: ['email', 'phone', 'postcard'],
    journeys: { 'last-chance-call': { status: 'completed', step: 'stopped' } },
  })
  expect(of('plain')).toMatchObject({
    attention: 'inactive',
    journeys: { 'last-chance-call': { status: 'completed', step: 'unreachable' } },
  })
})

test('a second download takes a lead out of the Fridays at once', async () => {
  const again = await createTemplateRun(engine, '2026-09-21T09:00:00Z', { reader: { did: { downloaded: 1 } } })
  const { queuePrefix } = engine
  const untilInstant = Date.parse('2026-10-06T00:00:00Z')
  await startTestRun(engine.client, { testRunId: again.id, until: untilInstant, queuePrefix })
  await until('two Fridays are over', async () => (await findTestRun(engine.db, again.id))?.finishedAt != null, 60)
  const second = { lead: { id: again.leadIds['reader'] }, type: 'downloaded', properties: { asset: 'calculator' } }
  const library = await readLibrary(engine.db)
  await engine.db.transaction((tx) => ingestEvents(tx, [second], { library }))
  const [found] = await engine.db.execute<{ n: number }>(sql`
    select count(*)::int as n from event_totals where lead_id = ${again.leadIds['reader'] ?? ''} and type = 'invited' and count = 2`)
  expect(found?.n).toBe(1)
  expect(await fireFriday(again, '2026-10-09T08:00:00Z')).toBe(0)
})

/** The sampler's sweep at an instant, for the run: how many it lets in. */
async function fireFriday(testRun: TemplateRun, at: string): Promise<number> {
  const [row] = await engine.db.execute<{ id: string }>(sql`select id from journeys where key = 'friday-sampler'`)
  const { enqueued } = await fireTrigger(
    { db: engine.db, poker: engine.poker },
    { journeyId: row?.id ?? '', triggerId: 'friday', at: Date.parse(at), testRunId: testRun.id },
    { heartbeat: () => undefined, sleep: () => Promise.resolve(), now: Date.now },
  )
  return enqueued
}
