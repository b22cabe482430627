/** How a custom activity says what went wrong, and whether trying again can help. */

/** What retrying can do. */
export interface ActivityFailureOptions {
  /** False: trying again cannot help (a wrong key, an unknown customer). @default true */
  retry?: boolean
  /** Try again no sooner than this. Ignored when `retry` is false. */
  retryAfterMs?: number
  cause?: unknown
}

/**
 * Thrown by `perform`. The code goes to Temporal and the step log; the message stays in Postgres, so it may hold what the
 * other system said. Any other error counts as retryable with the code `ACTIVITY_FAILED`.
 */
export class ActivityFailure extends Error {
  readonly code: string
  readonly retry: boolean
  readonly retryAfterMs: number | null

  /** @param code upper-case words, for example `CRM_CUSTOMER_UNKNOWN` */
  constructor(code: string, message: string, { retry = true, retryAfterMs, cause }: ActivityFailureOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ActivityFailure'
    this.code = /^[A-Z][A-Z0-9_]{0,62}$/.test(code) ? code : 'ACTIVITY_FAILED'
    this.retry = retry
    this.retryAfterMs = retryAfterMs ?? null
  }
}
