import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createSmtpProvider } from '#activities/providers/smtp.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { deliveries, suppressions } from '#db/schema/deliveries.ts'
import { stepLog } from '#db/schema/journeys.ts'
import { settings } from '#db/schema/library.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import { startSmtpSink, type SmtpSink } from '#tests/support/smtp-sink.ts'

/** Whole journeys of real leads whose mail goes to a real mail server. */
let engine: TestEngine
let sink: SmtpSink
let journey: string
beforeAll(async () => {
  sink = await startSmtpSink()
  const email = createSmtpProvider({
    url: sink.url,
    sender: () => Promise.resolve({ name: 'Company', email: 'news@company.example' }),
  })
  engine = await createTestEngine({
    mailroom: {
      links: { baseUrl: 'https://leads.example.test', secret: 'x'.repeat(32) },
      providers: { email },
      retryPauses: { firstMs: 700, longestMs: 700 },
    },
  })
  const profile = { postalAddress: '1 Main Street, 12345 Springfield' }
  await engine.db.insert(settings).values({ key: 'company_profile', value: profile })
  await setLiveSending(engine.db, { on: true, actor: 'owner' })
  journey = await publishDefinition(engine.db, {
    steps: {
      mail: [
        'send_email',
        { subject: 'Hello', body: 'Hello', purpose: 'transactional' },
        { next: 'wait', skipped: 'lost' },
      ],
      wait: ['wait', { duration: 'PT2S' }, { next: 'end' }],
      end: ['exit', { reason: 'End' }],
      lost: ['exit', { reason: 'Not sent' }],
    },
  })
})
afterAll(async () => {
  await engine?.stop()
  await sink.close()
})
beforeEach(() => {
  sink.answer = () => 'accept'
})

async function run(): Promise<{
  leadId: string
  steps: Map<string, { port: string | null; leftAt: number }>
  delivery: typeof deliveries.$inferSelect
}> {
  const leadId = await addLead(engine.db)
  await enrol(engine, leadId, journey, Date.now())
  await untilFinished(engine, [leadId])
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  const [delivery] = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, leadId))
  if (delivery === undefined) throw new Error('Nothing was queued.')
  return {
    leadId,
    delivery,
    steps: new Map(rows.map((row) => [row.stepId, { port: row.port, leftAt: row.leftAt.getTime() }])),
  }
}

test('a wait after a mail counts from when the server took it, not from when it was queued or first refused', async () => {
  sink.answer = ({ attempt }) => (attempt < 3 ? { at: 'recipient', code: 451, text: '4.7.1 later' } : 'accept')
  const { steps, delivery } = await run()
  expect([delivery.status, delivery.attempts]).toEqual(['accepted', 3])
  const acceptedAt = delivery.acceptedAt?.getTime() ?? 0
  expect(acceptedAt - delivery.queuedAt.getTime()).toBeGreaterThanOrEqual(1400)
  expect(steps.get('wait')?.leftAt).toBe(acceptedAt + 2000)
  expect(steps.has('end')).toBe(true)
})

test('a mail of unknown fate is sent again under its Message-ID, and the wait counts from the answer', async () => {
  sink.answer = ({ attempt }) => (attempt === 1 ? 'drop' : 'accept')
  const { steps, delivery } = await run()
  const mails = sink.taken().filter((mail) => mail.messageId.includes(delivery.id))
  expect(mails).toHaveLength(2)
  expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(1)
  expect([delivery.status, delivery.inDoubt]).toEqual(['accepted', true])
  expect(steps.get('wait')?.leftAt).toBe((delivery.acceptedAt?.getTime() ?? 0) + 2000)
})

test('a mail refused for good moves its lead on by the step’s port, and the address is written to no more', async () => {
  sink.answer = () => ({ at: 'recipient', code: 550, text: '5.1.1 no such user' })
  const { leadId, steps, delivery } = await run()
  expect(delivery.status).toBe('failed')
  expect(steps.has('lost')).toBe(true)
  expect(steps.has('end')).toBe(false)
  const stopped = await engine.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))
  expect(stopped).toMatchObject([{ channel: 'email', reason: 'hard_bounce' }])
})
