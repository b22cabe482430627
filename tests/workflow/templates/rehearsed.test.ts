/**
 * A rehearsal is worth what it predicts: every shipped journey is run by real workers on a real Temporal over months of
 * virtual time, and rehearsed on the same leads with the same happenings. Both must tell the same step log: steps, ports,
 * reasons and instants to the millisecond.
 */
import { asc, eq, inArray, sql } from 'drizzle-orm'
import { afterEach, describe, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { recordAnswers } from '#db/repositories/answers.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { loadFacts } from '#db/repositories/facts.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { findTestRun } from '#db/repositories/test-runs.ts'
import { enrollments, journeys, journeyVersions, stepLog } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { Facts } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { simulate } from '#engine/simulation/simulate.ts'
import type { Happening, SimulatedEntry, SimulatedStep, WorldAct } from '#engine/simulation/types.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { neededFacts } from '#engine/turn/session.ts'
import { enrol, until, type TestEngine } from '../../support/engine.ts'
import {
  advance,
  createTemplateEngine,
  createTemplateRun,
  type TemplateLead,
  type TemplateRun,
} from '../../support/templates.ts'

const registry = createStepRegistry()
let engine: TestEngine | null = null
afterEach(() => engine?.stop())

/** One lead's story: who it is, and what the world does to it when. */
interface Story extends TemplateLead {
  happenings?: [at: string, act: WorldAct][]
}

interface Stage {
  db: TestEngine['db']
  definition: Definition
  library: Library
  journeyId: string
  facts: Record<string, Facts>
}

/** What a rehearsal is given, read before anything has happened. */
async function setTheStage({ db }: TestEngine, key: string, run: TemplateRun): Promise<Stage> {
  const [journey] = await db.select().from(journeys).where(eq(journeys.key, key))
  if (journey === undefined) throw new Error(`There is no journey ${key}`)
  const [version] = await db.select().from(journeyVersions).where(eq(journeyVersions.journeyId, journey.id))
  const definition = version?.definition as Definition
  const library = await readLibrary(db)
  const facts: Stage['facts'] = {}
  for (const [name, id] of Object.entries(run.leadIds)) {
    const [lead] = await db.select().from(leads).where(eq(leads.id, id))
    if (lead !== undefined) facts[name] = await loadFacts(db, lead, neededFacts([definition], library))
  }
  return { db, definition, library, journeyId: journey.id, facts }
}

type Line = Pick<SimulatedStep, 'stepId' | 'visit' | 'port' | 'reason'> & { enteredAt: string; leftAt: string }

function lineOf(step: Pick<SimulatedStep, 'stepId' | 'visit' | 'port' | 'reason' | 'enteredAt' | 'leftAt'>): Line {
  const { stepId, visit, port, reason, enteredAt, leftAt } = step
  const at = (instant: number): string => new Date(instant).toISOString()
  return { stepId, visit, port, reason, enteredAt: at(enteredAt), leftAt: at(leftAt) }
}

/** The step log as the worker wrote it, enrollment by enrollment. */
async function realLog(stage: Stage, leadId: string): Promise<Line[]> {
  const entered = await stage.db
    .select({ id: enrollments.id })
    .from(enrollments)
    .where(eq(enrollments.leadId, leadId))
    .orderBy(asc(enrollments.enteredAt), asc(enrollments.id))
  const rows = await stage.db
    .select()
    .from(stepLog)
    .where(
      inArray(
        stepLog.enrollmentId,
        entered.map(({ id }) => id),
      ),
    )
    .orderBy(asc(stepLog.id))
  return entered.flatMap(({ id }) =>
    rows
      .filter((row) => row.enrollmentId === id)
      .map((row) => lineOf({ ...row, enteredAt: row.enteredAt.getTime(), leftAt: row.leftAt.getTime() })),
  )
}

function rehearsedLog(
  stage: Stage,
  name: string,
  play: { startAt: number; entries: SimulatedEntry[]; happenings: Happening[]; until: number },
): Line[] {
  const lead = stage.facts[name]
  if (lead === undefined) throw new Error(`There is no lead ${name}`)
  const { definition, library, journeyId } = stage
  const { until: end, ...given } = play
  const journey = { id: journeyId, key: 'rehearsed' }
  const run = simulate(
    { definition, library, journey, lead, ...given, assume: 'nothing', seed: '' },
    (type) => registry.get(type),
    end,
  )
  return run.steps.toSorted((one, other) => one.enrollment - other.enrollment).map(lineOf)
}

/** Does an act to a real lead by the use cases that do it in the product. */
async function really(given: TestEngine, leadId: string, what: WorldAct): Promise<void> {
  const { db, poker } = given
  const library = await readLibrary(db)
  const options = { library, actor: 'test' }
  const lead = { id: leadId }
  switch (what.kind) {
    case 'answers': {
      const { survey, answers } = what
      const { leadIds } = await db.transaction((tx) => recordAnswers(tx, [{ lead, survey, answers }], options))
      await poker.poke(leadIds)
      return
    }
    case 'event': {
      const { type, properties = {} } = what
      const { leadIds } = await db.transaction((tx) => ingestEvents(tx, [{ lead, type, properties }], options))
      await poker.poke(leadIds)
      return
    }
    case 'task': {
      const [task] = await db.execute<{ id: string }>(
        sql`select id from tasks where lead_id = ${leadId} and status = 'open'`,
      )
      const closing = { taskId: task?.id ?? '', outcome: what.outcome, actor: 'test' }
      expect(await completeTask({ db, poker }, closing)).toMatchObject({ done: true })
      return
    }
    case 'set_stage':
    case 'set_field': {
      const { leadIds } = await db.transaction((tx) => applyLeadChanges(tx, [{ leadId, ...what }], options))
      await poker.poke(leadIds)
      return
    }
    case 'unsubscribe':
    case 'set_attention':
    case 'add_score':
    case 'add_tag':
    case 'remove_tag':
    case 'effect':
    case 'refuse_messages':
      throw new Error(`This test does not do "${what.kind}".`)
  }
}

/** Runs stories in the product and rehearses them: instant by instant, since all leads share one clock. */
async function runBoth(
  key: string,
  stories: Record<string, Story>,
  { start, end, enters }: { start: string; end: string; enters: boolean },
): Promise<{ real: Record<string, Line[]>; rehearsed: Record<string, Line[]> }> {
  engine = await createTemplateEngine(key)
  const given = engine
  const run = await createTemplateRun(given, start, stories)
  const stage = await setTheStage(given, key, run)
  const startAt = Date.parse(start)
  if (enters) for (const id of Object.values(run.leadIds)) await enrol(given, id, stage.journeyId, startAt)
  const acts = Object.entries(stories).flatMap(([name, { happenings = [] }]) =>
    happenings.map(([at, what]) => ({ at, name, what })),
  )
  const rehearsed: Record<string, Line[]> = {}
  for (const [name, story] of Object.entries(stories)) {
    rehearsed[name] = rehearsedLog(stage, name, {
      startAt,
      entries: enters ? [{ at: startAt }] : [],
      happenings: (story.happenings ?? []).map(([at, act]) => ({ at: Date.parse(at), act })),
      until: Date.parse(end),
    })
  }
  // The clock stops wherever something happens, until the messages of that instant are out: at 23 days per second a slow
  // machine would hand them over when their lead has gone on for months.
  const stops = [
    ...acts.map((one) => one.at),
    ...Object.values(rehearsed).flatMap((log) => log.map((one) => one.leftAt)),
  ]
  for (const at of [...new Set(stops.map((stop) => Date.parse(stop)))].sort((one, other) => one - other)) {
    if (at > startAt) await advance(given, run, new Date(at).toISOString())
    for (const one of acts) if (Date.parse(one.at) === at) await really(given, run.leadIds[one.name] ?? '', one.what)
  }
  await advance(given, run, end)
  const real: Record<string, Line[]> = {}
  for (const name of Object.keys(stories)) real[name] = await realLog(stage, run.leadIds[name] ?? '')
  return { real, rehearsed }
}

const address = { address_line1: '1 High Street', city: 'Accra', postal_code: 'GA-184-0000', country: 'Ghana' }

describe('rehearsed and real tell the same', () => {
  test('friday-sampler: ten Fridays over the change of clocks, by its own schedule', async () => {
    const start = '2026-09-21T09:00:00Z'
    const end = Date.parse('2026-12-01T00:00:00Z')
    const one = { did: { downloaded: 1 } }
    const stories: Record<string, Story> = {
      plain: one,
      sydney: { ...one, fields: { zone: 'Australia/Sydney' } },
      'five-before': { did: { downloaded: 1, invited: 5 } },
      'do-not-email': { ...one, fields: { do_not_email: true } },
      'no-address': { ...one, fields: { email: null } },
      twice: { did: { downloaded: 2 } },
      customer: { ...one, stage: 'customer' },
    }
    engine = await createTemplateEngine('friday-sampler')
    const given = engine
    const run = await createTemplateRun(given, start, stories)
    const stage = await setTheStage(given, 'friday-sampler', run)
    await startTestRun(given.client, { testRunId: run.id, until: end, queuePrefix: given.queuePrefix })
    await until('the ten Fridays are over', async () => (await findTestRun(given.db, run.id))?.finishedAt != null, 110)
    for (const name of Object.keys(stories)) {
      const real = await realLog(stage, run.leadIds[name] ?? '')
      const play = { startAt: Date.parse(start), entries: [], happenings: [], until: end }
      expect({ name, log: rehearsedLog(stage, name, play) }).toEqual({ name, log: real })
      if (name === 'plain') expect(real.filter(({ stepId }) => stepId === 'invite')).toHaveLength(8)
    }
  })

  test('instant-thank-you: forms, comments and shares, by its own triggers', async () => {
    const { real, rehearsed } = await runBoth(
      'instant-thank-you',
      {
        paper: {
          happenings: [
            [
              '2026-03-03T10:00:00Z',
              { kind: 'event', type: 'form_submitted', properties: { form: 'white_paper', asset: 'benchmark-report' } },
            ],
            ['2026-03-04T08:15:00Z', { kind: 'event', type: 'comment_posted', properties: { title: 'A piece' } }],
          ],
        },
        visit: {
          happenings: [
            ['2026-03-03T11:00:00Z', { kind: 'event', type: 'form_submitted', properties: { form: 'site_visit' } }],
          ],
        },
        share: { happenings: [['2026-03-03T11:00:00Z', { kind: 'event', type: 'content_shared' }]] },
        unreachable: {
          fields: { email: null },
          happenings: [['2026-03-03T11:00:00Z', { kind: 'event', type: 'content_shared' }]],
        },
        other: { happenings: [['2026-03-03T11:00:00Z', { kind: 'event', type: 'page_viewed' }]] },
      },
      { start: '2026-03-02T09:00:00Z', end: '2026-03-10T09:00:00Z', enters: false },
    )
    expect(rehearsed).toEqual(real)
    expect(real['visit']?.map(({ stepId }) => stepId)).toContain('visit-task')
    expect(real['other']).toEqual([])
  })

  test('last-chance-call: outcomes, reminders, a cool-off, nobody to call, a sale in the middle', async () => {
    const called = { did: { downloaded: 1, invited: 8 }, fields: { phone: '+442079460000' } }
    const { real, rehearsed } = await runBoth(
      'last-chance-call',
      {
        demo: { ...called, happenings: [['2026-03-04T10:00:00Z', { kind: 'task', outcome: 'demo' }]] },
        stop: { ...called, happenings: [['2026-03-16T11:00:00Z', { kind: 'task', outcome: 'stop' }]] },
        later: { ...called, happenings: [['2026-03-04T10:00:00Z', { kind: 'task', outcome: 'later' }]] },
        'do-not-call': { ...called, fields: { do_not_call: true } },
        buys: { ...called, happenings: [['2026-03-05T12:00:00Z', { kind: 'set_stage', stage: 'customer' }]] },
        reader: {
          ...called,
          happenings: [
            ['2026-03-03T10:00:00Z', { kind: 'event', type: 'downloaded', properties: { asset: 'guide' } }],
            ['2026-03-09T10:00:00Z', { kind: 'task', outcome: 'unreachable' }],
          ],
        },
        forgotten: called,
      },
      { start: '2026-03-02T09:00:00Z', end: '2026-05-01T09:00:00Z', enters: true },
    )
    expect(rehearsed).toEqual(real)
    expect(real['demo']?.at(-1)).toMatchObject({ stepId: 'won' })
    expect(real['do-not-call']?.map(({ stepId }) => stepId)).toContain('look')
    expect(real['buys']?.at(-1)?.reason).toContain('Became a customer')
  })

  test('win-back-survey: answers, silence, a postcard, a date far away, a loop every two months', async () => {
    const lead: Story = { did: { downloaded: 2, webinar_attended: 1 }, fields: address }
    const answer = (at: string, answers: Record<string, string | string[]>): [string, WorldAct] => [
      at,
      { kind: 'answers', survey: 'win-back', answers },
    ]
    const { real, rehearsed } = await runBoth(
      'win-back-survey',
      {
        stops: {
          ...lead,
          happenings: [
            answer('2026-03-03T09:00:00Z', { why: 'lost_interest', next: 'stop', stop_channels: ['email'] }),
          ],
        },
        delayed: {
          ...lead,
          happenings: [
            answer('2026-03-03T09:00:00Z', { why: 'delayed', until: '2026-09-15', next: 'keep_receiving' }),
            ['2026-09-18T10:00:00Z', { kind: 'task', outcome: 'opportunity' }],
          ],
        },
        'delayed-no-date': {
          ...lead,
          happenings: [answer('2026-03-05T17:30:00Z', { why: 'delayed', next: 'keep_receiving' })],
        },
        budget: {
          ...lead,
          happenings: [
            answer('2026-03-03T09:00:00Z', { why: 'lost_budget', next: 'continue' }),
            ['2026-03-05T17:30:00Z', { kind: 'task', outcome: 'no' }],
          ],
        },
        competitor: {
          ...lead,
          happenings: [answer('2026-03-07T09:00:00Z', { why: 'bought_competitor', next: 'keep_receiving' })],
        },
        late: {
          ...lead,
          happenings: [answer('2026-03-30T09:00:00Z', { why: 'lost_mandate', next: 'keep_receiving' })],
        },
        silent: lead,
        'silent-no-address': { did: { downloaded: 2, webinar_attended: 1 } },
        'no-email': { ...lead, fields: { ...address, email: null } },
        buys: { ...lead, happenings: [['2026-03-10T09:00:00Z', { kind: 'event', type: 'purchased' }]] },
        'one-download': { did: { downloaded: 1 } },
      },
      { start: '2026-03-02T09:00:00Z', end: '2026-12-31T09:00:00Z', enters: true },
    )
    expect(rehearsed).toEqual(real)
    expect(real['delayed']?.at(-1)).toMatchObject({ stepId: 'won-back' })
    expect(real['silent']?.map(({ stepId }) => stepId)).toContain('postcard')
    expect(real['one-download']).toEqual([])
  })
})
