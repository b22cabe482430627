/** Turns the route table into an OpenAPI 3.1 document. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { problems, problemSchema, type ProblemCode } from './problem.ts'
import type { Route } from './route.ts'
import { jsonSchema } from './primitives.ts'
import { liveSchema, streamPath } from './status.ts'

/** JSON as OpenAPI holds it. */
export type JsonObject = { [key: string]: unknown }

const componentPath = '#/components/schemas/'

/** What any route can answer with. A route with a body adds those of reading it. */
const always: ProblemCode[] = ['REQUEST_INVALID', 'HOST_REFUSED', 'INTERNAL', 'DATABASE_UNAVAILABLE']
const withBody: ProblemCode[] = ['MALFORMED_JSON', 'ORIGIN_REFUSED', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

/**
 * The whole API as OpenAPI 3.1 (JSON Schema 2020-12). Bodies become components, so that recursive ones can refer to
 * themselves. @throws when a schema cannot be written as JSON Schema, which is our bug: a test calls this.
 */
export function buildOpenApi(routes: readonly Route[], version: string): JsonObject {
  const received = z.registry<{ id: string }>()
  const returned = z.registry<{ id: string }>()
  for (const registry of [received, returned]) registry.add(ruleSchema, { id: 'Rule' }).add(jsonSchema, { id: 'Json' })
  returned.add(problemSchema, { id: 'Problem' })
  returned.add(liveSchema, { id: 'Live' })

  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const name = route.name[0]?.toUpperCase() + route.name.slice(1)
    if (route.body !== undefined) received.add(route.body, { id: `${name}Request` })
    const responses: JsonObject = {}
    for (const [status, schema] of Object.entries(route.responses)) {
      const id = nameResponse(returned, schema, `${name}Response`, status)
      responses[status] = { description: statusText(Number(status)), content: jsonContent(id) }
    }
    paths[route.path] ??= {}
    Object.assign(paths[route.path] ?? {}, {
      [route.method.toLowerCase()]: {
        operationId: route.name,
        tags: [route.tag],
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        parameters: [
          ...parametersOf('path', route.params),
          ...parametersOf('query', route.query),
          ...parametersOf('header', route.headers),
        ],
        ...(route.body === undefined
          ? {}
          : { requestBody: { required: true, content: jsonContent(`${name}Request`) } }),
        responses: { ...problemResponses(route), ...responses },
      },
    })
  }
  paths[streamPath] = { get: streamOperation() }

  return {
    openapi: '3.1.0',
    info: { title: 'Trellis', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { ...componentsOf(returned, 'output'), ...componentsOf(received, 'input') } },
  }
}

function nameResponse(
  registry: z.core.$ZodRegistry<{ id: string }>,
  schema: z.ZodType,
  name: string,
  status: string,
): string {
  const known = registry.get(schema)?.id
  if (known !== undefined) return known
  const id = registry._idmap.has(name) ? `${name}${status}` : name
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
  const codes = [...always, ...(route.body === undefined ? [] : withBody), ...(route.problems ?? [])]
  const byStatus = Map.groupBy(codes, (code) => problems[code].status)
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, list]) => [
        status,
        {
          description: list.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
          content: { 'application/problem+json': { schema: { $ref: `${componentPath}Problem` } } },
        },
      ]),
  )
}

function jsonContent(component: string): JsonObject {
  return { 'application/json': { schema: { $ref: `${componentPath}${component}` } } }
}

function streamOperation(): JsonObject {
  return {
    operationId: 'stream',
    tags: ['Status'],
    summary: 'Live counts and the newest messages',
    description:
      'Server-sent events. Each `live` event has the JSON of the Live schema; sent at most once a second, when something changed. ' +
      'A comment every 15 seconds keeps the connection open.',
    parameters: [],
    responses: {
      200: { description: 'A stream of events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
  }
}

function statusText(status: number): string {
  return { 200: 'Done', 201: 'Created', 202: 'Accepted', 503: 'Not well' }[status] ?? 'Answer'
}
