/** What is recorded: one walk for everything the lead's workflow can do. */
import { readFileSync } from 'node:fs'
import type { temporal } from '@temporalio/proto'
import { asc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { requestControl, type ControlRequest } from '#activities/controls/request-control.ts'
import { completeTask } from '#activities/controls/complete-task.ts'
import { ActivityFailure, defineActivity } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { tasks } from '#db/schema/tasks.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  publishDefinition,
  send,
  until,
  type TestEngine,
  type TestSteps,
} from '#tests/support/engine.ts'
import { publishSecond, twoHundredWaiting, untilMoved } from '#tests/support/publish-world.ts'

type History = temporal.api.history.v1.IHistory

export interface Scenario {
  /** File names, without release; `record` answers in this order. */
  names: string[]
  /** On the server that suggests to continue as new after 40 events. */
  isLong?: boolean
  record(on: { databaseUrl: string; address: string }): Promise<History[]>
}

let release: () => void = () => {}
const probe = defineActivity({
  type: 'probe',
  title: 'Probe',
  description: 'Does what the scenario says.',
  config: z.strictObject({ how: z.enum(['succeed', 'refuse', 'time_out', 'wait']) }),
  retry: { maxAttempts: 1 },
  timeout: 'PT3S',
  async perform(_, { how }) {
    if (how === 'refuse') throw new ActivityFailure('REFUSED', 'No.', { retry: false })
    if (how === 'wait') {
      await new Promise<void>((resolve) => {
        release = resolve
      })
    }
    if (how === 'time_out') await new Promise(() => {})
    return {}
  },
})

async function withEngine<Result>(
  on: { databaseUrl: string; address: string },
  work: (engine: TestEngine) => Promise<Result>,
): Promise<Result> {
  const engine = await createTestEngine({ ...on, steps: [probe.step], performers: [performerOf(probe)], start: false })
  try {
    return await work(engine)
  } finally {
    await engine.stop()
  }
}

const handleOf = ({ client }: TestEngine, leadId: string, runId?: string) =>
  client.workflow.getHandle(`lead:${leadId}`, runId)

async function completed(engine: TestEngine, leadId: string): Promise<History> {
  await until(
    'the execution is complete',
    async () => (await handleOf(engine, leadId).describe()).status.name === 'COMPLETED',
    180,
  )
  return handleOf(engine, leadId).fetchHistory()
}

const address = { addressLine1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', country: 'United Kingdom' }

/** A shipped journey walked to its end at speed; tasks are answered with their first outcome. */
function example(key: string, did: string[]): Scenario {
  return {
    names: [key],
    record: (on) =>
      withEngine(on, async (engine) => {
        const { db } = engine
        const path = new URL(`../../examples/journeys/${key}.json`, import.meta.url)
        await importJourneyFile({ db }, JSON.parse(readFileSync(path, 'utf8')), { actor: 'record' })
        await publishJourney({ db, registry: createStepRegistry(), schedules: null }, { journey: key, actor: 'record' })
        const journey = await findJourney(db, key)
        await engine.startWorker()
        const clock = fastClock('2026-03-02T09:00:00Z', 400_000)
        const leadId = await addLead(db, { clock, zone: 'Europe/London', ...address })
        const library = await readLibrary(db)
        await db.transaction((tx) =>
          ingestEvents(
            tx,
            did.map((type, index) => ({
              lead: { id: leadId },
              type,
              occurredAt: clock.virtualStart - (30 + index * 7) * 86_400_000,
            })),
            { library, enroll: false },
          ),
        )
        await requestEnrollment(engine, {
          journeyId: journey?.id ?? '',
          lead: { id: leadId },
          entryKey: 'record',
          actor: 'record',
        })
        await until(
          'the lead has ended',
          async () => {
            const [task] = await db.select().from(tasks).where(eq(tasks.status, 'open'))
            if (task !== undefined) {
              const outcome = task.outcomes[0]?.id ?? 'done'
              await completeTask(engine, { taskId: task.id, outcome, actor: 'record' })
            }
            const rows = await db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
            return rows.length > 0 && rows.every((row) => row.finishedAt !== null)
          },
          180,
        )
        return [await completed(engine, leadId)]
      }),
  }
}

/** One lead through steps made for it. `during` meddles while it is under way. */
function walk(
  name: string,
  steps: TestSteps,
  during: (engine: TestEngine, leadId: string) => Promise<void> = async () => {},
  worker: (engine: TestEngine) => Promise<void> = (engine) => engine.startWorker(),
): Scenario {
  return {
    names: [name],
    record: (on) =>
      withEngine(on, async (engine) => {
        const journey = await publishDefinition(engine.db, { steps: { ...steps, end: ['exit', { reason: 'End' }] } })
        const leadId = await addLead(engine.db)
        await worker(engine)
        await enrol(engine, leadId, journey, Date.now())
        await during(engine, leadId)
        return [await completed(engine, leadId)]
      }),
  }
}

async function standsAt({ db }: TestEngine, leadId: string, stepId: string, status = 'active'): Promise<void> {
  await until(`the lead stands at ${stepId}, ${status}`, async () => {
    const [row] = await db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
    return row?.stepId === stepId && row.status === status
  })
}

async function control(
  engine: TestEngine,
  leadId: string,
  action: ControlRequest['action'],
  stepId?: string,
): Promise<void> {
  const rows = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
  await requestControl(engine, {
    action,
    enrollmentIds: rows.map((row) => row.id),
    reason: 'Recorded',
    actor: 'record',
    ...(stepId === undefined ? {} : { stepId }),
  })
}

const wired = { next: 'end', error: 'end' }
const wait = (duration: string, next = 'end'): TestSteps[string] => ['wait', { duration }, { next }]

export const scenarios: Scenario[] = [
  example('win-back-survey', ['downloaded', 'downloaded', 'webinar_attended']),
  example('friday-sampler', ['downloaded']),
  example('last-chance-call', ['downloaded', ...Array.from({ length: 8 }, () => 'invited')]),
  example('instant-thank-you', ['comment_posted']),
  walk('effect-done', { probe: ['probe', { how: 'succeed' }, wired] }),
  walk('effect-failed', { probe: ['probe', { how: 'refuse' }, wired] }),
  walk('effect-timed-out', { probe: ['probe', { how: 'time_out' }, wired] }),
  walk('effect-cancelled', { probe: ['probe', { how: 'wait' }, wired] }, async (engine, leadId) => {
    await standsAt(engine, leadId, 'probe')
    await until('the activity runs', async () => {
      const { raw } = await handleOf(engine, leadId).describe()
      return (raw.pendingActivities ?? []).some((activity) => activity.lastStartedTime != null)
    })
    await control(engine, leadId, 'exit')
    await completed(engine, leadId)
    release()
  }),
  walk(
    'controls',
    { first: wait('P30D', 'second'), second: wait('P30D', 'third'), third: wait('PT1S') },
    async (engine, leadId) => {
      await standsAt(engine, leadId, 'first')
      await control(engine, leadId, 'pause')
      await standsAt(engine, leadId, 'first', 'paused')
      await control(engine, leadId, 'resume')
      await standsAt(engine, leadId, 'first')
      await control(engine, leadId, 'move', 'second')
      await standsAt(engine, leadId, 'second')
      await control(engine, leadId, 'move', 'third')
    },
  ),
  walk('pokes-while-waiting', { first: wait('PT4S', 'second'), second: wait('PT2S') }, async (engine, leadId) => {
    await standsAt(engine, leadId, 'first')
    for (let sent = 0; sent < 5; sent += 1)
      await send(engine, leadId, Date.now(), { kind: 'fact', keys: ['field:city'] })
  }),
  walk(
    'failing-turn',
    { first: wait('PT1S') },
    async () => {},
    async (engine) => {
      // Two rounds of four attempts each: the workflow waits on its own timer in between.
      let failures = 8
      await engine.startWorker({
        beforeCommit: async () => {
          failures -= 1
          if (failures >= 0) throw Object.assign(new Error('The database is away.'), { code: 'ECONNREFUSED' })
        },
      })
    },
  ),
  {
    names: ['continued-as-new-first', 'continued-as-new-last'],
    isLong: true,
    record: (on) =>
      withEngine(on, async (engine) => {
        await engine.startWorker()
        const journey = await publishDefinition(engine.db, {
          steps: { first: wait('P30D'), end: ['exit', { reason: 'End' }] },
        })
        const leadId = await addLead(engine.db)
        await enrol(engine, leadId, journey, Date.now())
        await standsAt(engine, leadId, 'first')
        const { runId } = await handleOf(engine, leadId).describe()
        await until('a later run has taken over', async () => {
          await send(engine, leadId, Date.now(), { kind: 'fact', keys: ['field:city'] })
          return (await handleOf(engine, leadId).describe()).runId !== runId
        })
        await control(engine, leadId, 'exit')
        const last = await completed(engine, leadId)
        const log = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
        if (log.length !== 2) throw new Error('The lead did not walk as it should.')
        return [await handleOf(engine, leadId, runId).fetchHistory(), last]
      }),
  },
  {
    // A publish that waits for its instant, and one that moves leads: it sleeps between two looks at their answers.
    names: ['publish-later', 'publish-move'],
    record: async (on) => {
      const engine = await createTestEngine({
        ...on,
        segments: ({ db, poker, client, queuePrefix }) =>
          createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
      })
      try {
        const { db, client, queuePrefix } = engine
        const { journeyId } = await twoHundredWaiting(engine, { bern: 3, bonn: 2, graz: 1 })
        const moveId = await publishSecond(engine, journeyId)
        await untilMoved(db, moveId)
        const [{ publicationId } = { publicationId: '' }] = await db.execute<{ publicationId: string }>(
          sql`select gen_random_uuid()::text as "publicationId"`,
        )
        const schedules = createEntrySchedules(client, { db, queuePrefix })
        // Called off meanwhile, as far as it can tell: the timer and the activity are the same.
        await schedules.startPublication(publicationId, Date.now() + 3000)
        const histories: History[] = []
        for (const id of [`publication:${publicationId}`, `move:${moveId}`]) {
          const handle = client.workflow.getHandle(id)
          await handle.result()
          histories.push(await handle.fetchHistory())
        }
        return histories
      } finally {
        await engine.stop()
      }
    },
  },
]
