// Repeats of a write, and callers that ask too much.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '#activities/access/api-keys.ts'
import { erasePerson } from '#activities/leads/erase-lead.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { createTestApp, type TestApp } from '../support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

async function makeKey(of: TestApp, scopes: string[]): Promise<string> {
  const wanted = { name: 'Test', kind: 'secret', scopes, expiresAt: null, actor: 'test' } as const
  const { key } = await of.database.db.transaction((tx) => createApiKey(tx, wanted))
  return `Bearer ${key}`
}

const upsert = (key: string, body: object, authorization?: string) => {
  const request = app.request.post('/api/v1/leads').set('Idempotency-Key', key)
  return (authorization === undefined ? request : request.set('Authorization', authorization)).send(body)
}

describe('a write with an Idempotency-Key', () => {
  test('is done once; its repeat gets the same answer and says so', async () => {
    const lead = { email: 'once@example.com', firstName: 'Once' }
    const first = await upsert('k1', lead)
    // Written with its keys in another order: the same request.
    const again = await upsert('k1', { firstName: 'Once', email: 'once@example.com' })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    const without = await app.request.post('/api/v1/leads').send(lead)
    expect(without.body).toMatchObject({ outcome: 'unchanged' })
  })

  test('with another body, at another route or by another caller is another matter', async () => {
    await upsert('k2', { email: 'two@example.com' })
    expect((await upsert('k2', { email: 'other@example.com' })).body).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 422,
    })
    const preview = await app.request
      .post('/api/v1/segments/preview')
      .set('Idempotency-Key', 'k2')
      .send({ rule: { kind: 'always' } })
    expect(preview.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
    const key = await makeKey(app, ['leads:write'])
    expect((await upsert('k2', { email: 'third@example.com' }, key)).status).toBe(201)
  })

  test('sent twenty times at once runs once', async () => {
    const before = await app.database.db.$count(auditLog)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => upsert('k3', { email: 'race@example.com', addTags: ['race'] })),
    )
    expect(new Set(answers.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    expect(await app.database.db.$count(auditLog)).toBe(before + 1)
  })

  test('that was refused may be mended and sent again under the same key', async () => {
    expect((await upsert('k4', { email: 'k4@example.com', fields: { nope: 1 } })).status).toBe(422)
    expect((await upsert('k4', { email: 'k4@example.com' })).status).toBe(201)
  })

  test('is forgotten after a day', async () => {
    await upsert('k5', { email: 'k5@example.com' })
    await app.database.sql`update idempotency_keys set expires_at = now() - interval '1 second' where key = 'k5'`
    expect((await upsert('k5', { email: 'k5-other@example.com' })).status).toBe(201)
  })

  test('keeps nothing of a lead that was erased', async () => {
    const { body } = await upsert('k6', { email: 'k6@example.com' })
    const { id } = body as { id: string }
    await erasePerson(app.database.db, { leadId: id, actor: 'test', reason: 'asked' })
    expect((await upsert('k6', { email: 'k6@example.com' })).body).toMatchObject({ code: 'IDEMPOTENCY_ANSWER_GONE' })
    expect(await app.database.db.$count(leads)).toBeGreaterThan(0)
    const rows = await app.database.sql`select 1 from idempotency_keys where body like ${`%${id}%`}`
    expect(rows).toHaveLength(0)
  })

  test('on what only reads, the key is ignored', async () => {
    const read = await app.request.get('/api/v1/leads').set('Idempotency-Key', 'k1')
    expect(read.status).toBe(200)
  })
})

describe('a caller that asks too much', () => {
  test('is told what is left, then when to come back; others are not held up', async () => {
    const tight = await createTestApp({ boundTo: '0.0.0.0', rateLimits: { perMinute: 3, ingestPerMinute: 2 } })
    const [one, two] = [await makeKey(tight, ['leads:read']), await makeKey(tight, ['leads:read'])]
    const ask = (key: string) => tight.request.get('/api/v1/leads').set('Authorization', key)
    const first = await ask(one)
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"api";q=3;w=60',
      ratelimit: expect.stringMatching(/^"api";r=2;t=\d+$/) as string,
    })
    await ask(one)
    await ask(one)
    const refused = await ask(one)
    expect(refused.body).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask(two)).status).toBe(200)
    await tight.close()
  })

  test('with keys that open nothing is slowed down', async () => {
    const guessed = await createTestApp({ boundTo: '0.0.0.0' })
    const statuses = new Set<number>()
    for (let index = 0; index < 65; index += 1) {
      const { status } = await guessed.request
        .get('/api/v1/leads')
        .set('Authorization', `Bearer guess-${String(index)}`)
      statuses.add(status)
    }
    expect([...statuses]).toEqual([401, 429])
    await guessed.close()
  })
})
