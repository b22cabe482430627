// Who may come in, by what, and with which rights.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { and, desc, eq } from 'drizzle-orm'
import { createApiKey, type NewApiKey } from '#activities/access/api-keys.ts'
import { invitePerson } from '#activities/access/sign-in.ts'
import { insertPerson } from '#db/repositories/sign-in.ts'
import { apiKeys, passwords, sessions, signInLinks } from '#db/schema/access.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { routes } from '#server/contract/routes.ts'
import type { Route } from '#server/contract/route.ts'
import { isOpenScope, scopeOf } from '#server/contract/scopes.ts'
import type { UserRole } from '#engine/vocabulary.ts'
import { createTestApp, type TestApp } from '../support/test-app.ts'

const password = 'nine quiet herons on a wire'
let app: TestApp
let now = Date.now()

beforeAll(async () => {
  // As reached from anywhere: nobody is let in because of where they sit.
  app = await createTestApp({ boundTo: '0.0.0.0', publicUrl: 'https://trellis.example.test', now: () => now })
})
afterAll(() => app.close())
beforeEach(() => {
  now = Date.now()
})

async function makeKey(scopes: string[], more: Partial<NewApiKey> = {}): Promise<{ id: string; key: string }> {
  const wanted = { name: 'Test', kind: 'secret', scopes, expiresAt: null, actor: 'test', ...more } as const
  const { row, key } = await app.database.db.transaction((tx) => createApiKey(tx, wanted))
  return { id: row.id, key }
}

async function addPerson(key: string, role: UserRole): Promise<void> {
  const person = { key, name: `${key} Test`, email: `${key}@example.com`, role, actor: 'test' }
  await app.database.db.transaction((tx) => insertPerson(tx, person))
}

/** Signs in by an invitation. Returns the cookie to send. */
async function enter(userKey: string): Promise<string> {
  const { token } = await invitePerson(app.database.db, { userKey, actor: 'test', now })
  const response = await app.request.post('/api/v1/invitations/accept').send({ token, password })
  expect(response.status).toBe(200)
  return cookieOf(response.headers)
}

function cookieOf(headers: Record<string, unknown>): string {
  const [cookie = ''] = headers['set-cookie'] as string[]
  return cookie.split(';')[0] ?? ''
}

const leads = '/api/v1/leads'
const bearer = (key: string) => `Bearer ${key}`

describe('without a key or a session', () => {
  const all = Object.values<Route>(routes)

  test.each(all.filter((route) => !isOpenScope(scopeOf(route))).map((route) => [route.method, route.path] as const))(
    '%s %s is answered with 401 and how to come in',
    async (method, path) => {
      const verb = method.toLowerCase() as 'get'
      const address = path.replaceAll(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000000')
      const { status, body, headers } = await app.request[verb](address)
      expect({ status, code: (body as { code: string }).code }).toEqual({ status: 401, code: 'SIGN_IN_REQUIRED' })
      expect(headers['www-authenticate']).toMatch(/^Bearer/)
    },
  )

  test.each(['/api/v1/stream', '/preview/mail/1', '/api/v1/nothing-here'])('%s is 401, too', async (path) => {
    expect((await app.request.get(path)).body).toMatchObject({ code: 'SIGN_IN_REQUIRED' })
  })

  test('what is open stays open: health, the reference, who am I', async () => {
    expect((await app.request.get('/ready')).status).toBe(200)
    expect((await app.request.get('/api/v1/openapi.json')).status).toBe(200)
    expect((await app.request.get('/api/v1/session')).body).toMatchObject({ kind: 'nobody', scopes: [] })
    const stale = await app.request.get('/ready').set('Authorization', bearer('trl_gone'))
    expect(stale.status).toBe(200)
  })
})

describe('this machine’s owner', () => {
  test('needs no sign-in on loopback until somebody has a password, and none behind a proxy ever', async () => {
    const home = await createTestApp()
    expect((await home.request.get(leads)).status).toBe(200)
    const forwarded = await home.request.get(leads).set('X-Forwarded-For', '203.0.113.9')
    expect(forwarded.body).toMatchObject({ code: 'SIGN_IN_REQUIRED' })
    const { db } = home.database
    const person = { key: 'ada', name: 'Ada', email: 'ada@example.com', role: 'owner', actor: 'test' } as const
    await db.transaction((tx) => insertPerson(tx, person))
    expect((await home.request.get(leads)).status).toBe(200)
    const { token } = await invitePerson(db, { userKey: 'ada', actor: 'test', now: Date.now() })
    expect((await home.request.post('/api/v1/invitations/accept').send({ token, password })).status).toBe(200)
    await expect.poll(async () => (await home.request.get(leads)).status).toBe(401)
    await home.close()
  })

  test('is nobody where leads reach the server by a public name', async () => {
    const home = await createTestApp({ publicUrl: 'https://trellis.example.test' })
    expect((await home.request.get(leads)).body).toMatchObject({ code: 'SIGN_IN_REQUIRED' })
    const named = await home.request.get('/api/v1/session').set('Host', 'trellis.example.test')
    expect(named.status).toBe(200)
    await home.close()
  })
})

describe('a key', () => {
  test('opens what its rights name and nothing else; its writes carry its name', async () => {
    const { key } = await makeKey(['leads:write'])
    const written = await app.request.post(leads).set('Authorization', bearer(key)).send({ email: 'k@example.com' })
    expect(written.status).toBe(201)
    const read = await app.request.get(leads).set('Authorization', bearer(key))
    expect({ status: read.status, body: read.body as unknown }).toMatchObject({
      status: 403,
      body: { code: 'SCOPE_MISSING', detail: expect.stringContaining('"leads:read"') as unknown },
    })
    const { id } = written.body as { id: string }
    const [row] = await app.database.db.select().from(auditLog).where(eq(auditLog.subjectId, id))
    expect(row?.actor).toBe(`key:${key.slice(0, 12)}`)
  })

  test('is made once and shown once: the database has a hash, the list has none of it', async () => {
    const owner = await makeKey(['*'])
    const made = await app.request
      .post('/api/v1/keys')
      .set('Authorization', bearer(owner.key))
      .set('Idempotency-Key', 'key-1')
      .send({ name: 'CRM', scopes: ['leads:read'] })
    expect(made.status).toBe(201)
    const { id, key } = made.body as { id: string; key: string }
    expect(key).toMatch(/^trl_[0-9a-f]{8}_[\w-]{43}$/)
    const secret = key.slice(13)
    const dump = await app.database.sql`
      select (select json_agg(k) from api_keys k)::text || (select coalesce(json_agg(k)::text, '') from idempotency_keys k)
             || (select json_agg(a) from audit_log a)::text as text`
    expect(dump[0]?.['text']).not.toContain(secret)
    const list = await app.request.get('/api/v1/keys').set('Authorization', bearer(owner.key))
    expect(list.text).not.toContain(secret)
    expect((list.body as { items: object[] }).items[0]).toMatchObject({ id, name: 'CRM', prefix: key.slice(0, 12) })
    expect((await app.request.get(leads).set('Authorization', bearer(key))).status).toBe(200)
    const [used] = await app.database.db.select().from(apiKeys).where(eq(apiKeys.id, id))
    expect(used?.lastUsedAt).not.toBeNull()
  })

  test('opens nothing once revoked, once expired, or with one character changed', async () => {
    const owner = await makeKey(['*'])
    const revoked = await makeKey(['leads:read'])
    const gone = await app.request.delete(`/api/v1/keys/${revoked.id}`).set('Authorization', bearer(owner.key))
    expect(gone.body).toEqual({ revoked: true })
    const expired = await makeKey(['leads:read'], { expiresAt: new Date(now - 1) })
    const changed = owner.key.slice(0, -1) + (owner.key.endsWith('A') ? 'B' : 'A')
    for (const [key, words] of [
      [revoked.key, /revoked/],
      [expired.key, /expired/],
      [changed, /Nobody/],
      ['trl_', /begin with/],
    ] as const) {
      const { status, body } = await app.request.get(leads).set('Authorization', bearer(key))
      expect({ status, body: body as unknown }).toMatchObject({ status: 401, body: { code: 'KEY_REFUSED' } })
      expect((body as { detail: string }).detail).toMatch(words)
    }
    expect((await app.request.get(leads).set('Authorization', 'Digest x')).body).toMatchObject({ code: 'KEY_REFUSED' })
  })

  test('cannot make a key that may do more than itself, nor one with a right that does not exist', async () => {
    const { key } = await makeKey(['keys:write', 'leads:read'])
    const make = async (scopes: string[]) =>
      (await app.request.post('/api/v1/keys').set('Authorization', bearer(key)).send({ name: 'x', scopes }))
        .body as object
    expect(await make(['leads:write'])).toMatchObject({ code: 'SCOPE_MISSING' })
    expect(await make(['*'])).toMatchObject({ code: 'SCOPE_MISSING' })
    expect(await make(['leeds:read'])).toMatchObject({ code: 'SCOPE_UNKNOWN' })
    expect(await make(['leads:read'])).toMatchObject({ scopes: ['leads:read'] })
  })

  test('that is public takes in events and nothing else, whatever it was stored with', async () => {
    const { key } = await makeKey(['*'], { kind: 'public' })
    expect(key).toMatch(/^trw_/)
    for (const path of [leads, '/api/v1/status', '/api/v1/keys', '/api/v1/audit']) {
      expect((await app.request.get(path).set('Authorization', bearer(key))).body).toMatchObject({
        code: 'SCOPE_MISSING',
      })
    }
    const write = await app.request.post(leads).set('Authorization', bearer(key)).send({ email: 'p@example.com' })
    expect(write.status).toBe(403)
  })
})

describe('a person', () => {
  beforeAll(async () => {
    for (const role of ['owner', 'marketing', 'sales', 'viewer'] as const) await addPerson(`the-${role}`, role)
  })

  test('sets a password by a link that works once, signs in, and is known by a cookie no script can read', async () => {
    const { token } = await invitePerson(app.database.db, { userKey: 'the-owner', actor: 'test', now })
    const accept = async () => app.request.post('/api/v1/invitations/accept').send({ token, password })
    const first = await accept()
    expect(first.body).toMatchObject({ kind: 'user', userKey: 'the-owner', scopes: ['*'] })
    expect((first.headers['set-cookie'] as unknown as string[])[0]).toMatch(
      /^trellis_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect((await accept()).body).toMatchObject({ code: 'INVITATION_INVALID' })
    const signedIn = await app.request.post('/api/v1/session').send({ name: 'THE-owner@example.com', password })
    expect(signedIn.status).toBe(200)
    const cookie = cookieOf(signedIn.headers)
    expect((await app.request.get('/api/v1/keys').set('Cookie', cookie)).status).toBe(200)
    const stored = await app.database.sql`
      select (select json_agg(s) from sessions s)::text || (select json_agg(p) from passwords p)::text
             || (select json_agg(l) from sign_in_links l)::text || (select json_agg(a) from audit_log a)::text as text`
    for (const secret of [cookie.split('=')[1] ?? '', password, token])
      expect(stored[0]?.['text']).not.toContain(secret)
    const [row] = await app.database.db.select().from(passwords).where(eq(passwords.userKey, 'the-owner'))
    expect(row?.hash).toMatch(/^scrypt\$32768\$8\$3\$/)
  })

  test('may do what the role allows', async () => {
    const may = async (role: UserRole) => {
      const cookie = await enter(`the-${role}`)
      const status = async (method: 'get' | 'post', path: string, body?: object) =>
        (await app.request[method](path).set('Cookie', cookie).send(body)).status
      return {
        leads: await status('get', leads),
        upsert: await status('post', leads, { email: 'nobody' }),
        preview: await status('post', '/api/v1/segments/preview', { rule: { kind: 'always' } }),
        keys: await status('get', '/api/v1/keys'),
        audit: await status('get', '/api/v1/audit'),
        invite: await status('post', '/api/v1/invitations', { userKey: 'nobody' }),
      }
    }
    expect(await may('owner')).toEqual({ leads: 200, upsert: 400, preview: 200, keys: 200, audit: 200, invite: 404 })
    expect(await may('marketing')).toEqual({
      leads: 200,
      upsert: 400,
      preview: 200,
      keys: 403,
      audit: 403,
      invite: 403,
    })
    expect(await may('sales')).toEqual({ leads: 200, upsert: 400, preview: 200, keys: 403, audit: 403, invite: 403 })
    expect(await may('viewer')).toEqual({ leads: 200, upsert: 403, preview: 200, keys: 403, audit: 403, invite: 403 })
  })

  test('signs out here or everywhere; a new password ends every other session', async () => {
    const [one, two] = [await enter('the-sales'), '']
    const again = await app.request.post('/api/v1/session').send({ name: 'the-sales', password })
    const three = cookieOf(again.headers)
    const open = async (cookie: string) => (await app.request.get(leads).set('Cookie', cookie)).status === 200
    expect([await open(one), await open(two), await open(three)]).toEqual([true, false, true])
    const out = await app.request.delete('/api/v1/session').set('Cookie', one)
    expect(out.body).toEqual({ ended: 1 })
    expect((out.headers['set-cookie'] as unknown as string[])[0]).toMatch(/Max-Age=0/)
    expect([await open(one), await open(three)]).toEqual([false, true])
    const four = await enter('the-sales')
    expect([await open(three), await open(four)]).toEqual([false, true])
    await app.request.delete('/api/v1/session').query({ everywhere: 'true' }).set('Cookie', four)
    expect(await open(four)).toBe(false)
    const left = await app.database.db.select().from(sessions).where(eq(sessions.userKey, 'the-sales'))
    expect(left.every(({ endedAt }) => endedAt !== null)).toBe(true)
  })

  test('is forgotten after 14 days without a visit, and when made inactive', async () => {
    const cookie = await enter('the-viewer')
    now += 13 * 86_400_000
    expect((await app.request.get(leads).set('Cookie', cookie)).status).toBe(200)
    now += 15 * 86_400_000
    expect((await app.request.get(leads).set('Cookie', cookie)).status).toBe(401)
    now = Date.now()
    const fresh = await enter('the-viewer')
    await app.database.sql`update users set active = false where key = 'the-viewer'`
    expect((await app.request.get(leads).set('Cookie', fresh)).status).toBe(401)
    expect((await app.request.post('/api/v1/session').send({ name: 'the-viewer', password })).status).toBe(401)
  })

  test('an invitation expires, and a newer one ends it', async () => {
    const { db } = app.database
    const old = await invitePerson(db, { userKey: 'the-marketing', actor: 'test', now })
    const fresh = await invitePerson(db, { userKey: 'the-marketing', actor: 'test', now })
    const accept = async (token: string) =>
      (await app.request.post('/api/v1/invitations/accept').send({ token, password })).status
    expect(await accept(old.token)).toBe(404)
    now += 72 * 3_600_000
    expect(await accept(fresh.token)).toBe(404)
    const links = await db.select().from(signInLinks).where(eq(signInLinks.userKey, 'the-marketing'))
    expect(links.length).toBeGreaterThan(1)
  })

  test('another site’s page cannot write with the cookie', async () => {
    const cookie = await enter('the-owner')
    const write = app.request.post(leads).set('Cookie', cookie).set('Origin', 'https://evil.example')
    expect((await write.send({ email: 'x@example.com' })).body).toMatchObject({ code: 'ORIGIN_REFUSED' })
  })

  test('guessing a password is slowed down, and is not told which half was wrong', async () => {
    const guessed = await createTestApp({ boundTo: '0.0.0.0' })
    const person = { key: 'ada', name: 'Ada', email: 'ada@example.com', role: 'owner', actor: 'test' } as const
    await guessed.database.db.transaction((tx) => insertPerson(tx, person))
    const answers = []
    for (const name of ['ada', 'nobody', ...Array<string>(9).fill('ada')]) {
      const { status, body, headers } = await guessed.request.post('/api/v1/session').send({ name, password: 'wrong' })
      answers.push({ status, detail: (body as { detail: string }).detail, retry: headers['retry-after'] !== undefined })
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers.at(-1)).toMatchObject({ status: 429, retry: true })
    const [audited] = await guessed.database.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.subjectKind, 'session')))
      .orderBy(desc(auditLog.id))
    expect(audited).toBeUndefined()
    await guessed.close()
  })
})
