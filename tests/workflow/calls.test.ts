import { and, asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import { emptyLibrary } from '#engine/library.ts'
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

/** Calls that must not be made any more, not yet, or that nobody makes. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
})
afterAll(() => engine?.stop())

const call = { reason: 'Hot', sla: 'PT4H', outcomes: [{ id: 'yes', label: 'Interested' }] }

function publishCall(config: Record<string, unknown> = {}): Promise<string> {
  return publishDefinition(engine.db, {
    needs: { events: ['downloaded'] },
    steps: {
      call: ['escalate_to_call', { ...call, ...config }, { 'outcome:yes': 'won', refused: 'let-be', expired: 'late' }],
      won: ['exit', { reason: 'Won' }],
      'let-be': ['exit', { reason: 'Let be' }],
      late: ['exit', { reason: 'Late' }],
    },
  })
}

async function taskOf(leadId: string) {
  const [task] = await engine.db.select().from(tasks).where(eq(tasks.leadId, leadId))
  return task
}

let numbers = 0

/** A lead with an open call task and a number of its own: a number on a do-not-call list binds everybody who has it. */
async function leadToCall(config: Record<string, unknown> = {}, fields: Parameters<typeof addLead>[1] = {}) {
  numbers += 1
  const phone = `+32 2 555 01 ${String(numbers).padStart(2, '0')}`
  const lead = await addLead(engine.db, { phone, ...fields })
  const at = fields.clock?.virtualStart ?? Date.now()
  await enrol(engine, lead, await publishCall(config), at)
  await until('there is a task', async () => (await taskOf(lead)) !== undefined)
  return lead
}

async function logOf(leadId: string) {
  const task = await taskOf(leadId)
  const rows = await engine.db
    .select()
    .from(taskLog)
    .where(eq(taskLog.taskId, task?.id ?? ''))
    .orderBy(asc(taskLog.id))
  return rows.map(({ action, detail }) => ({ action, detail: detail as Record<string, unknown> }))
}

async function portOfCall(leadId: string): Promise<string | null | undefined> {
  const rows = await engine.db
    .select()
    .from(stepLog)
    .where(and(eq(stepLog.leadId, leadId), eq(stepLog.stepId, 'call')))
  return rows[0]?.port
}

async function change(leadChange: LeadChange): Promise<void> {
  const { leadIds } = await engine.db.transaction((tx) =>
    applyLeadChanges(tx, [leadChange], { library: emptyLibrary(), actor: 'ann' }),
  )
  await engine.poker.poke(leadIds)
}

describe('a lead that must not be called any more', () => {
  test('a journey that suppresses the telephone withdraws the call of another journey', async () => {
    const lead = await leadToCall()
    const other = await publishDefinition(engine.db, {
      steps: {
        stop: ['suppress', { channels: ['phone'], reason: 'asked_to_stop' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    await enrol(engine, lead, other, Date.now())
    await untilFinished(engine, [lead])
    expect(await portOfCall(lead)).toBe('refused')
    expect((await taskOf(lead))?.status).toBe('cancelled')
    expect((await logOf(lead)).map(({ action }) => action)).toEqual(['created', 'withdrawn'])
  })

  for (const [name, leadChange] of [
    ['a suppression from outside', { kind: 'suppress', channels: ['phone'], reason: 'asked_to_stop' }],
    ['a do-not-call mark', { kind: 'set_field', field: 'do_not_call', value: true }],
  ] as const) {
    test(`${name} withdraws the call in its own transaction, and the lead goes on`, async () => {
      const lead = await leadToCall()
      await engine.stopWorker()
      await change({ leadId: lead, ...leadChange } as LeadChange)
      // At once: nobody has looked at the lead's journeys yet.
      expect(await taskOf(lead)).toMatchObject({ status: 'cancelled', closedBy: 'ann' })
      expect(await portOfCall(lead)).toBeUndefined()
      await engine.startWorker()
      await untilFinished(engine, [lead])
      expect(await portOfCall(lead)).toBe('refused')
    })
  }

  test('a suppression of mail leaves the call alone', async () => {
    const lead = await leadToCall()
    await change({ leadId: lead, kind: 'suppress', channels: ['email'], reason: 'unsubscribed' })
    expect((await taskOf(lead))?.status).toBe('open')
  })
})

describe('a download after the call task was created', () => {
  const download = async (leadId: string): Promise<void> => {
    const { leadIds } = await engine.db.transaction((tx) =>
      ingestEvents(tx, [{ lead: { id: leadId }, type: 'downloaded', occurredAt: Date.now() }], {
        library: emptyLibrary(),
      }),
    )
    await engine.poker.poke(leadIds)
  }

  test('puts the call off to the end of the cool-off, and says why', async () => {
    const lead = await leadToCall()
    const before = await taskOf(lead)
    await download(lead)
    await until('the call is put off', async () => (await logOf(lead)).length > 1)
    const after = await taskOf(lead)
    expect(after?.status).toBe('open')
    expect(after?.notBefore?.getTime()).toBeGreaterThan(Date.now() + 2.9 * 86_400_000)
    expect(after?.dueAt.getTime()).toBeGreaterThan(before?.dueAt.getTime() ?? Infinity)
    expect((await logOf(lead))[1]).toMatchObject({
      action: 'postponed',
      detail: { reason: expect.stringMatching(/download/) as string, notBefore: after?.notBefore?.toISOString() },
    })
  })

  test('withdraws it when the step refuses calls right after a download', async () => {
    const lead = await leadToCall({ afterCoolOff: 'refuse' })
    await download(lead)
    await untilFinished(engine, [lead])
    expect(await portOfCall(lead)).toBe('refused')
    expect((await taskOf(lead))?.status).toBe('cancelled')
  })
})

describe('a call nobody makes', () => {
  const escalation = [
    { after: 'PT2H', action: 'remind' },
    { after: 'P1D', action: 'manager' },
    { after: 'P2D', action: 'reassign' },
  ]

  test('each rung of the ladder is taken once, at its business instant', async () => {
    // Friday noon: due 16:00; two open hours later is Monday 10:00, a business day later Monday 16:00.
    const clock = fastClock('2026-03-06T12:00:00Z', 86_400)
    const lead = await leadToCall({ escalation, assignee: 'eva', expireAfter: 'P4D' }, { clock, zone: 'UTC' })
    await untilFinished(engine, [lead])
    const rungs = (await logOf(lead)).filter(({ action }) => action === 'escalated').map(({ detail }) => detail)
    expect(rungs).toEqual([
      { rung: 1, action: 'remind', to: 'eva', for: '2026-03-09T10:00:00.000Z' },
      { rung: 2, action: 'manager', to: 'manager', for: '2026-03-09T16:00:00.000Z' },
      { rung: 3, action: 'reassign', from: 'eva', for: '2026-03-10T16:00:00.000Z' },
    ])
    expect(await taskOf(lead)).toMatchObject({ status: 'cancelled', assignee: null })
    const told = await engine.db
      .select()
      .from(deliveries)
      .where(eq(deliveries.leadId, lead))
      .orderBy(asc(deliveries.id))
    expect(told.map(({ channel, purpose, content }) => [channel, purpose, content.to])).toEqual([
      ['notification', 'internal', 'eva'],
      ['notification', 'internal', 'manager'],
    ])
  })

  test('nobody is told about a call that was made', async () => {
    const clock = fastClock('2026-03-06T12:00:00Z', 3_600)
    const lead = await leadToCall({ escalation }, { clock, zone: 'UTC' })
    const task = await taskOf(lead)
    await completeTask(engine, { taskId: task?.id ?? '', outcome: 'yes', actor: 'ann' })
    await untilFinished(engine, [lead])
    expect(await portOfCall(lead)).toBe('outcome:yes')
    expect((await logOf(lead)).map(({ action }) => action)).not.toContain('escalated')
    expect(await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))).toEqual([])
  })
})
