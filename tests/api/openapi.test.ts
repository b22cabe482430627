import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { Validator } from '@seriousme/openapi-schema-validator'
import { problemCodes } from '#server/contract/problem.ts'
import { routes } from '#server/contract/routes.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

interface Operation {
  operationId: string
  security: Record<string, string[]>[]
  summary: string
  parameters: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: { $ref: string } }> }
  responses: Record<string, { description: string; content: Record<string, { schema: { $ref?: string } }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; headers: Record<string, object> }
}

let app: TestApp
let document: Document
beforeAll(async () => {
  app = await createTestApp()
  document = (await app.request.get('/api/v1/openapi.json')).body as Document
})
afterAll(() => app.close())

test('has exactly the routes of the contract, and the stream', () => {
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
  )
  const wanted = Object.values(routes).map(({ method, path, name }) => `${method} ${path} ${name}`)
  expect(described.sort()).toEqual([...wanted, 'GET /api/v1/stream stream'].sort())
})

test('every operation says what it is for, names each path parameter and answers with problems', () => {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item)) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect({
        path,
        isSaid: operation.summary.length > 5,
        parameters: inPath.map(({ name, required }) => [name, required]),
        onFailure: Object.keys(operation.responses['500']?.content ?? {}),
      }).toEqual({
        path,
        isSaid: true,
        parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, true]),
        onFailure: ['application/problem+json'],
      })
    }
  }
})

test('is whole: every reference leads somewhere, no schema stands for nothing, ids are unique', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '')
  expect(references.length).toBeGreaterThan(40)
  for (const reference of references) {
    const [, kind = '', name = ''] = /^#\/components\/(schemas|headers)\/(\w+)$/.exec(reference) ?? []
    expect(Object.keys(document.components[kind as 'schemas'])).toContain(name)
  }
  expect(text).not.toMatch(/"\$(id|schema|defs)":/)
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Trellis', version: '0.0.0-test' } })
})

test('a validator that is not ours finds nothing wrong with it', async () => {
  const validator = new Validator()
  expect(await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)).toEqual({
    valid: true,
  })
  expect(validator.version).toBe('3.1')
})

test('every operation says which right it needs, but for those that are open', () => {
  const open = Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, security }) => (security.length === 0 ? [operationId] : [])),
  )
  expect(open.sort()).toEqual(['acceptInvitation', 'getHealth', 'getReady', 'getSession', 'signIn', 'signOut'])
})

test('the reference page has every operation and shape, each link of it leads somewhere, and it runs no script', async () => {
  const { text, headers } = await app.request.get('/api/reference')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/)
  expect(text).not.toMatch(/<script|<[^>]+ (on\w+|src)=/)
  for (const { name } of Object.values(routes)) expect(text).toContain(`<article id="${name}">`)
  const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const broken = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.has(id))
  expect(broken).toEqual([])
  expect(text.length).toBeLessThan(1_000_000)
})

test('its schemas accept what the API takes: read back by zod, they parse the same bodies', () => {
  const schema = document.components.schemas['IngestEventsRequest'] as z.core.JSONSchema.JSONSchema
  const whole = { ...schema, $defs: document.components.schemas }
  const parsed = z.fromJSONSchema(JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')))
  const event = { messageId: 'm', lead: { email: 'a@example.com' }, event: 'downloaded' }
  expect(parsed.safeParse({ events: [event] }).success).toBe(true)
  expect(parsed.safeParse({ events: [{ ...event, colour: 'red' }] }).success).toBe(false)
  expect(parsed.safeParse({ events: [] }).success).toBe(false)
})

test('docs/api.md explains every problem code', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
  expect(problemCodes.filter((code) => !page.includes(`\`${code}\``))).toEqual([])
})
