/** T1: leads with several interactions that never bought are asked why, and their answer is kept to. PLAYBOOK A1–A5, B8. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { enrollMatching } from '#activities/enrollments/enroll-matching.ts'
import { recordAnswers } from '#db/repositories/answers.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import type { Json } from '#engine/facts.ts'
import type { TestEngine } from '../../support/engine.ts'
import {
  advance,
  createTemplateEngine,
  createTemplateRun,
  readOutcomes,
  type LeadOutcome,
  type TemplateRun,
} from '../../support/templates.ts'

let engine: TestEngine
let run: TemplateRun
let outcomes: Record<string, LeadOutcome>
const of = (name: string): LeadOutcome => {
  const outcome = outcomes[name]
  if (outcome === undefined) throw new Error(`There is no lead ${name}`)
  return outcome
}
const standing = (name: string) => of(name).journeys['win-back-survey']

const several = { downloaded: 2, webinar_attended: 1 }
const address = { address_line1: '1 High Street', city: 'Accra', postal_code: 'GA-184-0000', country: 'Ghana' }

/** Answers as the survey's page records them, at the run's present. */
async function answer(answers: Record<string, Record<string, Json>>): Promise<void> {
  const library = await readLibrary(engine.db)
  const { leadIds } = await engine.db.transaction((tx) =>
    recordAnswers(
      tx,
      Object.entries(answers).map(([name, given]) => ({
        lead: { id: run.leadIds[name] },
        survey: 'win-back',
        answers: given,
      })),
      { library, actor: 'test' },
    ),
  )
  await engine.poker.poke(leadIds)
}

async function closeTask(name: string, outcome: string): Promise<void> {
  const [task] = await engine.db.execute<{ id: string }>(
    sql`select id from tasks where lead_id = ${run.leadIds[name] ?? ''} and status = 'open'`,
  )
  expect(await completeTask(engine, { taskId: task?.id ?? '', outcome, actor: 'test' })).toMatchObject({ done: true })
}

async function moveTo(instant: string): Promise<void> {
  await advance(engine, run, instant)
  outcomes = await readOutcomes(engine, run)
}

beforeAll(async () => {
  engine = await createTemplateEngine('win-back-survey')
  const lead = { did: several, fields: address }
  run = await createTemplateRun(engine, '2026-03-02T09:00:00Z', {
    'stops-all': lead,
    'stops-email': lead,
    delayed: lead,
    'delayed-no-date': lead,
    competitor: lead,
    budget: lead,
    'no-calls': { ...lead, fields: { ...address, do_not_call: true } },
    silent: lead,
    'silent-no-address': { did: several },
    late: lead,
    buys: lead,
    'no-email': { ...lead, fields: { ...address, email: null } },
    'one-download': { did: { downloaded: 1 } },
    'bought-before': { did: { ...several, purchased: 1 } },
  })
  await enrollMatching(engine, {
    journey: 'win-back-survey',
    rule: { kind: 'always' },
    entryKey: 'test',
    actor: 'test',
    testRunId: run.id,
  })
  await moveTo('2026-03-03T09:00:00Z')
})
afterAll(() => engine.stop())

test('asks those with several interactions that never bought, and nobody else', () => {
  expect(of('silent').messages).toEqual(['email accepted May we ask why not?'])
  expect(of('no-email').messages).toEqual([
    'email skipped:no_address May we ask why not?',
    'postcard accepted One minute, four questions',
  ])
  for (const name of ['one-download', 'bought-before']) expect(of(name)).toMatchObject({ messages: [], journeys: {} })
})

test('an answer acts at once: who bows out is suppressed on every channel it names, or on all', async () => {
  await answer({
    'stops-all': { why: 'lost_interest', next: 'stop' },
    'stops-email': { why: 'lost_interest', next: 'stop', stop_channels: ['email'] },
    delayed: { why: 'delayed', until: '2026-09-15', next: 'keep_receiving' },
    'delayed-no-date': { why: 'delayed', next: 'keep_receiving' },
    competitor: { why: 'bought_competitor', next: 'keep_receiving' },
    budget: { why: 'lost_budget', next: 'continue' },
    'no-calls': { why: 'lost_mandate', next: 'continue' },
  })
  await moveTo('2026-03-03T10:00:00Z')
  expect(of('stops-all')).toMatchObject({
    suppressed: ['email', 'phone', 'postcard'],
    stage: 'lost',
    attention: 'inactive',
  })
  expect(of('stops-email')).toMatchObject({ suppressed: ['email'], stage: 'lost' })
  for (const name of ['stops-all', 'stops-email'])
    expect(standing(name)).toMatchObject({ status: 'completed', step: 'left' })
})

test('who bought elsewhere is lost and keeps its list; who lost the budget but wants to go on is called', async () => {
  expect(of('competitor')).toMatchObject({ stage: 'lost', tags: ['keeps-receiving', 'why-competitor'], suppressed: [] })
  expect(standing('competitor')).toMatchObject({ status: 'completed', step: 'kept' })
  expect(of('budget')).toMatchObject({
    stage: 'engaged',
    attention: 'warm',
    tags: ['why-no-budget'],
    tasks: ['call open'],
  })
  await closeTask('budget', 'opportunity')
  expect(of('no-calls')).toMatchObject({ tasks: [], tags: ['why-no-mandate'] })
  expect(standing('no-calls')).toMatchObject({ status: 'completed', step: 'not-called' })
})

test('a purchase in the middle of a wait ends the journey', async () => {
  const library = await readLibrary(engine.db)
  const leadId = run.leadIds['buys'] ?? ''
  const { leadIds } = await engine.db.transaction((tx) =>
    applyLeadChanges(tx, [{ leadId, kind: 'set_stage', stage: 'customer' }], { library, actor: 'test' }),
  )
  await engine.poker.poke(leadIds)
  await moveTo('2026-03-04T10:00:00Z')
  expect(standing('buys')).toMatchObject({
    status: 'exited',
    reason: expect.stringContaining('Became a customer') as string,
  })
  expect(standing('budget')).toMatchObject({ status: 'completed', step: 'won-back' })
  expect(of('budget').stage).toBe('opportunity')
})

test('silence brings a postcard after two weeks, where there is an address to send it to', async () => {
  await moveTo('2026-03-18T12:00:00Z')
  expect(of('silent').messages).toEqual([
    'email accepted May we ask why not?',
    'postcard accepted One minute, four questions',
  ])
  expect(of('silent-no-address').messages).toEqual([
    'email accepted May we ask why not?',
    'postcard skipped:no_address One minute, four questions',
  ])
  expect(standing('silent-no-address')).toMatchObject({ status: 'completed', step: 'silent' })
})

test('an answer to the postcard counts like one to the mail', async () => {
  await answer({ late: { why: 'lost_mandate', next: 'keep_receiving' } })
  await moveTo('2026-03-19T12:00:00Z')
  expect(of('late')).toMatchObject({ tags: ['keeps-receiving', 'why-no-mandate'] })
  expect(standing('late')).toMatchObject({ status: 'completed', step: 'kept' })
})

test('no answer at all: less attention, and an end', async () => {
  await moveTo('2026-04-20T12:00:00Z')
  for (const name of ['silent', 'no-email']) {
    expect(of(name).attention).toBe('cool')
    expect(standing(name)).toMatchObject({ status: 'completed', step: 'silent' })
  }
})

test('delayed, not cancelled: something to read every two months until the date, then a mail and a call', async () => {
  await moveTo('2026-09-14T12:00:00Z')
  expect(standing('delayed')).toMatchObject({ status: 'active', step: 'until-date' })
  const sent = of('delayed').messages.slice(1)
  expect(sent).toHaveLength(3)
  expect(new Set(sent).size).toBe(3)
  await moveTo('2026-09-17T12:00:00Z')
  expect(of('delayed').messages.at(-1)).toBe('email accepted You asked us to wait until now')
  expect(of('delayed')).toMatchObject({
    stage: 'engaged',
    attention: 'warm',
    tasks: ['call open'],
    tags: ['why-delayed'],
  })
})

test('delayed without a date: half a year of rest, then the same', () => {
  expect(of('delayed-no-date').messages).toEqual([
    'email accepted May we ask why not?',
    'email accepted You asked us to wait until now',
  ])
  expect(of('delayed-no-date').tasks).toEqual(['call open'])
})

test('what is written never reaches who asked to be left alone', async () => {
  await closeTask('delayed', 'no')
  await moveTo('2026-12-01T12:00:00Z')
  expect(of('stops-all').messages).toEqual(['email accepted May we ask why not?'])
  expect(standing('delayed')).toMatchObject({ status: 'completed', step: 'call-no' })
})
