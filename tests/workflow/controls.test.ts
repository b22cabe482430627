import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { requestControl, type ControlRequest } from '#activities/controls/request-control.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { auditLog, tasks } from '#db/schema/tasks.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** What people do to leads on a journey. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
})
afterAll(() => engine?.stop())

const day = 86_400_000
const mail = { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }

async function enrollmentOf(leadId: string) {
  const [row] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
  if (row === undefined) throw new Error('The lead is in no journey.')
  return row
}

async function stepsOf(leadId: string): Promise<string[]> {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.map((row) => `${row.stepId} ${row.port ?? 'end'}`)
}

async function control(
  leadId: string,
  request: Partial<ControlRequest> & Pick<ControlRequest, 'action'>,
): Promise<void> {
  const { id } = await enrollmentOf(leadId)
  await requestControl(engine, { enrollmentIds: [id], reason: 'because', actor: 'ann', ...request })
  await until('the control is applied', async () => {
    const rows = await engine.db.select().from(leadInputs).where(eq(leadInputs.leadId, leadId))
    return rows.every((row) => row.consumedAt !== null)
  })
}

async function waitingLead(fields: Parameters<typeof addLead>[1] = {}): Promise<string> {
  const journey = await publishDefinition(engine.db, {
    steps: {
      wait: ['wait', { duration: 'P10D' }, { next: 'tag' }],
      tag: ['add_tag', { tag: 'done' }, { next: 'end' }],
      other: ['exit', { reason: 'Other way' }],
      end: ['exit', { reason: 'End' }],
    },
  })
  const lead = await addLead(engine.db, fields)
  await enrol(engine, lead, journey, fields.clock ? fields.clock.virtualStart : Date.now())
  await until('the lead waits', async () => (await enrollmentOf(lead).catch(() => null))?.state.rest != null)
  return lead
}

describe('controls', () => {
  test('pause holds what falls due, resume lets it happen, nobody is lost', async () => {
    const lead = await waitingLead({ clock: fastClock('2026-03-02T09:00:00Z', 2 * 86_400) })
    await control(lead, { action: 'pause' })
    expect((await enrollmentOf(lead)).status).toBe('paused')
    // Its ten days pass while it is paused: it stays where it is.
    await until('ten virtual days have passed', async () => {
      const { clock } =
        (await engine.db.query.leads.findFirst({ where: (table, { eq: is }) => is(table.id, lead) })) ?? {}
      return clock != null && (Date.now() - clock.realStart) * clock.speed > 11 * day
    })
    await engine.poker.poke([lead])
    expect(await stepsOf(lead)).toEqual(['entry next'])
    await control(lead, { action: 'resume' })
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'wait next', 'tag next', 'end end'])
  })

  test('exit takes the lead out at once and cancels its queued message', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: { mail: ['send_email', mail, { next: 'wait' }], wait: ['wait', { duration: 'P10D' }, {}] },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until(
      'the message is queued',
      async () => (await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))).length === 1,
    )
    await control(lead, { action: 'exit' })
    const row = await enrollmentOf(lead)
    expect([row.status, row.exitReason]).toEqual(['exited', 'because'])
    const [delivery] = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
    expect(delivery?.status).toBe('cancelled')
    const audit = await engine.db.select().from(auditLog).where(eq(auditLog.subjectId, row.id))
    expect(audit.map((entry) => [entry.actor, entry.action])).toEqual([['ann', 'enrollment.exit']])
  })

  test('move puts the lead on another step; an unknown step is refused and explained', async () => {
    const lead = await waitingLead()
    await control(lead, { action: 'move', stepId: 'nowhere' })
    const inputs = await engine.db
      .select()
      .from(leadInputs)
      .where(eq(leadInputs.leadId, lead))
      .orderBy(asc(leadInputs.id))
    expect(inputs.at(-1)?.outcome).toBe('ignored: step "nowhere" is not in version 1')
    await control(lead, { action: 'move', stepId: 'other' })
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'wait end', 'other end'])
  })

  test('the outcome of a call moves the lead at once, by the port it names', async () => {
    const journey = await publishDefinition(engine.db, {
      needs: { events: ['downloaded'] },
      steps: {
        call: [
          'escalate_to_call',
          {
            reason: 'Hot',
            talkTrack: 'Say hello',
            queue: 'sales',
            outcomes: [
              { id: 'yes', label: 'Interested' },
              { id: 'no', label: 'Not now' },
            ],
            sla: 'PT4H',
            afterCoolOff: 'wait',
            escalation: [],
          },
          { 'outcome:yes': 'won', 'outcome:no': 'lost', refused: 'lost' },
        ],
        won: ['exit', { reason: 'Won' }],
        lost: ['exit', { reason: 'Lost' }],
      },
    })
    const lead = await addLead(engine.db, { phone: '+32 2 555 01 01', zone: 'Europe/Brussels' })
    await enrol(engine, lead, journey, Date.now())
    await until(
      'there is a task',
      async () => (await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))).length === 1,
    )
    const [task] = await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))
    expect(await completeTask(engine, { taskId: task?.id ?? '', outcome: 'maybe', actor: 'ann' })).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    expect(await completeTask(engine, { taskId: task?.id ?? '', outcome: 'yes', actor: 'ann' })).toMatchObject({
      done: true,
    })
    expect(await completeTask(engine, { taskId: task?.id ?? '', outcome: 'no', actor: 'bob' })).toMatchObject({
      code: 'TASK_CLOSED',
    })
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'call outcome:yes', 'won end'])
  })
})
