/**
 * How much one caller may ask for. Counted in this process: with several API processes behind a balancer each allows as
 * much. Headers as in draft-ietf-httpapi-ratelimit-headers-10.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { HeaderSink } from '../middleware/request-context.ts'
import { HttpProblem } from '../problem.ts'

/** Requests per window. */
export interface RateLimitOptions {
  /** Per principal and minute, over all routes but ingest. */
  perMinute: number
  /** Per key and minute, for ingest. A public key has a tenth of it per address of a visitor. */
  ingestPerMinute: number
}

/** Generous: a page that polls needs 60 a minute, a busy integration a few hundred. */
export const defaultRateLimits: RateLimitOptions = { perMinute: 1200, ingestPerMinute: 6000 }

type Bucket = 'api' | 'ingest' | 'visitor' | 'refused' | 'sign-in' | 'person'

export interface RateLimits {
  /** Counts one request and tells how many are left in headers. @throws {HttpProblem} RATE_LIMITED */
  count(bucket: Bucket, who: string, headers: HeaderSink): Promise<void>
  /** Looks without counting. @throws {HttpProblem} RATE_LIMITED when the bucket is used up. */
  check(bucket: Bucket, who: string, headers: HeaderSink): Promise<void>
  /** Forgets what was counted: a person has proved who they are. */
  forget(bucket: Bucket, who: string): Promise<void>
}

export function createRateLimits({ perMinute, ingestPerMinute }: RateLimitOptions): RateLimits {
  const limiter = (points: number, duration: number) => new RateLimiterMemory({ points, duration })
  const limiters: Record<Bucket, RateLimiterMemory> = {
    api: limiter(perMinute, 60),
    ingest: limiter(ingestPerMinute, 60),
    visitor: limiter(Math.max(1, Math.ceil(ingestPerMinute / 10)), 60),
    // Keys that open nothing, per address.
    refused: limiter(60, 60),
    // Wrong passwords, per address and per person. NIST SP 800-63B-4 §3.2.2 asks for at most 100 failures in a row; few
    // per address, so that a stranger's guessing does not lock the person out.
    'sign-in': limiter(10, 15 * 60),
    person: limiter(100, 15 * 60),
  }

  const tell = (bucket: Bucket, state: RateLimiterRes, headers: HeaderSink): void => {
    const { points, duration } = limiters[bucket]
    const seconds = Math.ceil(state.msBeforeNext / 1000)
    headers.set({
      'RateLimit-Policy': `"${bucket}";q=${String(points)};w=${String(duration)}`,
      RateLimit: `"${bucket}";r=${String(Math.max(0, state.remainingPoints))};t=${String(seconds)}`,
    })
  }

  const refuse = (bucket: Bucket, state: RateLimiterRes, headers: HeaderSink): never => {
    tell(bucket, state, headers)
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
    const { points, duration } = limiters[bucket]
    const allowed = `${String(points)} in ${duration === 60 ? 'a minute' : `${String(duration / 60)} minutes`}`
    throw new HttpProblem('RATE_LIMITED', `${sentences[bucket]} (${allowed}); try again in ${String(seconds)} s.`, {
      headers: { 'Retry-After': String(seconds) },
    })
  }

  return {
    async count(bucket, who, headers) {
      try {
        tell(bucket, await limiters[bucket].consume(who), headers)
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        refuse(bucket, error, headers)
      }
    },
    async check(bucket, who, headers) {
      const state = await limiters[bucket].get(who)
      if (state !== null && state.consumedPoints >= limiters[bucket].points) refuse(bucket, state, headers)
    },
    async forget(bucket, who) {
      await limiters[bucket].delete(who)
    },
  }
}

const sentences: Readonly<Record<Bucket, string>> = {
  api: 'Too many requests',
  ingest: 'Too many requests with this key',
  visitor: 'Too many requests from this address',
  refused: 'Too many requests with keys that open nothing',
  'sign-in': 'Too many wrong passwords',
  person: 'Too many wrong passwords',
}
