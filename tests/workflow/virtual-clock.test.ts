import { and, asc, eq, ne } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** A test lead's clock is used for everything, so the speed of a rehearsal changes nothing in what it shows. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine()
})
afterAll(() => engine?.stop())

const from = '2026-03-27T08:00:00Z'
const mail = (subject: string) => ({ subject, body: 'Hello', purpose: 'nurture', overCap: 'defer' })

describe('a virtual clock', () => {
  test('60 × and 86,400 × give the same step log and the same delivery times', async () => {
    const hours = await publishDefinition(engine.db, {
      // Over a change to summer time, with messages, a cap that defers, weekdays and a score that another wait looks at.
      settings: { zone: 'Europe/Paris' },
      steps: {
        one: ['send_email', mail('One'), { next: 'short' }],
        short: ['wait', { duration: 'PT2M' }, { next: 'two' }],
        two: ['send_email', mail('Two'), { next: 'score' }],
        score: ['score', { amount: 10, reason: 'Rehearsal' }, { next: 'rule' }],
        rule: [
          'wait_for_rule',
          { rule: { kind: 'compare', field: 'score', op: 'gte', value: 20 }, timeout: 'PT5M' },
          { true: 'end', timeout: 'again' },
        ],
        again: ['go_to', { target: 'score', maxVisits: 2 }, { limit: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const logs: unknown[] = []
    for (const speed of [60, 86_400]) {
      const lead = await addLead(engine.db, { clock: fastClock(from, speed), zone: 'Europe/Paris' })
      await enrol(engine, lead, hours, Date.parse(from))
      await untilFinished(engine, [lead])
      const steps = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead)).orderBy(asc(stepLog.id))
      const sent = await engine.db
        .select()
        .from(deliveries)
        .where(eq(deliveries.leadId, lead))
        .orderBy(asc(deliveries.queuedAt))
      logs.push({
        steps: steps.map((row) => [
          row.stepId,
          row.port,
          row.enteredAt.toISOString(),
          row.leftAt.toISOString(),
          row.reason,
        ]),
        sent: sent.map((row) => [row.stepId, row.status, row.queuedAt.toISOString(), row.acceptedAt?.toISOString()]),
      })
    }
    expect(logs[1]).toEqual(logs[0])
    expect(JSON.stringify(logs[0])).toContain('"timeout"')
  })

  test('a year of weekly messages takes seconds, each at its own instant', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: {
        friday: ['wait_until_time', { days: ['fri'], time: '09:00' }, { next: 'mail' }],
        mail: ['send_email', mail('Weekly'), { next: 'loop' }],
        loop: ['go_to', { target: 'friday', maxVisits: 12 }, { limit: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db, { clock: fastClock(from, 20 * 86_400), zone: 'America/New_York' })
    await enrol(engine, lead, journey, Date.parse(from))
    await untilFinished(engine, [lead])
    const sent = await engine.db
      .select()
      .from(deliveries)
      .where(eq(deliveries.leadId, lead))
      .orderBy(asc(deliveries.queuedAt))
    expect(sent.length).toBeGreaterThanOrEqual(12)
    await until(
      'the mailroom is done',
      async () =>
        (
          await engine.db
            .select()
            .from(deliveries)
            .where(and(eq(deliveries.leadId, lead), ne(deliveries.status, 'accepted')))
        ).length === 0,
    )
    for (const row of sent) {
      const local = new Intl.DateTimeFormat('en-US', {
        timeZone: 'America/New_York',
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hour12: false,
      }).format(row.queuedAt)
      expect(local).toMatch(/^Fri 09:0\d$|^Fri, 09:0\d$/)
    }
    const mails = await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))
    expect(mails).toHaveLength(sent.length)
  })

  test('two journeys of one lead share one execution and one budget', async () => {
    const journeys = [
      await publishDefinition(engine.db, {
        steps: { a: ['send_email', mail('A'), { next: 'end' }], end: ['exit', { reason: 'End' }] },
      }),
      await publishDefinition(engine.db, {
        steps: { b: ['send_email', mail('B'), { next: 'end' }], end: ['exit', { reason: 'End' }] },
      }),
      await publishDefinition(engine.db, {
        steps: { c: ['send_email', mail('C'), { next: 'end' }], end: ['exit', { reason: 'End' }] },
      }),
      await publishDefinition(engine.db, {
        steps: { d: ['send_email', mail('D'), { next: 'end' }], end: ['exit', { reason: 'End' }] },
      }),
    ]
    const lead = await addLead(engine.db)
    const now = Date.now()
    await send(
      engine,
      lead,
      now,
      ...journeys.map((journeyId) => ({ kind: 'enroll' as const, journeyId, triggerId: 'manual', entryKey: 'one' })),
    )
    await untilFinished(engine, [lead])
    const rows = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
    expect(rows.map((row) => row.status)).toEqual(['completed', 'completed', 'completed', 'completed'])
    // The default policy: three emails a week. The fourth waits for room, whichever journey asked for it.
    const sent = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
    const deferred = sent.filter((row) => row.notBefore !== null)
    expect(deferred).toHaveLength(1)
    expect(deferred[0]?.notBefore?.getTime()).toBeGreaterThanOrEqual(now + 7 * 86_400_000)
  })
})
