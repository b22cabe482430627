// A copy of a lead walks a live journey at speed, and is stopped: what is copied, what is not, and that nothing goes on.
import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runLead, stopRun } from '#activities/test-runs/run-lead.ts'
import { readTestRunStatus } from '#activities/test-runs/watch-test-run.ts'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { findPerson } from '#db/repositories/erasure.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { eventTotals } from '#db/schema/events.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leads, leadTags } from '#db/schema/leads.ts'
import { createTestEngine, publishDefinition, until, type TestEngine } from '#tests/support/engine.ts'

let engine: TestEngine
let journeyId: string
let lead: string

beforeAll(async () => {
  engine = await createTestEngine({
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
  })
  const mail = { subject: 'Hello {{ lead.first_name }}', body: 'Hello', purpose: 'nurture', overCap: 'defer' }
  journeyId = await publishDefinition(engine.db, {
    settings: { zone: 'Europe/London' },
    steps: {
      mail: ['send_email', mail, { next: 'wait' }],
      wait: ['wait', { duration: 'P3D' }, { next: 'long' }],
      long: ['wait', { duration: 'P300D' }, { next: 'end' }],
      end: ['exit', { reason: 'End' }],
    },
  })
  const library = await readLibrary(engine.db)
  lead = await engine.db.transaction(async (tx) => {
    const { rows } = await upsertLeads(
      tx,
      [{ email: 'ada@example.com', fields: { first_name: 'Ada', phone: '+442079461000' }, tags: ['vip'], score: 40 }],
      { library, actor: 'test', enroll: false },
    )
    const id = rows[0]?.leadId ?? ''
    await ingestEvents(tx, [{ lead: { id }, type: 'downloaded', occurredAt: Date.now() - 86_400_000 }], {
      library,
      enroll: false,
    })
    return id
  })
})
afterAll(() => engine?.stop())

test('the copy has what rules look at, walks in its own time, reaches the mailbox only, and stops when it is told to', async () => {
  const { db, poker, client, queuePrefix } = engine
  const deps = { db, poker, client, queuePrefix, library: () => readLibrary(db) }
  // Three days pass in about three seconds; the wait of 300 days would take five minutes.
  const request = { journeyId, leadId: lead, speed: 86_400, start: null, days: 400, actor: 'owner' }
  const started = await runLead(deps, request)
  if (!started.done) throw new Error(started.message)
  const [copy] = await db.select().from(leads).where(eq(leads.id, started.leadId))
  expect(copy).toMatchObject({ isTest: true, email: 'ada@example.com', firstName: 'Ada', score: 40 })
  expect(await db.select().from(leadTags).where(eq(leadTags.leadId, started.leadId))).toMatchObject([{ tag: 'vip' }])
  expect(await db.select().from(eventTotals).where(eq(eventTotals.leadId, started.leadId))).toMatchObject([
    { type: 'downloaded', count: 1 },
  ])
  // An erasure of the lead reaches its copy.
  const person = await db.transaction((tx) => findPerson(tx, lead))
  expect(person?.all).toContain(started.leadId)

  await until(
    'the copy has come to the long wait',
    async () => {
      const [row] = await db.select().from(enrollments).where(eq(enrollments.leadId, started.leadId))
      return row?.stepId === 'long'
    },
    60,
  )
  const steps = await db.select().from(stepLog).where(eq(stepLog.leadId, started.leadId)).orderBy(asc(stepLog.id))
  const [mail, wait] = steps.slice(-2)
  expect([mail?.stepId, wait?.stepId]).toEqual(['mail', 'wait'])
  expect((wait?.leftAt.getTime() ?? 0) - (mail?.leftAt.getTime() ?? 0)).toBeGreaterThan(2.9 * 86_400_000)
  const sent = await db.select().from(deliveries).where(eq(deliveries.leadId, started.leadId))
  expect(sent.map(({ isTest }) => isTest)).toEqual([true])
  expect(await db.select().from(mailbox).where(eq(mailbox.leadId, lead))).toEqual([])

  expect(await stopRun(deps, { runId: started.runId, actor: 'owner' })).toBe(true)
  await until(
    'the copy has left',
    async () => {
      const [row] = await db.select().from(enrollments).where(eq(enrollments.leadId, started.leadId))
      return row?.status === 'exited'
    },
    30,
  )
  const status = await readTestRunStatus(db, started.runId)
  expect(status).toMatchObject({ finished: true, enrollments: { exited: 1 }, waiting: 0 })
  const later = await readTestRunStatus(db, started.runId)
  expect(later?.now).toBe(status?.now)
  expect(await stopRun(deps, { runId: started.runId, actor: 'owner' })).toBe(true)
  expect(await stopRun(deps, { runId: lead, actor: 'owner' })).toBe(false)
})
