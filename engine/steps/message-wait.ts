/**
 * How long a wait lasts. A wait counts from the arrival at it, but when the last message has not been taken by the
 * provider yet, from its acceptance: "three days after the mail" means after the mail (DESIGN §6).
 */
import type { Instant, Json } from '../facts.ts'
import type { StepContext, WaitKey } from './contract.ts'
import { lookUp } from './lookup.ts'

/** An acceptance this much later than the arrival (at most 1 % of the wait) still counts as at the arrival. */
const longestGraceMs = 10 * 60_000

/** What a wait remembers between its runs: the message it counts from, decided on arrival. */
interface WaitMemory {
  message: string | null
}

/**
 * `waiting` until `wakeAt`; `held` until the message's result is known; `due` since `at`; `failed` when the message was
 * refused after all, so that the wait leaves by `message_failed`.
 */
export type MessageWait =
  | { state: 'waiting'; wakeAt: Instant; memory: Json }
  | { state: 'held'; on: WaitKey[]; memory: Json }
  | { state: 'due'; at: Instant }
  | { state: 'failed'; reason: string }

/**
 * Arms from the arrival; at the end of that time looks at the message: accepted later → arms again from the acceptance;
 * still under way → held; skipped, failed or cancelled → failed. A message that was already settled when the lead
 * arrived changes nothing. Reads facts only, so any number of runs at one instant agree.
 *
 * A provider takes most messages within seconds. Arming again for those would cost every wait a second timer and let
 * "at 09:00" drift by seconds with each message, so a delay of up to 1 % of the wait (10 minutes at most) is not counted.
 */
export function messageWait(context: StepContext<unknown>, dueFrom: (from: Instant) => Instant): MessageWait {
  const memory = rememberMessage(context)
  const due = dueFrom(context.enteredAt)
  const delivery = memory.message === null ? undefined : lookUp(context.facts.own.deliveries, memory.message)
  if (delivery?.status === 'accepted') {
    const acceptedAt = delivery.acceptedAt ?? context.enteredAt
    const graceMs = Math.min(longestGraceMs, (due - context.enteredAt) / 100)
    const after = acceptedAt - context.enteredAt <= graceMs ? due : dueFrom(acceptedAt)
    return context.now < after
      ? { state: 'waiting', wakeAt: after, memory: { ...memory } }
      : { state: 'due', at: after }
  }
  if (context.now < due) return { state: 'waiting', wakeAt: due, memory: { ...memory } }
  if (memory.message === null || delivery === undefined) return { state: 'due', at: due }
  switch (delivery.status) {
    case 'queued':
    case 'sending':
    case 'unknown':
      return { state: 'held', on: [`sent:${memory.message}`], memory: { ...memory } }
    case 'skipped':
    case 'failed':
    case 'cancelled':
      return {
        state: 'failed',
        reason: `The message before this wait was not sent (${delivery.reason ?? delivery.status}).`,
      }
  }
}

function rememberMessage(context: StepContext<unknown>): WaitMemory {
  const { memory, lastMessage, facts } = context
  if (typeof memory === 'object' && memory !== null && !Array.isArray(memory) && 'message' in memory) {
    return { message: typeof memory['message'] === 'string' ? memory['message'] : null }
  }
  if (lastMessage === null) return { message: null }
  const status = lookUp(facts.own.deliveries, lastMessage)?.status
  return { message: status === 'queued' || status === 'sending' || status === 'unknown' ? lastMessage : null }
}
