// The API, asked whatever its own OpenAPI document allows and a little more: no server error, no answer that the
// document does not describe. `npm run test:fuzz` does the same with a fuzzer that is not ours, for longer.
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '#server/contract/routes.ts'
import type { Route } from '#server/contract/route.ts'
import { fitting, injections, type JsonSchema } from './support/json-schema-arbitrary.ts'
import type { World } from './support/sample.ts'
import { addressOf, createWorld, sampleOf } from './support/samples.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

interface Operation {
  operationId: string
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: JsonSchema }[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { content: Record<string, { schema: JsonSchema }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema> }
}

let app: TestApp
let world: World
let document: Document
let validate: (schema: JsonSchema, value: unknown) => string | null

beforeAll(async () => {
  app = await createTestApp({ rateLimits: { perMinute: 1e6, ingestPerMinute: 1e7 } })
  world = await createWorld(app)
  document = (await app.request.get('/api/v1/openapi.json')).body as Document
  const ajv = new Ajv2020({ strict: false, allErrors: false })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'api', components: document.components } as object, 'api')
  validate = (schema, value) => {
    const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object)
    return check(value) ? null : ajv.errorsText(check.errors)
  }
})
afterAll(() => app.close())

/** How much longer than in the everyday run. */
const effort = Number(process.env['FUZZ_EFFORT'] ?? '1')

const names = Object.keys(routes) as (keyof typeof routes)[]
/** Not asked here, and why. */
const spared: Partial<Record<keyof typeof routes, string>> = {
  getSenderDomain: 'asks the name server of a domain for each request',
  putCompanyProfile: 'as getSenderDomain; tests/api asks it with a resolver of its own',
  signIn: 'answers 429 after ten tries, by design; tests/api/access asks it',
  acceptInvitation: 'as signIn',
}
const asked = names.filter((name) => !(name in spared))
const methodOf = (name: keyof typeof routes) =>
  (routes[name] as Route).method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'

/** How often each status was answered: answers that are all refusals would prove nothing. */
const counts = new Map<number, number>()

/** Sends it and says what is wrong with the answer: null when the document describes it. */
async function ask(
  name: keyof typeof routes,
  parts: { address: string; query?: object; headers?: Record<string, string>; body?: unknown },
): Promise<string | null> {
  const operation = document.paths[routes[name].path]?.[methodOf(name)]
  const request = app.request[methodOf(name)](parts.address)
    .set('Authorization', `Bearer ${world.key}`)
    .query(parts.query ?? {})
  for (const [header, value] of Object.entries(parts.headers ?? {})) void request.set(header, value)
  if (parts.body !== undefined) void request.set('Content-Type', 'application/json').send(JSON.stringify(parts.body))
  const { status, body, headers } = await request
  counts.set(status, (counts.get(status) ?? 0) + 1)
  const described = operation?.responses[String(status)]
  const type = (headers['content-type'] as string | undefined)?.split(';')[0] ?? ''
  // Health says 503 while no worker polls, as its document has it.
  if (status >= 500 && name !== 'getHealth') return `${String(status)} ${JSON.stringify(body)}`
  const content = described?.content[type]
  if (content === undefined) return `${String(status)} ${type} is not described: ${JSON.stringify(body).slice(0, 300)}`
  const wrong = validate(content.schema, body)
  return wrong === null
    ? null
    : `${String(status)} does not fit its schema: ${wrong} ${JSON.stringify(body).slice(0, 300)}`
}

const toText = (value: unknown): string =>
  typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? '').toWellFormed()

describe('whatever the document allows', () => {
  test.each(asked)('%s', async (name) => {
    const operation = document.paths[routes[name].path]?.[methodOf(name)]
    if (operation === undefined) throw new Error(`${name} is not in the document`)
    const options = { components: document.components.schemas, ids: world.ids }
    const sample = await sampleOf(name, world)
    const part = (place: string) =>
      fc.record(
        Object.fromEntries(
          operation.parameters
            .filter((parameter) => parameter.in === place)
            .map(({ name: key, schema }) => [key, fitting(schema, options)]),
        ),
        { requiredKeys: [] },
      )
    const schema = operation.requestBody?.content['application/json']?.schema
    const shape = fc.record({
      path: part('path'),
      query: part('query'),
      headers: fc.constant({}),
      body: schema === undefined ? fc.constant(undefined) : fitting(schema, options),
      keepsPath: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(shape, async ({ path, query, body, keepsPath }) => {
        const made = Object.fromEntries(Object.entries(path).map(([key, value]) => [key, toText(value) || 'x']))
        const address = addressOf(routes[name], { ...sample.params, ...(keepsPath ? {} : made) })
        const asked = Object.fromEntries(Object.entries(query).map(([key, value]) => [key, toText(value)]))
        expect(await ask(name, { address, query: asked, body })).toBeNull()
      }),
      { seed: 20_261_122, numRuns: (methodOf(name) === 'get' ? 5 : 8) * effort, endOnFailure: true },
    )
  })
})

describe('every text of every write, replaced by what somebody may try', () => {
  const writes = asked.filter((name) => methodOf(name) !== 'get')

  test.each(writes)('%s', async (name) => {
    const sample = await sampleOf(name, world)
    for (const [index, place] of listTexts(sample.body).entries()) {
      // A few of them at each place, another few at the next: all of them at all places with FUZZ_EFFORT=4.
      for (const text of injections.filter((_, nth) => (nth + index) % injections.length < 3 * effort)) {
        const body: unknown = structuredClone(sample.body)
        listTexts(body)[index]?.put(text)
        const address = addressOf(routes[name], sample.params ?? {})
        const problem = await ask(name, { address, body, ...(sample.query ? { query: sample.query } : {}) })
        expect({ at: place.path, text, problem }).toEqual({ at: place.path, text, problem: null })
      }
    }
  })
})

test('texts that are kept come back as they were sent, less what no database can hold', async () => {
  for (const text of injections) {
    const kept = text.replaceAll('\0', '').toWellFormed()
    const email = `${crypto.randomUUID()}@example.com`
    const fields = { firstName: text, company: text, city: text, title: text }
    const made = await world.call('post', '/api/v1/leads', { email, ...fields, addTags: [text] })
    const { id } = made.body as { id: string }
    await world.call('post', `/api/v1/leads/${id}/notes`, { body: text })
    const { body } = await app.request.get(`/api/v1/leads/${id}`).set('Authorization', `Bearer ${world.key}`)
    const lead = body as Record<string, unknown>
    expect([lead['firstName'], lead['company'], lead['city'], lead['title']].map(trimmed)).toEqual(
      Array(4).fill(trimmed(kept)),
    )
    expect(lead['tags']).toEqual([trimmed(kept)])
    const notes = await app.request.get(`/api/v1/leads/${id}/notes`).set('Authorization', `Bearer ${world.key}`)
    expect((notes.body as { items: { body: string }[] }).items[0]?.body).toBe(trimmed(kept))
  }
})

test('most of what was asked got past the door', () => {
  const sum = (of: (status: number) => boolean) =>
    [...counts].reduce((total, [status, count]) => total + (of(status) ? count : 0), 0)
  const all = sum(() => true)
  expect(sum((status) => status === 401 || status === 403 || status === 429)).toBe(0)
  expect(sum((status) => status < 300) / all).toBeGreaterThan(0.2)
})

const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value)

/** Every text in a JSON value, and how to replace it. */
function listTexts(json: unknown, path = ''): { path: string; put: (text: string) => void }[] {
  if (typeof json !== 'object' || json === null) return []
  const holder = json as Record<string, unknown>
  return Object.keys(holder).flatMap((key) =>
    typeof holder[key] === 'string'
      ? [{ path: `${path}/${key}`, put: (text: string) => void (holder[key] = text) }]
      : listTexts(holder[key], `${path}/${key}`),
  )
}
