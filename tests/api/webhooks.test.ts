import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { sendDueWebhooks } from '#activities/webhooks/send-webhooks.ts'
import { setHold } from '#db/repositories/company-switches.ts'
import { addLead, publishDefinition } from '../support/engine.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

interface Call {
  headers: Record<string, string>
  body: string
}

let app: TestApp
let server: Server
let address: string
const calls: Call[] = []
/** What the other side answers, call by call; 200 when nothing is left. */
let answers: number[] = []

beforeAll(async () => {
  app = await createTestApp()
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      calls.push({ headers: request.headers as Record<string, string>, body })
      response.writeHead(answers.shift() ?? 200).end('thank you, anna@example.org')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  address = `http://127.0.0.1:${String(typeof at === 'object' && at !== null ? at.port : 0)}/hook`
})
afterAll(async () => {
  server.close()
  await app.close()
})
beforeEach(async () => {
  await app.database.sql`delete from webhook_endpoints`
  calls.length = 0
  answers = []
})

const never = new AbortController().signal
const round = () => sendDueWebhooks({ db: app.database.db, retries: [0, 0] }, never)

async function endpoint(types: string[], more: object = {}): Promise<{ id: string; secret: string }> {
  const made = await app.request
    .post('/api/v1/webhooks')
    .send({ url: address, types, ...more })
    .expect(201)
  return made.body as { id: string; secret: string }
}
async function record(event: string, email: string): Promise<void> {
  const item = { messageId: crypto.randomUUID(), lead: { email }, event, properties: { asset: 'guide' } }
  await app.request
    .post('/api/v1/events')
    .send({ events: [item] })
    .expect(200)
}
const log = async (id: string) =>
  (await app.request.get(`/api/v1/webhooks/${id}/calls`).expect(200)).body.items as {
    id: string
    type: string
    status: string
    attempts: number
    lastStatus: number | null
    lastError: string | null
  }[]

describe('telling others', () => {
  test('a call is signed so that the reference implementation accepts it, and tells what happened to whom', async () => {
    const { id, secret } = await endpoint(['event.downloaded'])
    await record('downloaded', 'anna@example.org')
    await record('viewed', 'anna@example.org')
    await round()
    expect(calls).toHaveLength(1)
    const { headers = {}, body = '' } = calls[0] ?? {}
    const told = new Webhook(secret).verify(body, headers)
    expect(told).toMatchObject({
      type: 'event.downloaded',
      data: {
        lead: { email: 'anna@example.org', stage: 'new' },
        event: { type: 'downloaded', properties: { asset: 'guide' } },
      },
    })
    expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString('base64')}`).verify(body, headers)).toThrow(
      'No matching signature',
    )
    expect(await log(id)).toMatchObject([
      { type: 'event.downloaded', status: 'delivered', attempts: 1, lastStatus: 200 },
    ])
    // The secret is shown once, and what they answer or who it was about is not in the log.
    const shown = JSON.stringify([(await app.request.get('/api/v1/webhooks')).body, await log(id)])
    expect(shown).not.toContain(secret)
    expect(shown).not.toContain('anna@')
  })

  test('what is refused is tried again under the same id, and in the end given up; a person may repeat it', async () => {
    const { id } = await endpoint(['*'])
    answers = [500, 302, 503]
    await record('asked', 'bo@example.org')
    for (let at = 0; at < 3; at += 1) await round()
    const asked = calls.filter(({ body }) => body.includes('event.asked'))
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const [call] = await log(id)
    expect(call).toMatchObject({ status: 'failed', attempts: 3, lastStatus: 503 })
    await app.request.post(`/api/v1/webhook-calls/${call?.id ?? ''}/repeat`).expect(202)
    await round()
    expect((await log(id))[0]).toMatchObject({ status: 'delivered', attempts: 1 })
  })

  test('410 turns the endpoint off; on again, it gets what was queued', async () => {
    const { id } = await endpoint(['*'])
    answers = [410]
    await record('one', 'cy@example.org')
    await round()
    const off = (await app.request.get('/api/v1/webhooks')).body.items[0]
    expect(off).toMatchObject({ isActive: false, disabledReason: 'It answered 410: gone.' })
    await app.request.patch(`/api/v1/webhooks/${id}`).send({ isActive: true }).expect(200)
    await record('two', 'cy@example.org')
    await app.request.patch(`/api/v1/webhooks/${id}`).send({ isActive: false }).expect(200)
    expect(await round()).toBe(0)
    await app.request.patch(`/api/v1/webhooks/${id}`).send({ isActive: true }).expect(200)
    expect(await round()).toBe(1)
  })

  test('senders side by side make each call once, also when one endpoint has many', async () => {
    await endpoint(['event.*'])
    const email = 'di@example.org'
    const events = Array.from({ length: 60 }, (_, at) => ({
      messageId: `many-${String(at)}`,
      lead: { email },
      event: 'many',
    }))
    await app.request.post('/api/v1/events').send({ events }).expect(200)
    for (let at = 0; at < 6; at += 1) await Promise.all([round(), round(), round()])
    expect(calls).toHaveLength(60)
    expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(60)
  })

  test('tasks, enrollments and stages are told once per change; test leads and what was rolled back are not', async () => {
    const { db } = app.database
    await endpoint(['lead.*', 'task.*', 'enrollment.*'])
    const journeyId = await publishDefinition(db, { steps: { wait: ['wait', { duration: 'P1D' }] } })
    const happen = async (leadId: string, tx: Pick<typeof db, 'execute'>) => {
      await tx.execute(sql`insert into stage_changes (lead_id, kind, from_value, to_value, reason, actor, at)
        values (${leadId}, 'stage', 'new', 'engaged', 'r', 'a', now())`)
      await tx.execute(sql`insert into enrollments
          (id, lead_id, journey_id, version, status, step_id, since, state, trigger_id, entry_key, entered_at)
        values (gen_random_uuid(), ${leadId}, ${journeyId}, 1, 'active', 'wait', now(), '{}', 'manual', 'k', now())`)
      await tx.execute(sql`update enrollments set step_id = 'wait' where lead_id = ${leadId}`)
      await tx.execute(sql`update enrollments set status = 'completed', finished_at = now() where lead_id = ${leadId}`)
      await tx.execute(sql`update enrollments set updated_at = now() where lead_id = ${leadId}`)
    }
    await happen(await addLead(db), db)
    await happen(await addLead(db, { isTest: true }), db)
    const undone = await addLead(db)
    await db.transaction(async (tx) => happen(undone, tx).then(() => tx.rollback())).catch(() => undefined)
    await round()
    const types = calls.map(({ body }) => (JSON.parse(body) as { type: string }).type)
    expect(types.toSorted()).toEqual(['enrollment.finished', 'enrollment.started', 'lead.stage_changed'])
  })

  test('an erased lead is told about no more; on hold nobody is told anything', async () => {
    const { db } = app.database
    const { id } = await endpoint(['event.*'])
    await record('seen', 'eve@example.org')
    await db.transaction((tx) => setHold(tx, { on: true, reason: 'restored', actor: 'test' }))
    expect(await round()).toBe(0)
    await db.transaction((tx) => setHold(tx, { on: false, reason: '', actor: 'test' }))
    await db.execute(sql`update leads set erased_at = now(), email = null where email = 'eve@example.org'`)
    await round()
    expect(calls).toHaveLength(0)
    expect(await log(id)).toMatchObject([{ status: 'cancelled' }])
  })

  test('what makes no sense is refused at its place', async () => {
    const refused = await app.request
      .post('/api/v1/webhooks')
      .send({ url: 'ftp://x', types: ['nonsense'] })
      .expect(400)
    const places = (refused.body.issues as { path: string[] }[]).map(({ path }) => path.join('.'))
    expect(places).toEqual(expect.arrayContaining(['body.url', 'body.types.0']))
    const nobody = '00000000-0000-7000-8000-000000000000'
    await app.request.post(`/api/v1/webhooks/${nobody}/ping`).expect(404)
    await app.request.get(`/api/v1/webhooks/${nobody}/calls`).expect(404)
  })
})

describe('being told', () => {
  const body = JSON.stringify({ data: { email: 'fay@example.org', stage: 'won', at: 1_700_000_000 }, id: 'm1' })
  const mapping = {
    event: 'crm_deal',
    email: '/data/email',
    messageId: '/id',
    occurredAt: '/data/at',
    properties: { stage: '/data/stage', missing: '/data/none' },
  }
  const path = (url: string) => `/hooks/${url.split('/').at(-1) ?? ''}`
  const hook = async (more: object) =>
    (
      await app.request
        .post('/api/v1/incoming-webhooks')
        .send({ name: 'CRM', mapping, ...more })
        .expect(201)
    ).body as {
      key: string
      url: string
      secret: string
    }
  const post = (url: string, headers: Record<string, string>, text = body) =>
    app.request
      .post(path(url))
      .set({ 'content-type': 'application/json', ...headers })
      .send(text)

  test('no hook records what only Trellis records', async () => {
    const given = { name: 'CRM', scheme: 'standard', mapping: { ...mapping, event: 'unsubscribed' } }
    const { status, body: refused } = await app.request.post('/api/v1/incoming-webhooks').send(given)
    expect(status).toBe(400)
    expect(refused).toMatchObject({
      issues: [{ path: ['body', 'mapping', 'event'], message: expect.stringContaining('opt-out') }],
    })
  })

  test('a signed call becomes an event of its lead, once', async () => {
    const { url, secret } = await hook({ scheme: 'standard' })
    const sign = (id: string, at = new Date(), text = body) => ({
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': `v1,bm9uZQ== ${new Webhook(secret).sign(id, at, text)}`,
    })
    expect((await post(url, sign('a')).expect(202)).body).toEqual({ status: 'recorded' })
    expect((await post(url, sign('b')).expect(202)).body).toEqual({ status: 'duplicate' })
    const rows = await app.database.sql`
      select e.properties, extract(epoch from e.occurred_at)::int as at from events e join leads l on l.id = e.lead_id
       where l.email = 'fay@example.org' and e.type = 'crm_deal'`
    expect(rows).toEqual([{ properties: { stage: 'won' }, at: 1_700_000_000 }])

    const code = async (headers: Record<string, string>, text = body) =>
      (await post(url, headers, text)).body.code as string
    expect(await code({})).toBe('SIGNATURE_INVALID')
    expect(await code({ ...sign('c'), 'webhook-id': 'd' })).toBe('SIGNATURE_INVALID')
    expect(await code(sign('e', new Date(Date.now() - 10 * 60_000)))).toBe('SIGNATURE_INVALID')
    expect(await code(sign('f'), body.replace('won', 'lost'))).toBe('SIGNATURE_INVALID')
    expect(await code(sign('g', new Date(), '{"data":{}}'), '{"data":{}}')).toBe('WEBHOOK_UNREADABLE')
    expect(await code(sign('h', new Date(), 'no json'), 'no json')).toBe('WEBHOOK_UNREADABLE')
  })

  test('senders with a header of their own are checked by it; others, and those that were removed, find nobody', async () => {
    const { messageId: _id, ...nameless } = mapping
    const { key, url, secret } = await hook({
      mapping: nameless,
      scheme: 'hmac',
      header: 'X-Signature-256',
      secret: 'sixteen letters!!',
    })
    expect(secret).toBe('sixteen letters!!')
    const text = body.replace('m1', 'm2')
    const signature = createHmac('sha256', secret).update(text).digest('hex')
    await post(url, { 'x-signature-256': `sha256=${signature}` }, text).expect(202)
    // Who has seen a call cannot make it count twice by a header that nobody signed.
    const again = await post(url, { 'x-signature-256': signature, 'webhook-id': 'another' }, text).expect(202)
    expect(again.body).toEqual({ status: 'duplicate' })
    await post(
      url,
      { 'x-signature-256': `sha256=${signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}` },
      text,
    ).expect(401)
    await app.request.delete(`/api/v1/incoming-webhooks/${key}`).expect(200)
    await post(url, { 'x-signature-256': `sha256=${signature}` }, text).expect(404)
  })
})
