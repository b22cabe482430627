/**
 * Outgoing webhooks, signed as the Standard Webhooks specification says (standardwebhooks.com, v1): the receiver checks
 * `webhook-signature` = `v1,` + base64(HMAC-SHA256(secret, `<webhook-id>.<webhook-timestamp>.<body>`)).
 */
import { createHmac } from 'node:crypto'
import type { Json } from '#engine/facts.ts'
import { webhookEffect, type WebhookInput } from '#engine/steps/webhook.ts'
import { ActivityFailure } from '../activity-failure.ts'
import type { ActivityContext } from '../custom-activity.ts'
import { refusalOf } from '../outgoing/addresses.ts'
import type { Performer } from './performer.ts'

const timeoutMs = 10_000
const longestRetryAfterMs = 3_600_000

export interface WebhookOptions {
  /** Signs every webhook: a text, or `whsec_` + base64 as the specification writes it. Null: they go out unsigned. */
  secret: string | null
}

/** Posts JSON. 2xx is success; 408, 425, 429, 5xx and network errors are retried; all else, redirects too, is final. */
export function createWebhookPerformer({ secret }: WebhookOptions): Performer {
  return {
    type: webhookEffect,
    ports: ['next', 'error'],
    testPort: 'next',
    fields: [],
    async perform(context, input) {
      const { url, payload } = readInput(input)
      const status = await postSigned(url, JSON.stringify(payload), secret, context)
      return { output: { status } }
    },
  }
}

/** What the other side said. `status` null: it could not be reached, and `error` says why. */
export interface WebhookAnswer {
  status: number | null
  /** Null for a 2xx; else in words, without the other side's own text. */
  error: string | null
  /** What it asks us to wait before another attempt. */
  retryAfterMs: number | null
  /** It may not be called at all (outgoing/addresses.ts); trying again does not help. */
  isRefused?: true
  cause?: unknown
}

/** One signed call of at most ten seconds; its id is the caller's. Never throws for what the other side does. */
export async function callWebhook(
  url: string,
  body: string,
  secret: string | null,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<WebhookAnswer> {
  const { host } = new URL(url)
  const refusal = await refusalOf(url)
  if (refusal !== null) return { status: null, error: refusal, retryAfterMs: null, isRefused: true }
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'trellis', ...signatureHeaders(id, body, secret) },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
  } catch (cause) {
    const why =
      cause instanceof Error
        ? `${cause.message}${cause.cause instanceof Error ? ` (${cause.cause.message})` : ''}`
        : String(cause)
    return { status: null, error: `"${host}" could not be reached: ${why}`, retryAfterMs: null, cause }
  }
  await response.body?.cancel()
  const { status } = response
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'))
  const isGood = status >= 200 && status < 300
  return { status, error: isGood ? null : `"${host}" answered ${String(status)}.`, retryAfterMs }
}

/** One signed call; the id and the time limit are the caller's. @throws {ActivityFailure} unless the answer is a 2xx. */
export async function postSigned(
  url: string,
  body: string,
  secret: string | null,
  context: Pick<ActivityContext, 'idempotencyKey' | 'signal'>,
): Promise<number> {
  const call = { id: context.idempotencyKey, signal: context.signal }
  const { status, error, retryAfterMs, isRefused, cause } = await callWebhook(url, body, secret, call)
  if (isRefused === true) throw new ActivityFailure('WEBHOOK_ADDRESS_REFUSED', error ?? '', { retry: false })
  if (status === null) throw new ActivityFailure('WEBHOOK_UNREACHABLE', error ?? '', { cause })
  if (error === null) return status
  const retry = status >= 500 || status === 408 || status === 425 || status === 429
  throw new ActivityFailure(retry ? 'WEBHOOK_UNAVAILABLE' : 'WEBHOOK_REFUSED', error, {
    retry,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
}

/** The three headers of the specification; only the id without a secret. */
export function signatureHeaders(
  id: string,
  body: string,
  secret: string | null,
  now = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  if (secret === null) return { 'webhook-id': id }
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

/** Seconds, as RFC 9110 §10.2.3 has it; its date form is not used by receivers of webhooks. */
function readRetryAfter(header: string | null): number | null {
  if (header === null || !/^\d{1,6}$/.test(header)) return null
  return Math.min(Number(header) * 1000, longestRetryAfterMs)
}

function readInput(input: Json): WebhookInput {
  const { url, payload } = input as unknown as WebhookInput
  return { url, payload }
}
