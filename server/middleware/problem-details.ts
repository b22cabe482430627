/** The one place where errors become responses (RFC 9457). */
import type { NextFunction, Request, Response } from 'express'
import { problems, type Problem, type ProblemCode } from '../contract/problem.ts'
import { HttpProblem } from '../problem.ts'
import { maxBodyBytes } from './json-body.ts'
import { contextOf } from './request-context.ts'

/** Answers what no route matched. */
export function routeNotFound(request: Request): never {
  throw new HttpProblem(
    'ROUTE_NOT_FOUND',
    `There is nothing at "${request.path.slice(0, 200)}"; see /api/v1/openapi.json.`,
  )
}

/** Turns anything thrown into a problem document; what is not ours to explain becomes INTERNAL and is logged whole. */
export function problemDetails(thrown: unknown, _request: Request, response: Response, next: NextFunction): void {
  const { log, requestId } = contextOf(response)
  const known = translate(thrown)
  if (known === null) log.error({ err: describe(thrown) }, 'unexpected error')
  else if (known.status >= 500) log.warn({ code: known.code, err: describe(known.cause) }, 'cannot answer')
  if (response.headersSent) return next(thrown)
  const problem =
    known ??
    new HttpProblem('INTERNAL', `This is a fault in Trellis, not in the request. The log has it under "${requestId}".`)
  const body: Problem = {
    type: `urn:trellis:problem:${problem.code.toLowerCase()}`,
    title: problems[problem.code].title,
    status: problem.status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    ...(problem.issues.length > 0 ? { issues: [...problem.issues] } : {}),
  }
  response
    .status(problem.status)
    .set({ ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(body))
}

/** What the thrown value means to the caller; null when it means nothing to them. */
function translate(thrown: unknown): HttpProblem | null {
  if (thrown instanceof HttpProblem) return thrown
  if (!(thrown instanceof Error)) return null
  const unreadable = bodyProblem(thrown)
  if (unreadable !== null) return unreadable
  if (thrown instanceof URIError) {
    return new HttpProblem('MALFORMED_URL', 'The address has a "%" that is not followed by two hexadecimal digits.')
  }
  const code = errorCode(thrown)
  if (code !== undefined && code in useCaseProblems) {
    return new HttpProblem(useCaseProblems[code] ?? 'INTERNAL', thrown.message, { cause: thrown })
  }
  if (isConnectionError(thrown)) {
    return new HttpProblem('DATABASE_UNAVAILABLE', 'The database does not answer; try again in a few seconds.', {
      cause: thrown,
    })
  }
  return null
}

/** Codes thrown by use cases that are about the caller's request, and what they are on the wire. */
const useCaseProblems: Readonly<Record<string, ProblemCode>> = {
  LEAD_NOT_FOUND: 'LEAD_NOT_FOUND',
  JOURNEY_NOT_FOUND: 'JOURNEY_NOT_FOUND',
  JOURNEY_NOT_LIVE: 'JOURNEY_NOT_LIVE',
  ENROLLMENT_NOT_FOUND: 'ENROLLMENT_NOT_FOUND',
  ENROLLMENT_ENDED: 'ENROLLMENT_ENDED',
  CONTROL_NOT_POSSIBLE: 'CONTROL_NOT_POSSIBLE',
  STEP_NOT_FOUND: 'STEP_NOT_FOUND',
  TASK_NOT_FOUND: 'TASK_NOT_FOUND',
  TASK_CLOSED: 'TASK_CLOSED',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  IDENTITY_CONFLICT: 'IDENTITY_CONFLICT',
  LEAD_INVALID: 'LEAD_INVALID',
}

/** What body-parser throws (its `type` names the reason). Its messages quote the body, so they are not passed on. */
function bodyProblem(error: Error & { type?: unknown; status?: unknown; limit?: unknown }): HttpProblem | null {
  switch (error.type) {
    case 'entity.parse.failed':
      return new HttpProblem(
        'MALFORMED_JSON',
        'The body cannot be read as JSON; check its quotes, commas and encoding.',
      )
    case 'entity.too.large':
      return new HttpProblem(
        'BODY_TOO_LARGE',
        `The body has more than ${sayBytes(error.limit)}; send it in smaller parts.`,
        { headers: { Connection: 'close' } },
      )
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new HttpProblem(
        'UNSUPPORTED_MEDIA_TYPE',
        'The body is encoded in a way that is not understood; send UTF-8.',
      )
    default:
      return typeof error.type === 'string' && error.status === 400
        ? new HttpProblem('MALFORMED_JSON', 'The body ended early or does not match its announced length.')
        : null
  }
}

function sayBytes(limit: unknown): string {
  const bytes = typeof limit === 'number' ? limit : maxBodyBytes
  return bytes >= maxBodyBytes ? `${String(bytes / 1024 / 1024)} MB` : `${String(bytes / 1024)} KB`
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  // Postgres: admin shutdown, crash shutdown, starting up, too many connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
])

/** Drizzle wraps what the driver throws; the reason is in `cause`. */
export function isConnectionError(error: Error): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = errorCode(at)
    if (code !== undefined && connectionCodes.has(code)) return true
  }
  return false
}

function errorCode(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/**
 * An error for the log: names, codes and stacks of the chain. Messages of database errors are left out, because they
 * quote values and parameters.
 */
export function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error === undefined ? undefined : { type: typeof error }
  const isQuery = 'query' in error || 'params' in error || error.name === 'PostgresError'
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    ...(errorCode(error) === undefined ? {} : { code: errorCode(error) }),
    ...(isQuery ? {} : { message: error.message }),
    stack: frames.slice(0, 12).join('\n'),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  }
}
