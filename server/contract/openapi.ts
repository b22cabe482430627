/** Turns the route table into an OpenAPI 3.1 document. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { contactPolicySchema, formSchema, surveySchema } from '#engine/library.ts'
import { leadPolicySchema } from '#engine/publishing/policies.ts'
import { expectationsSchema, factsJsonSchema, factsSchema, testCaseInputSchema } from '#engine/simulation/schemas.ts'
import { answerConditionSchema } from '#engine/surveys/schema.ts'
import { problems, problemSchema, type ProblemCode } from './problem.ts'
import type { Route } from './route.ts'
import { ruleTraceSchema } from './rules.ts'
import { idempotencyHeaders, jsonSchema } from './primitives.ts'
import { ingestScope, isOpenScope, scopeOf } from './scopes.ts'
import { liveSchema, streamPath } from './status.ts'

/** JSON as OpenAPI holds it. */
export type JsonObject = { [key: string]: unknown }

const componentPath = '#/components/schemas/'

/** Named shapes that read the same in requests and answers: recursive ones have to be, the others are in many. */
const sharedShapes: Readonly<Record<string, z.ZodType>> = {
  Rule: ruleSchema,
  Json: jsonSchema,
  AnswerCondition: answerConditionSchema,
  RuleTrace: ruleTraceSchema,
  FactsJson: factsJsonSchema,
  Expectations: expectationsSchema,
  LeadPolicy: leadPolicySchema,
}
/** Large shapes that many routes have: in a request (`GraphInput`) what has a default may be left out. */
const shapesWithDefaults: Readonly<Record<string, z.ZodType>> = {
  Graph: graphSchema,
  Layout: layoutSchema,
  Form: formSchema,
  Survey: surveySchema,
  ContactPolicy: contactPolicySchema,
  Facts: factsSchema,
  Rehearsal: testCaseInputSchema,
}

/** What any route can answer with. */
const always: ProblemCode[] = ['REQUEST_INVALID', 'MALFORMED_URL', 'HOST_REFUSED', 'INTERNAL', 'DATABASE_UNAVAILABLE']
/** What reading a body adds, what asking for a right adds, and what a write adds. */
const withBody: ProblemCode[] = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']
const withScope: ProblemCode[] = ['SIGN_IN_REQUIRED', 'KEY_REFUSED', 'SCOPE_MISSING', 'RATE_LIMITED']
const withKey: ProblemCode[] = ['IDEMPOTENCY_KEY_IN_USE', 'IDEMPOTENCY_ANSWER_GONE', 'IDEMPOTENCY_KEY_REUSED']

/**
 * The whole API as OpenAPI 3.1 (JSON Schema 2020-12). Bodies become components, so that recursive ones can refer to
 * themselves. @throws when a schema cannot be written as JSON Schema, which is our bug: a test calls this.
 */
export function buildOpenApi(routes: readonly Route[], version: string): JsonObject {
  const received = z.registry<{ id: string }>()
  const returned = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(sharedShapes)) {
    received.add(schema, { id })
    returned.add(schema, { id })
  }
  for (const [id, schema] of Object.entries(shapesWithDefaults)) {
    received.add(schema, { id: `${id}Input` })
    returned.add(schema, { id })
  }
  returned.add(problemSchema, { id: 'Problem' })
  returned.add(liveSchema, { id: 'Live' })

  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const name = route.name[0]?.toUpperCase() + route.name.slice(1)
    const body = route.body === undefined ? null : nameShape(received, route.body, `${name}Request`)
    const responses: JsonObject = {}
    for (const [status, schema] of Object.entries(route.responses)) {
      const id = nameShape(returned, schema, `${name}Response`, status)
      responses[status] = { description: statusText(Number(status)), content: jsonContent(id) }
    }
    paths[route.path] ??= {}
    Object.assign(paths[route.path] ?? {}, {
      [route.method.toLowerCase()]: {
        operationId: route.name,
        tags: [route.tag],
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        ...securityOf(route),
        parameters: [
          ...parametersOf('path', route.params),
          ...parametersOf('query', route.query),
          ...parametersOf('header', route.headers ?? headersOf(route)),
        ],
        ...(body === null ? {} : { requestBody: { required: true, content: jsonContent(body, route.example) } }),
        responses: { ...problemResponses(route), ...responses },
      },
    })
  }
  paths[streamPath] = { get: streamOperation() }

  return {
    openapi: '3.1.0',
    info: {
      title: 'Trellis',
      version,
      description:
        'Every answer of status 400 or above is a problem document (RFC 9457). Lists are paged by key: pass `nextCursor` on as ' +
        '`cursor`. Writes take an `Idempotency-Key`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes,
      headers,
      schemas: { ...componentsOf(returned, 'output'), ...componentsOf(received, 'input') },
    },
  }
}

/** How a caller proves who they are; docs/api.md tells more. */
const securitySchemes = {
  key: { type: 'http', scheme: 'bearer', description: 'A key of Trellis: `trl_…`. "trellis keys create" makes one.' },
  session: { type: 'apiKey', in: 'cookie', name: 'trellis_session', description: 'A signed-in person.' },
  writeKey: { type: 'http', scheme: 'basic', description: 'The key as user name, no password, as Segment does it.' },
}

const headers = {
  RateLimit: {
    description:
      'What is left: `"api";r=1187;t=42` = 1,187 requests in the next 42 seconds (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer' } },
}

/** The ways to prove who asks, each with the right that is needed; nothing for what is open. */
function securityOf(route: Route): JsonObject {
  const scope = scopeOf(route)
  if (isOpenScope(scope)) return { security: [] }
  const ways = ['key', 'session', ...(scope === ingestScope ? ['writeKey'] : [])]
  return { security: ways.map((way) => ({ [way]: [scope] })) }
}

/** Every write may carry a key that makes its repeat harmless. */
export function headersOf(route: Route): z.ZodObject | undefined {
  return takesKey(route) ? idempotencyHeaders : undefined
}

function takesKey(route: Route): boolean {
  return route.method !== 'GET' && route.secret !== true
}

/** Under the name it has, or the wished one; a taken one gets the ending. */
function nameShape(
  registry: z.core.$ZodRegistry<{ id: string }>,
  schema: z.ZodType,
  name: string,
  ending = '',
): string {
  const known = registry.get(schema)?.id
  if (known !== undefined) return known
  const id = registry._idmap.has(name) ? `${name}${ending}` : name
  registry.add(schema, { id })
  return id
}

function componentsOf(registry: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output'): JsonObject {
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `${componentPath}${id}`, io, target: 'draft-2020-12' })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)]))
}

/** Inside OpenAPI a component is known by its place; `$id` and `$schema` would start a document of their own. */
function withoutIdentity(schema: JsonObject): JsonObject {
  const { $id: _id, $schema: _schema, ...rest } = schema
  return rest
}

function parametersOf(place: 'path' | 'query' | 'header', object: z.ZodObject | undefined): JsonObject[] {
  if (object === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(object, { io: 'input' })
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }))
}

function problemResponses(route: Route): JsonObject {
  const codes: ProblemCode[] = [
    ...always,
    ...(route.body === undefined ? [] : withBody),
    ...(isOpenScope(scopeOf(route)) ? [] : withScope),
    ...(route.method === 'GET' ? [] : (['ORIGIN_REFUSED'] as const)),
    ...(takesKey(route) ? withKey : []),
    ...(route.problems ?? []),
  ]
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status)
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, list]) => [
        status,
        {
          description: list.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
          ...(status === 429 ? { headers: retryHeaders } : {}),
          content: { 'application/problem+json': { schema: { $ref: `${componentPath}Problem` } } },
        },
      ]),
  )
}

const retryHeaders = {
  RateLimit: { $ref: '#/components/headers/RateLimit' },
  'Retry-After': { $ref: '#/components/headers/RetryAfter' },
}

function jsonContent(component: string, example?: unknown): JsonObject {
  const schema = { $ref: `${componentPath}${component}` }
  return { 'application/json': { schema, ...(example === undefined ? {} : { example }) } }
}

/** The stream, as far as its problems are concerned. */
const streamRoute: Route = {
  name: 'stream',
  method: 'GET',
  path: streamPath,
  tag: 'Status',
  summary: '',
  responses: {},
  problems: ['STREAMS_EXHAUSTED'],
}

function streamOperation(): JsonObject {
  return {
    operationId: 'stream',
    tags: ['Status'],
    summary: 'Live counts and the newest messages',
    description:
      'Server-sent events. Each `live` event has the JSON of the Live schema; sent at most once a second, when something changed. ' +
      'A comment every 15 seconds keeps the connection open. Each event is the whole state, so a client that was away needs nothing ' +
      'but the next one; with Last-Event-ID it is not sent the state it has. A stream ends after about ten minutes: connect again.',
    security: ['key', 'session'].map((way) => ({ [way]: ['status:read', 'deliveries:read'] })),
    parameters: [{ name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }],
    responses: {
      ...problemResponses(streamRoute),
      200: { description: 'A stream of events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  }
}

function statusText(status: number): string {
  return { 200: 'Done', 201: 'Created', 202: 'Accepted', 503: 'Not well' }[status] ?? 'Answer'
}
