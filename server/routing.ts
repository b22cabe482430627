/** Joins the route table of the contract with handlers: parses what comes in, sends what a handler returns. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router, type NextFunction, type Request, type Response } from 'express'
import type { z } from 'zod'
import type { ProblemIssue } from './contract/problem.ts'
import type { HttpMethod, ReplyOf, RequestOf, Route } from './contract/route.ts'
import type { Access } from './access/access.ts'
import type { Idempotency, SentAnswer } from './access/idempotency.ts'
import { headersOf } from './contract/openapi.ts'
import { scopeOf } from './contract/scopes.ts'
import { cleanJson } from './middleware/json-body.ts'
import { contextOf, type RequestContext } from './middleware/request-context.ts'
import { HttpProblem } from './problem.ts'

/** A route together with what answers it. */
export interface Implementation {
  route: Route
  handle(request: unknown, context: RequestContext): Promise<{ status: number; body: unknown; headers?: unknown }>
}

/** Declares how a route is answered: a function from the parsed request to a response value. */
export function implement<R extends Route>(
  route: R,
  handle: (request: RequestOf<R>, context: RequestContext) => Promise<ReplyOf<R>> | ReplyOf<R>,
): Implementation {
  return { route, handle: async (request, context) => handle(request as RequestOf<R>, context) }
}

export function ok<Body>(body: Body): { status: 200; body: Body } {
  return { status: 200, body }
}

/** Any status of the contract. */
export function reply<const Status extends number, Body>(status: Status, body: Body): { status: Status; body: Body } {
  return { status, body }
}

/** JSON in pieces, for a route that `streams`. */
export function streamed(pieces: AsyncIterable<string>): { status: 200; body: never } {
  return { status: 200, body: pieces as never }
}

/** 202: recorded; the lead's workflow applies it. */
export function accepted<Body extends object>(body: Body): { status: 202; body: Body & { accepted: true } } {
  return { status: 202, body: { ...body, accepted: true } }
}

interface RouterOptions {
  access: Access
  idempotency: Idempotency
  /** Check every response against the contract. For tests: it costs time and a failure answers 500. */
  checkReplies: boolean
}

/** An Express router for all implementations. A known path with another method answers 405. */
export function createRouter(implementations: readonly Implementation[], options: RouterOptions): Router {
  const router = Router({ caseSensitive: true })
  // Express takes the first path that fits: `/segments/preview` must not be taken for a segment called "preview".
  const parameters = (path: string) => path.split('{').length
  const paths = [...Map.groupBy(implementations, ({ route }) => route.path)]
  for (const [path, group] of paths.toSorted(([one], [other]) => parameters(one) - parameters(other))) {
    const handlers = router.route(toExpressPath(path))
    for (const implementation of group) {
      const method = implementation.route.method.toLowerCase() as Lowercase<HttpMethod>
      handlers[method]((request, response) => answer(implementation, request, response, options))
    }
    handlers.all((request: Request, _response: Response, next: NextFunction) => {
      const allowed = group.map(({ route }) => route.method)
      const message = `${request.method} is not possible here; use ${allowed.join(' or ')}.`
      next(new HttpProblem('METHOD_NOT_ALLOWED', message, { headers: { Allow: allowed.join(', ') } }))
    })
  }
  return router
}

/** `/leads/{id}` as Express writes it. */
export function toExpressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

async function answer(
  implementation: Implementation,
  request: Request,
  response: Response,
  options: RouterOptions,
): Promise<void> {
  const { route } = implementation
  const context = contextOf(response)
  context.route = route.path
  const principal = await options.access.admit(request, response, scopeOf(route))
  if (route.body !== undefined && request.is(bodyTypes(route)) === false) {
    throw new HttpProblem(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body is "${request.get('content-type') ?? 'of no type'}"; send JSON with content-type: application/json.`,
    )
  }
  const parsed = parseRequest(route, request)
  if (route.streams === true) {
    const reply = await implementation.handle(parsed, context)
    response.status(reply.status).type('application/json')
    await pipeline(Readable.from(reply.body as AsyncIterable<string>), response)
    return
  }
  const write = async (): Promise<SentAnswer> => {
    const reply = await implementation.handle(parsed, context)
    if (options.checkReplies) checkReply(route, reply)
    return { status: reply.status, headers: (reply.headers ?? {}) as SentAnswer['headers'], body: toJson(reply.body) }
  }
  const key = route.method === 'GET' || route.secret === true ? undefined : request.get('idempotency-key')
  const call = { principal: principal.actor, key: key ?? '', route: route.name, request: [request.originalUrl, parsed] }
  const answered =
    key === undefined ? { ...(await write()), isReplay: false } : await options.idempotency.once(call, write)
  if (answered.isReplay) response.set('Idempotent-Replayed', 'true')
  response.status(answered.status).set(answered.headers).type('application/json').send(answered.body)
}

function toJson(body: unknown): string {
  return JSON.stringify(body) ?? 'null'
}

/** Beacons of a page that is being closed can only be plain text (Fetch: CORS-safelisted content types). */
function bodyTypes(route: Route): string[] {
  return route.takesPlainText === true ? ['json', 'text/plain'] : ['json']
}

/** Parses every part, its texts made storable; what is wrong in any of them is told at once. */
function parseRequest(route: Route, request: Request): RequestOf<Route> {
  const issues: ProblemIssue[] = []
  const parse = (part: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return {}
    const result = schema.safeParse(value)
    if (!result.success) issues.push(...toProblemIssues(result.error, [part]))
    return result.data
  }
  const parsed = {
    params: parse('params', route.params, cleanJson(request.params)),
    query: parse('query', route.query, cleanJson(request.query)),
    headers: parse('headers', route.headers ?? headersOf(route), request.headers),
    body: parse('body', route.bodyEnvelope ?? route.body, request.body),
  }
  if (issues.length > 0) {
    const [first] = issues
    const more = issues.length > 1 ? ` (and ${String(issues.length - 1)} more)` : ''
    throw new HttpProblem('REQUEST_INVALID', `${first?.path.join('.') ?? ''}: ${first?.message ?? ''}${more}`, {
      issues,
    })
  }
  return parsed as RequestOf<Route>
}

/** Zod's findings as issues of a problem document. The path leads into the request. */
export function toProblemIssues(error: z.ZodError, prefix: (string | number)[] = []): ProblemIssue[] {
  return error.issues.slice(0, 100).map((issue) => ({
    code: issue.code.toUpperCase(),
    severity: 'error',
    path: [...prefix, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))],
    message: issue.message,
  }))
}

function checkReply(route: Route, reply: { status: number; body: unknown }): void {
  const schema = route.responses[reply.status]
  if (schema === undefined) throw new Error(`${route.name} answered ${String(reply.status)}, which its contract lacks.`)
  // Through JSON, as a caller gets it: a Date or undefined that slipped in shows up here.
  const result = schema.safeParse(JSON.parse(JSON.stringify(reply.body)))
  if (!result.success) throw new Error(`${route.name} broke its contract: ${result.error.message}`)
}
