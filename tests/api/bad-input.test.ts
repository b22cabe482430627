import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { addLeads } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

/** What no client should send: each is answered in words, and nothing of it is stored. */
let app: TestApp
let ada: string
beforeAll(async () => {
  app = await createTestApp()
  ada = (await addLeads(app.database.db, ['Ada Lovelace']))[0] ?? ''
})
afterAll(() => app.close())

/** Rows of every table that a request could reach. */
async function everything(): Promise<unknown> {
  const [row] = await app.database.db.execute(sql`
    select (select count(*) from leads)::int as leads, (select count(*) from events)::int as events,
           (select count(*) from lead_inputs)::int as inputs, (select count(*) from enrollments)::int as enrollments,
           (select count(*) from journeys)::int as journeys, (select count(*) from journey_versions)::int as versions,
           (select count(*) from segments)::int as segments, (select count(*) from audit_log)::int as audit`)
  return row
}

/** Sends a body as it is. Tells how it was answered, whether that tells how we are built, and whether anything changed. */
async function send(path: string, body: string, type = 'application/json') {
  const before = await everything()
  const { status, text, headers } = await app.request.post(path).set('content-type', type).send(body)
  return {
    status,
    type: headers['content-type']?.split(';')[0],
    problem: JSON.parse(text) as unknown,
    leaks: /node_modules|at .+\.ts:|select .+ from|ZodError/i.exec(text)?.[0] ?? null,
    changed: JSON.stringify(await everything()) !== JSON.stringify(before),
  }
}

/** In words, by whoever sent it, and without consequences. */
const refused = {
  status: expect.toSatisfy((status: number) => status >= 400 && status < 500) as number,
  type: 'application/problem+json',
  problem: expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) as string }) as unknown,
  leaks: null,
  changed: false,
}

const nested = (depth: number, inner: string): string =>
  `${'{"kind":"not","rule":'.repeat(depth)}${inner}${'}'.repeat(depth)}`

describe('bodies that are no bodies', () => {
  test.each([
    ['nothing', ''],
    ['half a document', '{"events": [{"messageId": "1"'],
    ['a word', 'hello'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '12'],
    ['a field nobody knows', '{"events": [], "colour": "red"}'],
    ['a text where a list belongs', '{"events": "all of them"}'],
    ['a thousand levels', '['.repeat(1000) + ']'.repeat(1000)],
    ['a hundred thousand levels', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('%s', async (_name, body) => {
    expect(await send('/api/v1/events', body)).toMatchObject(refused)
  })

  test('two megabytes, and a body that is not JSON', async () => {
    const large = JSON.stringify({ events: ['x'.repeat(2_000_000)] })
    expect(await send('/api/v1/events', large)).toMatchObject({ ...refused, status: 413 })
    expect(await send('/api/v1/events', '<events/>', 'application/xml')).toMatchObject(refused)
  })
})

describe('rules', () => {
  test.each([
    ['a kind that does not exist', '{"kind":"telepathy"}'],
    ['an operator that does not exist', '{"kind":"compare","field":"city","op":"smells_like","value":"x"}'],
    ['a field of the prototype', '{"kind":"compare","field":"__proto__","op":"is","value":"x"}'],
    ['a field called constructor', '{"kind":"compare","field":"constructor","op":"is","value":"x"}'],
    ['SQL for a field', '{"kind":"compare","field":"city\' or 1=1 --","op":"is","value":"x"}'],
    ['a number that is none', '{"kind":"count","event":"x","op":"gte","n":1e999}'],
    ['a negative count', '{"kind":"count","event":"x","op":"gte","n":-1}'],
    ['a duration that is none', '{"kind":"count","event":"x","op":"gte","n":1,"within":"a while"}'],
    ['an empty group', '{"kind":"all","rules":[]}'],
    ['sixty-five levels', nested(65, '{"kind":"always"}')],
    ['ten thousand levels', nested(10_000, '{"kind":"always"}')],
    ['a rule without end', nested(20, '')],
  ])('%s', async (_name, rule) => {
    expect(await send('/api/v1/segments/preview', `{"rule":${rule}}`)).toMatchObject(refused)
  })

  test('a value full of SQL is a value', async () => {
    const rule = { kind: 'compare', field: 'first_name', op: 'contains', value: "'); delete from leads; --" }
    const { status, body } = await app.request.post('/api/v1/segments/preview').send({ rule })
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 0 })
    expect((await app.request.get(`/api/v1/leads/${ada}`)).status).toBe(200)
  })
})

describe('journeys', () => {
  const graph = { format: 1, nodes: [{ id: 'x', type: 'telepathy' }], edges: [] }

  test('are not written by what does not fit: whatever of it is sent there, nothing is stored', async () => {
    const before = await everything()
    for (const path of ['/api/v1/journeys', '/api/v1/journeys/welcome', '/api/v1/journeys/welcome/versions']) {
      for (const method of ['post', 'put', 'patch', 'delete'] as const) {
        const { status, headers } = await app.request[method](path).send({ graph })
        expect([400, 404, 405]).toContain(status)
        expect(headers['content-type']).toContain('application/problem+json')
      }
    }
    expect(await everything()).toEqual(before)
  })

  test.each([
    [
      'an enrollment in a journey that does not exist',
      '/api/v1/enrollments',
      { journey: 'nowhere', lead: { id: 'ADA' } },
    ],
    [
      'an enrollment in a journey of the prototype',
      '/api/v1/enrollments',
      { journey: '__proto__', lead: { id: 'ADA' } },
    ],
    [
      'a control with a version beyond all numbers',
      '/api/v1/enrollments/019a0000-0000-7000-8000-000000000000/controls',
      { action: 'migrate', version: 1e30, reason: 'x' },
    ],
    [
      'a control that does not exist',
      '/api/v1/enrollments/019a0000-0000-7000-8000-000000000000/controls',
      { action: 'explode', reason: 'x' },
    ],
    [
      'a control of an enrollment that does not exist',
      '/api/v1/enrollments/019a0000-0000-7000-8000-000000000000/controls',
      { action: 'migrate', version: 99, reason: 'x' },
    ],
    ['an outcome of a task that does not exist', '/api/v1/tasks/none/outcome', { outcome: 'won' }],
  ])('%s', async (_name, path, body) => {
    expect(await send(path, JSON.stringify(body).replace('ADA', ada))).toMatchObject(refused)
  })

  test.each(['0', '-1', '1.5', '99999999999999999999', 'latest', '1;drop table leads', ''])(
    'a version called "%s" is an error in words',
    async (version) => {
      const { status, body } = await app.request.get(`/api/v1/journeys/welcome?version=${encodeURIComponent(version)}`)
      expect([400, 404]).toContain(status)
      expect(body).toMatchObject({ code: expect.stringMatching(/^(REQUEST_INVALID|JOURNEY_NOT_FOUND)$/) as string })
    },
  )
})
