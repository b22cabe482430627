import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { tasks } from '#db/schema/tasks.ts'
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

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine()
})
afterAll(() => engine?.stop())

const start = Date.parse('2026-03-02T09:00:00Z')
const mail = { subject: 'Hello', body: 'Hello {{ lead.first_name }}', purpose: 'nurture', overCap: 'defer' }

async function log(leadId: string): Promise<string[]> {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.map((row) => `${row.stepId} ${row.port ?? 'end'} ${row.leftAt.toISOString()}`)
}

describe('a lead on a journey', () => {
  test.each([
    ['goal', { name: 'Thanked' }],
    ['exit', { reason: 'Thanked' }],
  ] as const)(
    'a message sent right before a %s step goes out: reaching the end takes nothing back',
    async (last, config) => {
      const journey = await publishDefinition(engine.db, {
        steps: {
          mail: ['send_email', { ...mail, purpose: 'transactional' }, { next: 'task' }],
          task: ['create_task', { title: 'Arrange the visit', reason: 'It asked', queue: 'sales' }, { next: 'end' }],
          end: [last, config],
        },
      })
      const lead = await addLead(engine.db)
      await enrol(engine, lead, journey, Date.now())
      await untilFinished(engine, [lead])
      await until(
        'the message is in the mailbox',
        async () => (await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))).length === 1,
      )
      const [task] = await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))
      expect(task?.status).toBe('open')
    },
  )

  test('waits, gets its message once, and the execution completes', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: {
        wait: ['wait', { duration: 'P3D' }, { next: 'mail' }],
        mail: ['send_email', mail],
      },
    })
    const lead = await addLead(engine.db, { clock: fastClock('2026-03-02T09:00:00Z', 86_400) })
    await enrol(engine, lead, journey, start)
    await untilFinished(engine, [lead])
    expect(await log(lead)).toEqual([
      'entry next 2026-03-02T09:00:00.000Z',
      'wait next 2026-03-05T09:00:00.000Z',
      'mail next 2026-03-05T09:00:00.000Z',
    ])
    const sent = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
    expect(sent).toHaveLength(1)
    await until(
      'the execution is complete',
      async () => (await engine.client.workflow.getHandle(`lead:${lead}`).describe()).status.name === 'COMPLETED',
    )
  })
})
