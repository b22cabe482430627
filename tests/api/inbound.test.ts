import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signatureHeaders } from '#activities/effects/webhook.ts'
import { deliveries, suppressions } from '#db/schema/deliveries.ts'
import { rawBounce, rawMail } from '../unit/inbound/raw-mail.ts'
import { enrolled, queued, type World } from '../db/deliveries/given.ts'
import { publishDefinition } from '../support/engine.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const secret = 'whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=='

let app: TestApp
let world: Pick<World, 'db' | 'journeyId'>
beforeAll(async () => {
  app = await createTestApp({ inboundSecret: secret })
  const { db } = app.database
  const journeyId = await publishDefinition(db, {
    steps: { mail: ['send_email', { subject: 'Hello', body: 'Hello' }] },
  })
  world = { db, journeyId }
})
afterAll(() => app.close())

async function reached(): Promise<{ leadId: string; deliveryId: string }> {
  const lead = await enrolled(world as World)
  const deliveryId = await queued(world as World, lead)
  await world.db.update(deliveries).set({ status: 'accepted' }).where(eq(deliveries.id, deliveryId))
  return { leadId: lead.leadId, deliveryId }
}

const post = (path: string, body: Buffer | string, headers: Record<string, string>) =>
  app.request
    .post(`/api/v1/inbound/${path}`)
    .set({ 'content-type': 'message/rfc822', ...headers })
    .send(body)

describe('POST /api/v1/inbound/mail', () => {
  const bearer = { authorization: `Bearer ${secret}` }

  test('takes a reply in once; it waits in the list until somebody has seen to it', async () => {
    const { leadId, deliveryId } = await reached()
    const raw = rawMail({ id: '<api1@x>', headers: { 'In-Reply-To': `<${deliveryId}@x>` } })
    expect((await post('mail', raw, bearer).expect(200)).body).toEqual({ outcome: 'acted', kind: 'reply' })
    expect((await post('mail', raw, bearer).expect(200)).body).toEqual({ outcome: 'duplicate', kind: 'reply' })

    const open = await app.request.get(`/api/v1/inbound-mail?only=open&lead=${leadId}`).expect(200)
    expect(open.body.items).toMatchObject([{ kind: 'reply', lead: { id: leadId }, deliveryId, handledAt: null }])
    await app.request.post(`/api/v1/leads/${leadId}/replies-handled`).expect(200, { replies: 1, released: 0 })
    const seen = await app.request.get(`/api/v1/inbound-mail?only=open&lead=${leadId}`).expect(200)
    expect(seen.body.items).toEqual([])
  })

  test('only from who knows the secret: bearer, password, or a fresh signature over the very body', async () => {
    const raw = rawMail({ id: '<api2@x>' })
    const now = Date.now()
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}`,
    })
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'Bearer ' },
      basic('wrong'),
      basic(''),
      signatureHeaders('m1', raw.toString(), 'wrong-secret-wrong-secret-wrong-secret', now),
      signatureHeaders('m1', 'another body', secret, now),
      signatureHeaders('m1', raw.toString(), secret, now - 6 * 60_000),
    ]) {
      const refused = await post('mail', raw, headers).expect(401)
      expect(refused.body.code).toBe('INBOUND_UNPROVED')
    }
    await post('mail', raw, signatureHeaders('m1', raw.toString(), secret, now)).expect(200)
    await post('mail', raw, basic(secret)).expect(200)
  })

  test('a bounce handed in raw stops mail', async () => {
    const { leadId, deliveryId } = await reached()
    const recipient = `lead-${leadId}@example.test`
    await post('mail', rawBounce({ messageId: `<${deliveryId}@x>`, id: '<api3@x>', recipient }), bearer).expect(200)
    const rows = await world.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))
    expect(rows).toMatchObject([{ channel: 'email', reason: 'hard_bounce' }])
  })
})

describe('POST /api/v1/inbound/feedback', () => {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const send = (body: unknown) => post('feedback', JSON.stringify(body), headers)

  test('records each once, and says which it does not know', async () => {
    const { leadId, deliveryId } = await reached()
    const complaint = { message: `<${deliveryId}@x>`, kind: 'complaint', code: 'abuse' }
    const stranger = { message: '01997f0a-1234-7abc-8def-0123456789ab', kind: 'hard_bounce' }
    const first = await send({ feedback: [complaint, complaint, stranger, { ...stranger, message: 'x' }] }).expect(200)
    expect(first.body).toEqual({ outcomes: ['recorded', 'duplicate', 'unknown', 'unknown'] })
    const rows = await world.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))
    expect(rows).toMatchObject([{ channel: 'email', reason: 'complaint' }])
  })

  test.each([['{'], ['{}'], ['{"feedback":[{"message":"a","kind":"opened"}]}'], ['null']])(
    'refuses %s',
    async (body) => {
      await post('feedback', body, headers).expect(400)
    },
  )
})

test('without a secret the addresses do not exist', async () => {
  const closed = await createTestApp()
  try {
    await closed.request
      .post('/api/v1/inbound/mail')
      .set('authorization', 'Bearer ')
      .send('x')
      .expect((response) => {
        if (response.status < 400) throw new Error(`It answered ${String(response.status)}.`)
      })
  } finally {
    await closed.close()
  }
})
