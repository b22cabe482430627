/** Asks the API, typed by its contract. */
import { problemSchema, type Problem } from '#server/contract/problem.ts'
import type { CallOf, ResultOf, Route } from '#server/contract/route.ts'

/** Thrown when the API refuses or cannot be reached; `message` may be shown as it is. */
export class ApiError extends Error {
  /** Null when no answer came at all. */
  readonly problem: Problem | null

  constructor(message: string, problem: Problem | null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** The parts of a call that a route has; the others may not be given. */
type Given<R extends Route> = {
  [Part in keyof CallOf<R> as R extends Record<Part, unknown> ? Part : never]: CallOf<R>[Part]
} & {
  /** For a write that may be sent again: sent twice, it is done once and answered alike (for 24 hours). */
  idempotencyKey?: string
}

/**
 * One call of one route: `call(getLead, { params: { id } })`. Any answer the route declares is a result, also a 503 of
 * `/health`. @throws {ApiError}
 */
export async function call<R extends Route>(route: R, given: Given<R>, signal?: AbortSignal): Promise<ResultOf<R>> {
  const { params = {}, query = {}, body, headers = {}, idempotencyKey } = given as Partial<Given<Route> & CallOf<Route>>
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name])),
  )
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
  const response = await fetch(search.size > 0 ? `${path}?${search.toString()}` : path, {
    method: route.method,
    headers: {
      ...(headers as Record<string, string>),
      ...(route.body ? { 'content-type': 'application/json' } : {}),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(route.body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new ApiError('Trellis does not answer. Is it running?', null, error)
  })
  const content: unknown = await response.json().catch(() => null)
  if (response.status in route.responses) return content as ResultOf<R>
  const problem = problemSchema.safeParse(content).data ?? null
  throw new ApiError(problem?.detail ?? `Trellis answered ${String(response.status)}.`, problem)
}
