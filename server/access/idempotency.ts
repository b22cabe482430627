/**
 * Idempotency-Key on writes (draft-ietf-httpapi-idempotency-key-header-07): the first request with a key runs, a
 * repeat gets the first one's answer for 24 hours. Only successes are kept: what was refused has changed nothing and
 * may be mended and sent again. Should the process die after the write was committed and before its answer was, a repeat
 * runs it again; events, enrollments and leads have identities of their own for that.
 */
import { createHash } from 'node:crypto'
import type { Database } from '#db/client.ts'
import { claimKey, keepAnswer, pruneKeys } from '#db/repositories/idempotency.ts'
import { HttpProblem } from '../problem.ts'

/** An answer as it goes out. */
export interface SentAnswer {
  status: number
  headers: Record<string, string>
  /** JSON. */
  body: string
}

interface IdempotentCall {
  principal: string
  key: string
  route: string
  /** All that makes the request what it is. */
  request: unknown
}

export interface Idempotency {
  /** Runs `write`, or answers what it answered before. @throws {HttpProblem} IDEMPOTENCY_KEY_… */
  once(call: IdempotentCall, write: () => Promise<SentAnswer>): Promise<SentAnswer & { isReplay: boolean }>
}

/** How long a repeat waits for the first to end. */
const waitMs = 5000

/** @param connections of the pool: at most half of them hold keys at once, so that the writes themselves get some. */
export function createIdempotency(db: Database, connections: number): Idempotency {
  const gate = createGate(Math.max(1, Math.floor(connections / 2)))
  let calls = 0
  return {
    async once({ principal, key, route, request }, write) {
      const requestHash = createHash('sha256').update(canonical(request)).digest('hex')
      if ((calls += 1) % 100 === 0) void pruneKeys(db).catch(() => undefined)
      return gate(() =>
        db.transaction(async (tx) => {
          const kept = await claimKey(tx, { principal, key, route, requestHash }, waitMs).catch((error: unknown) => {
            if (!isLockTimeout(error)) throw error
            const message = `The first request with the Idempotency-Key "${key}" has not ended yet; try again in a moment.`
            throw new HttpProblem('IDEMPOTENCY_KEY_IN_USE', message, { headers: { 'Retry-After': '1' }, cause: error })
          })
          if (kept === null) {
            const answer = await write()
            await keepAnswer(tx, { principal, key }, answer)
            return { ...answer, isReplay: false }
          }
          if (kept.requestHash !== requestHash) {
            const message = `The Idempotency-Key "${key}" came with another request before; use a new one for each write.`
            throw new HttpProblem('IDEMPOTENCY_KEY_REUSED', message)
          }
          const { status, headers, body } = kept
          if (body === null) {
            const message = `The write with the Idempotency-Key "${key}" was done; its answer was erased with its lead.`
            throw new HttpProblem('IDEMPOTENCY_ANSWER_GONE', message)
          }
          return { status, headers, body, isReplay: true }
        }),
      )
    },
  }
}

/** JSON with the keys of objects in order: the same request, however its sender writes it. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

/** Lets so many in at once; the others wait in the order they came. */
function createGate(most: number) {
  let inside = 0
  const waiting: (() => void)[] = []
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else inside += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) inside -= 1
      else next()
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return (inner as { code?: unknown } | null)?.code === '55P03'
}
