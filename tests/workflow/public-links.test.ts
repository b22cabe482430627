// Links in mails, followed on the running engine: leaving stops what is queued, and only people's clicks move a lead.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgeClicks } from '#activities/links/judge-clicks.ts'
import { personalLink } from '#activities/links/personal-link.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { linkClicks } from '#db/schema/links.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '../support/engine.ts'
import { temporalAddress } from '../support/temporal.ts'

/** As the engines of tests have it. */
const links = { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) }
const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'

let engine: TestEngine
let server: Server
let address: string

beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
  const temporal = createTemporalGateway({
    address: temporalAddress(),
    namespace: 'default',
    queuePrefix: engine.queuePrefix,
  })
  const app = createApp({
    database: engine.handle,
    temporal,
    registry: createStepRegistry(),
    logger: pino({ level: 'silent' }),
    boundTo: '127.0.0.1',
    links,
    pageFolder: null,
    version: '0',
  })
  server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await engine?.stop()
})

const visit = (path: string, body: URLSearchParams | null = null, agent = browser): Promise<Response> =>
  fetch(`${address}${path}`, {
    redirect: 'manual',
    method: body === null ? 'GET' : 'POST',
    body,
    headers: { 'user-agent': agent },
  })

async function deliveryOf(leadId: string) {
  const [delivery] = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, leadId))
  return delivery
}

test('who leaves between queueing and sending is sent nothing, and the journey goes on without the mail', async () => {
  const journey = await publishDefinition(engine.db, {
    steps: {
      mail: [
        'send_email',
        { subject: 'A guide', body: 'Hello', purpose: 'nurture' },
        { next: 'wait', skipped: 'left' },
      ],
      wait: ['wait', { duration: 'P1D' }, { next: 'end' }],
      left: ['add_tag', { tag: 'left' }, { next: 'end' }],
      end: ['exit', { reason: 'Done' }],
    },
  })
  const [leaver, other] = [await addLead(engine.db), await addLead(engine.db)]
  for (const leadId of [leaver, other]) await enrol(engine, leadId, journey, Date.now())
  await until('both mails are queued', async () => {
    const rows = await engine.db.select().from(deliveries)
    return rows.filter(({ status }) => status === 'queued').length === 2
  })
  const { id = '' } = (await deliveryOf(leaver)) ?? {}
  const { pathname } = new URL(personalLink(links, 'unsubscribe', id))
  const answer = await visit(pathname, new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }))
  expect(answer.status).toBe(200)

  // Only now a mailroom starts, on the same database.
  const mailroom = await createTestEngine({ databaseUrl: engine.databaseUrl })
  try {
    await until('the other mail is sent', async () => (await deliveryOf(other))?.status === 'accepted')
    expect(await deliveryOf(leaver)).toMatchObject({ status: 'cancelled', reason: 'suppressed', attempts: 0 })
    expect((await engine.db.select().from(mailbox)).map(({ leadId }) => leadId)).toEqual([other])
  } finally {
    await mailroom.stop()
  }
})

test('a scanner’s visit leaves the lead where it waits; a person’s click moves it', async () => {
  const journey = await publishDefinition(engine.db, {
    needs: { events: ['link_clicked'] },
    steps: {
      wait: [
        'wait_for_event',
        { event: 'link_clicked', where: [], timeout: 'P30D' },
        { happened: 'keen', timeout: 'end' },
      ],
      keen: ['add_tag', { tag: 'keen' }, { next: 'end' }],
      end: ['exit', { reason: 'Done' }],
    },
  })
  const mailed = await publishDefinition(engine.db, {
    steps: {
      mail: [
        'send_email',
        { subject: 'A guide', body: '<p><a href="https://example.com/guide">The guide</a></p>', purpose: 'nurture' },
        { next: 'end' },
      ],
      end: ['exit', { reason: 'Done' }],
    },
  })
  const leadId = await addLead(engine.db)
  await enrol(engine, leadId, mailed, Date.now())
  const mailroom = await createTestEngine({ databaseUrl: engine.databaseUrl })
  let path = ''
  try {
    await until('the mail is there', async () => {
      const [mail] = await engine.db.select().from(mailbox).where(eq(mailbox.leadId, leadId))
      path = /href="http:\/\/leads\.example\.test(\/c\/[^"]+)"/.exec(mail?.html ?? '')?.[1] ?? ''
      return path !== ''
    })
  } finally {
    await mailroom.stop()
  }
  // Long ago, so that the click is not too soon for a person.
  const acceptedAt = new Date(Date.now() - 3_600_000)
  await engine.db.update(deliveries).set({ acceptedAt }).where(eq(deliveries.leadId, leadId))
  await untilFinished(engine, [leadId])
  await enrol(engine, leadId, journey, Date.now())
  const waiting = async () => {
    const rows = await engine.db.select().from(enrollments).where(eq(enrollments.journeyId, journey))
    return rows[0]?.state.rest != null
  }
  await until('it waits for the click', waiting)
  const judge = () => {
    const deps = { db: engine.db, poker: engine.poker, library: () => readLibrary(engine.db) }
    return judgeClicks(deps, Date.now() + 60_000)
  }

  const scan = await visit(path, null, 'Mozilla/5.0 (compatible; MailScanBot/2.0)')
  expect([scan.status, scan.headers.get('location')]).toEqual([302, 'https://example.com/guide'])
  await judge()
  expect(await engine.db.select().from(linkClicks)).toMatchObject([{ verdict: 'suspected_scan' }])
  expect(await waiting()).toBe(true)

  await visit(path)
  expect(await judge()).toEqual({ human: 1, suspected: 0 })
  await untilFinished(engine, [leadId])
  const steps = await engine.db.select().from(stepLog).where(eq(stepLog.journeyId, journey)).orderBy(stepLog.id)
  expect(steps.map(({ stepId, port }) => `${stepId} ${port ?? 'end'}`)).toContain('keen next')
})
