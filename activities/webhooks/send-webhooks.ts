/**
 * Sends webhooks: signed, each with an id that stays the same over its attempts, again and again for about three days. What
 * a call tells is read when it is sent, so an erased lead is told about no more.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client.ts'
import { isOnHold } from '#db/repositories/company-switches.ts'
import {
  claimCalls,
  disableDeadEndpoints,
  disableEndpoint,
  pruneCalls,
  recordCall,
  type CallResult,
  type ClaimedCall,
} from '#db/repositories/webhooks.ts'
import { callWebhook } from '../effects/webhook.ts'

/** Pauses between attempts in seconds, as Standard Webhooks recommends: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
const retrySeconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
/** An endpoint that takes nothing for so long is turned off. */
const deadAfterDays = 5
const idleMs = 1000

export interface WebhookSender {
  db: Database
  /** Calls under way at once. @default 20 */
  lanes?: number
  /** Pauses between attempts; for tests. */
  retries?: readonly number[]
}

/** One round: what is due now. Returns how many calls were tried. */
export async function sendDueWebhooks(sender: WebhookSender, signal: AbortSignal): Promise<number> {
  const { db, lanes = 20 } = sender
  // A restored installation has forgotten what it told; on hold it tells nobody anything.
  if (await isOnHold(db)) return 0
  const calls = await claimCalls(db, lanes)
  await Promise.all(calls.map(async (call) => recordCall(db, await attempt(sender, call, signal))))
  return calls.length
}

/** Runs until the signal; `beat` is called at least every few seconds. */
export async function runWebhooks(sender: WebhookSender, signal: AbortSignal, beat: () => void): Promise<void> {
  let tidiedAt = -Infinity
  while (!signal.aborted) {
    beat()
    if (performance.now() - tidiedAt > 60_000) {
      await disableDeadEndpoints(sender.db, deadAfterDays)
      await pruneCalls(sender.db, 10_000)
      tidiedAt = performance.now()
    }
    const tried = await sendDueWebhooks(sender, signal)
    if (tried === 0) await pause(idleMs, undefined, { signal }).catch(() => undefined)
  }
}

async function attempt(
  { db, retries = retrySeconds }: WebhookSender,
  call: ClaimedCall,
  signal: AbortSignal,
): Promise<CallResult> {
  const { id, endpointId, type, data, createdAt } = call
  const base = { id, endpointId, httpStatus: null, error: null }
  if (data === null) return { ...base, status: 'cancelled', error: 'What it was about is gone: erased or taken back.' }
  const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data })
  const answer = await callWebhook(call.url, body, call.secret, { id, signal })
  const { status: httpStatus, error } = answer
  if (error === null) return { ...base, status: 'delivered', httpStatus }
  // The specification's way to say "never again"; everything else may be a fault that passes.
  if (httpStatus === 410) await disableEndpoint(db, endpointId, 'It answered 410: gone.')
  const next = answer.isRefused === true ? undefined : retries[call.attempts - 1]
  if (next === undefined || httpStatus === 410) return { ...base, httpStatus, error, status: 'failed' }
  const retryAfterSeconds = Math.max(next, (answer.retryAfterMs ?? 0) / 1000)
  return { ...base, httpStatus, error, status: 'queued', retryAfterSeconds }
}
