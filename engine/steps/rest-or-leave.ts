/** Turns what a wait says into what its step says. */
import type { Instant } from '../facts.ts'
import type { Outcome, WaitKey } from './contract.ts'
import type { MessageWait } from './message-wait.ts'

/** How the step speaks of its wait. */
export interface WaitWords {
  /** Where it leaves when the time is over. */
  port: string
  /** Why it left, then. */
  reason: string
  /** What it waits for, while it does. */
  resting: string
  /** What else wakes it. */
  on?: WaitKey[]
  /** Looked at earlier than the end, when given. */
  recheckAt?: Instant | null
}

/** Rests while waiting or held; leaves by `port` when due, by `message_failed` when the message was refused. */
export function restOrLeave(wait: MessageWait, words: WaitWords): Outcome {
  const { on = [], recheckAt = null } = words
  switch (wait.state) {
    case 'waiting':
      return {
        kind: 'rest',
        wakeAt: recheckAt === null ? wait.wakeAt : Math.min(wait.wakeAt, recheckAt),
        on,
        memory: wait.memory,
        reason: words.resting,
      }
    case 'held':
      return {
        kind: 'rest',
        wakeAt: recheckAt,
        on: [...on, ...wait.on],
        memory: wait.memory,
        reason: 'Waits until the message before it is sent.',
      }
    case 'due':
      return { kind: 'leave', port: words.port, reason: words.reason }
    case 'failed':
      return { kind: 'leave', port: 'message_failed', reason: wait.reason }
  }
}
