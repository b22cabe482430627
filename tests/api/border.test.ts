// What the API does with requests that are not meant well, or not well made.
import * as fc from 'fast-check'
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemSchema } from '#server/contract/problem.ts'
import { routes } from '#server/contract/routes.ts'
import type { Route } from '#server/contract/route.ts'
import { cleanJson } from '#server/middleware/json-body.ts'
import { addLeads, addTask, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

describe('problem documents', () => {
  test('name the code, the place and the request, as RFC 9457 has it', async () => {
    const response = await app.request.get('/api/v1/leads/42')
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    const problem = problemSchema.parse(response.body)
    expect(problem).toMatchObject({
      type: 'urn:trellis:problem:request_invalid',
      status: 400,
      code: 'REQUEST_INVALID',
      issues: [{ path: ['params', 'id'], severity: 'error' }],
    })
    expect(problem.instance).toBe(`urn:uuid:${response.headers['x-request-id'] ?? ''}`)
  })

  test('every part that does not fit is told at once', async () => {
    const { body } = await app.request.post('/api/v1/enrollments').set('Idempotency-Key', 'ä').send({ lead: {} })
    const { issues } = problemSchema.parse(body)
    expect(issues?.map(({ path }) => path.slice(0, 2))).toEqual(
      expect.arrayContaining([
        ['headers', 'idempotency-key'],
        ['body', 'journey'],
        ['body', 'lead'],
      ]),
    )
  })

  test.for([
    ['GET', '/api/v1/nothing', 'ROUTE_NOT_FOUND', 404],
    ['GET', '/nothing', 'ROUTE_NOT_FOUND', 404],
    ['DELETE', '/api/v1/leads', 'METHOD_NOT_ALLOWED', 405],
    ['GET', '/api/v1/leads/%E0%A4%A', 'MALFORMED_URL', 400],
  ] as const)('%s %s is %s', async ([method, path, code, status]) => {
    const response = await app.request[method === 'GET' ? 'get' : 'delete'](path)
    expect(response.body).toMatchObject({ code, status })
    expect(response.headers['allow']).toBe(code === 'METHOD_NOT_ALLOWED' ? 'GET, POST' : undefined)
  })

  test.for([
    ['{"events":', 'application/json', 'MALFORMED_JSON', 400],
    ['', 'application/json', 'REQUEST_INVALID', 400],
    ['a=1', 'application/x-www-form-urlencoded', 'UNSUPPORTED_MEDIA_TYPE', 415],
    ['{}', 'text/plain', 'UNSUPPORTED_MEDIA_TYPE', 415],
    ['{}', 'application/json; charset=klingon', 'UNSUPPORTED_MEDIA_TYPE', 415],
    [`{"events":[${'['.repeat(100)}${']'.repeat(100)}]}`, 'application/json', 'REQUEST_INVALID', 400],
  ] as const)('a body of %s as %s is %s', async ([body, type, code, status]) => {
    const response = await app.request.post('/api/v1/events').set('Content-Type', type).send(body)
    expect(response.body).toMatchObject({ code, status })
  })

  test('a body over 1 MB is refused with 413, also when it is a megabyte of brackets', async () => {
    for (const filling of ['x', '[']) {
      const body = `{"events":["${filling.repeat(1024 * 1024)}"]}`
      const response = await app.request.post('/api/v1/events').set('Content-Type', 'application/json').send(body)
      expect(response.body).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 })
      expect((response.body as { detail: string }).detail).toContain('1 MB')
    }
    const deep = '['.repeat(500_000) + ']'.repeat(500_000)
    const response = await app.request.post('/api/v1/events').set('Content-Type', 'application/json').send(deep)
    expect(response.body).toMatchObject({ status: 400 })
  })
})

describe('bound to loopback', () => {
  test.for(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.9:3000', ''])(
    'refuses the host name "%s"',
    async (host) => {
      for (const path of ['/health', '/api/v1/leads', '/']) {
        const response = await app.request.get(path).set('Host', host)
        expect([response.status, (response.body as { code?: string }).code]).toEqual([403, 'HOST_REFUSED'])
      }
    },
  )

  test.for(['localhost:3000', '127.0.0.1', '[::1]:8080', 'LOCALHOST', '127.8.0.1:80'])('accepts "%s"', async (host) => {
    expect((await app.request.get('/api/v1/leads').set('Host', host)).status).toBe(200)
  })

  test('refuses writes from pages of other sites and other ports, and takes those of its own or of no page', async () => {
    const write = async (headers: Record<string, string>): Promise<string> => {
      const response = await app.request
        .post('/api/v1/leads')
        .set({ Host: 'localhost:3000', ...headers })
        .send({ externalId: 'same-site' })
      return (response.body as { code?: string }).code ?? String(response.status)
    }
    expect(await write({})).toBe('201')
    expect(await write({ Origin: 'http://localhost:3000' })).toBe('200')
    expect(await write({ Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-origin' })).toBe('200')
    expect(await write({ Origin: 'https://evil.example' })).toBe('ORIGIN_REFUSED')
    expect(await write({ Origin: 'http://localhost:8080' })).toBe('ORIGIN_REFUSED')
    expect(await write({ Origin: 'null' })).toBe('ORIGIN_REFUSED')
    expect(await write({ 'Sec-Fetch-Site': 'cross-site' })).toBe('ORIGIN_REFUSED')
    expect(await write({ 'Sec-Fetch-Site': 'same-site' })).toBe('ORIGIN_REFUSED')
  })

  test('bound to all addresses, any host name is served, but nobody without a key, and other sites’ pages are still refused', async () => {
    const open = await createTestApp({ boundTo: '0.0.0.0' })
    const named = { Host: 'trellis.company.example' }
    expect((await open.request.get('/ready').set(named)).status).toBe(200)
    expect((await open.request.get('/api/v1/leads').set(named)).body).toMatchObject({ code: 'SIGN_IN_REQUIRED' })
    const response = await open.request
      .post('/api/v1/leads')
      .set({ Host: 'trellis.company.example', Origin: 'https://evil.example' })
      .send({ externalId: 'x' })
    expect(response.body).toMatchObject({ code: 'ORIGIN_REFUSED' })
    await open.close()
  })

  test('every answer forbids framing, sniffing and scripts, and tells nobody what runs here', async () => {
    for (const path of ['/health', '/api/v1/leads', '/nothing']) {
      const { headers } = await app.request.get(path)
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})

describe('malformed requests', () => {
  const all: Readonly<Record<string, Route>> = routes
  const namesOf = (method: string) => Object.keys(all).filter((name) => all[name]?.method === method)
  const named = (name: string): Route => all[name] ?? routes.getHealth
  /** What lists of trouble agree on: NUL, half an emoji, prototypes, huge and odd numbers, SQL, other alphabets. */
  const nasty = fc.constantFrom(
    '\0',
    '\uD800',
    '__proto__',
    'constructor',
    "'; drop table leads --",
    '%',
    '\u202E',
    '💥',
    'ﬀ',
  )
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 2 }),
      nasty,
      fc.constantFrom(1e308, -1, 0.5, 2 ** 53, 9_999_999_999_999),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.string(), nasty), tie('any'), { maxKeys: 3 }),
    ),
  })).any
  let lead: string
  let enrollment: string
  let task: string

  /** Bodies that are right but for one part: they get past the shape and into the database. */
  const nearly = (): Record<string, Record<string, unknown>> => ({
    ingestEvents: {
      events: [{ messageId: 'n', lead: { id: lead }, event: 'x', occurredAt: '2026-01-01T00:00:00Z', properties: {} }],
    },
    upsertLead: {
      email: 'n@example.com',
      firstName: 'N',
      zone: 'UTC',
      stage: 'new',
      fields: {},
      addTags: [],
      removeTags: [],
    },
    enrollLead: { journey: 'win-back-survey', lead: { id: lead }, properties: {} },
    controlEnrollment: { action: 'move', stepId: 'postcard', reason: 'r', version: 1 },
    completeTask: { outcome: 'x', note: 'n' },
    previewSegment: { rule: { kind: 'compare', field: 'email', op: 'is', value: 'x' }, sample: 1, zone: 'UTC' },
  })

  beforeAll(async () => {
    await publishExample(app.database.db, 'win-back-survey')
    lead = (await addLeads(app.database.db, ['Nearly Right']))[0] ?? ''
    enrollment = await placeLead(app.database.db, { leadId: lead, journey: 'win-back-survey', stepId: 'answer' })
    const place = { leadId: lead, enrollmentId: enrollment, journey: 'win-back-survey', stepId: 'call' }
    task = await addTask(app.database.db, { ...place, title: 'Call' })
  })

  const pathOf = ({ path }: Route): string =>
    path.replace('{id}', path.includes('/tasks/') ? task : enrollment).replace('{journey}', 'win-back-survey')

  test('a body of any JSON never makes a 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...namesOf('POST')), value, async (name, body) => {
        const route = named(name)
        const response = await app.request
          .post(pathOf(route))
          .set('Content-Type', 'application/json')
          .send(JSON.stringify(body) ?? 'null')
        expect(response.status).toBeLessThan(500)
        expect(response.status < 400 || problemSchema.safeParse(response.body).success).toBe(true)
      }),
      { seed: 20_261_122, numRuns: 400 },
    )
  })

  test('a good body with one part replaced by any JSON never makes a 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...namesOf('POST')), fc.nat(100), value, async (name, pick, replacement) => {
        const route = named(name)
        const body: unknown = structuredClone(nearly()[route.name])
        const places = listPlaces(body)
        const place = places[pick % places.length]
        place?.put(replacement)
        const response = await app.request
          .post(pathOf(route))
          .set('Content-Type', 'application/json')
          .send(JSON.stringify(body))
        expect(response.status).toBeLessThan(500)
      }),
      { seed: 20_261_122, numRuns: 600 },
    )
  })

  test('queries and paths of any text never make a 500', async () => {
    const names = fc.constantFrom(
      'limit',
      'cursor',
      'search',
      'status',
      'journey',
      'step',
      'queue',
      'lead',
      'version',
      'x',
    )
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), nasty)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...namesOf('GET')),
        fc.array(fc.tuple(names, texts), { maxLength: 4 }),
        texts,
        async (name, query, text) => {
          const route = named(name)
          const search = query.map(([name, given]) => `${name}=${encodeURIComponent(given.toWellFormed())}`).join('&')
          const path = route.path.replaceAll(/\{\w+\}/g, encodeURIComponent(text.toWellFormed()) || 'x')
          const response = await app.request.get(`${path}?${search}`)
          const isHealth = route.path === '/health'
          expect(isHealth ? 200 : response.status).toBeLessThan(500)
        },
      ),
      { seed: 20_261_122, numRuns: 400 },
    )
  })

  test('cleaning keeps JSON as it is but for what Postgres cannot store', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), (json) => {
        const clean = cleanJson(json)
        const text = JSON.stringify(clean)
        expect(text.isWellFormed() && !text.includes(String.raw`\u0000`)).toBe(true)
        expect(cleanJson(clean)).toEqual(clean)
        const plain = JSON.stringify(json)
        const isStorable = !/\\u0000|\\ud|__proto__/.test(plain)
        expect(text).toBe(isStorable ? plain : text)
      }),
      { seed: 20_261_122, numRuns: 500 },
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    cleanJson(JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

test('a client that announces more than it sends does not hold the server', async () => {
  const server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const agent = new Agent()
  const cut = httpRequest({
    port,
    agent,
    method: 'POST',
    path: '/api/v1/events',
    headers: { 'content-type': 'application/json', 'content-length': '500' },
  })
  cut.on('error', () => undefined)
  cut.write('{"events":[')
  await new Promise((resolve) => server.once('request', resolve))
  cut.destroy()
  const answer = await fetch(`http://127.0.0.1:${String(port)}/ready`)
  expect(answer.status).toBe(200)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Every place in a JSON value where something else could stand. */
function listPlaces(json: unknown): { put: (value: unknown) => void }[] {
  if (typeof json !== 'object' || json === null) return []
  const holder = json as Record<string, unknown>
  return Object.keys(holder).flatMap((key) => [
    { put: (value: unknown) => void (holder[key] = value) },
    ...listPlaces(holder[key]),
  ])
}
