import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInboundActivities } from '#activities/inbound/activity.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { notifications, users } from '#db/schema/people.ts'
import { rawMail } from '../unit/inbound/raw-mail.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '../support/engine.ts'
import { startImapServer, type TestImapServer } from '../support/imap-server.ts'

let engine: TestEngine
let imap: TestImapServer
beforeAll(async () => {
  imap = await startImapServer()
  engine = await createTestEngine({
    segments: ({ db, poker }) =>
      createInboundActivities({
        db,
        poker,
        library: () => readLibrary(db),
        mailbox: imap.settings,
        log: { info() {}, warn() {} },
      }),
  })
})
afterAll(async () => {
  await engine.stop()
  await imap.stop()
})

const poll = () =>
  engine.client.workflow.execute('inboundWorkflow', {
    workflowId: `${engine.queuePrefix}inbound-${String(Math.random())}`,
    taskQueue: `${engine.queuePrefix}segments`,
    args: [],
  })

test('a reply moves the lead that waits for one, tells its owner, and histories hold none of its words', async () => {
  const { db } = engine
  await db.insert(users).values({ key: 'ada', name: 'Ada Boss', email: 'ada@company.example', role: 'sales' } as never)
  const journeyId = await publishDefinition(db, {
    steps: {
      mail: ['send_email', { subject: 'Hello', body: 'Hello' }, { next: 'reply' }],
      reply: ['wait_for_event', { event: 'replied', timeout: 'P7D' }, { happened: 'yes', timeout: 'no' }],
      yes: ['exit', { reason: 'Replied' }],
      no: ['exit', { reason: 'Silent' }],
    },
    needs: { events: ['replied'] },
  })
  const leadId = await addLead(db, { ownerId: 'ada' })
  await enrol(engine, leadId, journeyId, Date.now())
  const mailOf = async () => (await db.select().from(deliveries).where(eq(deliveries.leadId, leadId)))[0]
  await until('the mail is out', async () => (await mailOf())?.status === 'accepted')
  imap.deliver(
    rawMail({ text: 'Very private words', headers: { 'In-Reply-To': `<${String((await mailOf())?.id)}@x.example>` } }),
  )
  const first = await poll()
  expect(first).toEqual({ taken: 1 })
  expect(await poll()).toEqual({ taken: 0 })
  await untilFinished(engine, [leadId])
  const [enrollment] = await db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
  expect(enrollment?.exitReason).toBe('Replied')
  const told = await db.select().from(notifications).where(eq(notifications.leadId, leadId))
  expect(told).toMatchObject([{ person: 'ada', kind: 'reply', body: 'Very private words' }])
  const history = await engine.client.workflow.getHandle(`lead:${leadId}`).fetchHistory()
  expect(JSON.stringify(history)).not.toContain('private')
})
