/**
 * The way from rendered messages to one provider: as many calls at once as it takes, each begun only after its own last
 * look. A call that takes minutes keeps its own lane busy and no other.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client.ts'
import { isCollision } from '#db/transact.ts'
import { releaseClaimed, startHandOver } from '#db/repositories/delivery-handover.ts'
import type { Provider, RenderedMessage, SendResult } from '../providers/contract.ts'
import type { ProviderHealth } from './provider-health.ts'
import type { Answers, Recorder } from './recorder.ts'

export interface LanesOptions {
  db: Database
  claimedBy: string
  provider: Provider
  /** To the world outside, as opposed to the built-in mailbox. */
  isReal: boolean
  recorder: Recorder
  health: ProviderHealth
  /** As many may wait before more are fetched. */
  roomAt: number
  /** Told when there is room for more, and when everything is answered. */
  onChange: () => void
  /** Told what nothing here can mend: the run must end. */
  onFailure: (error: unknown) => void
}

export interface Lanes {
  /** Messages that wait for a lane. */
  waiting(): number
  /** Nothing waits and no call is under way. */
  isEmpty(): boolean
  /** Takes messages of claimed rows; the most important go first. */
  add(messages: readonly { message: RenderedMessage; priority: number }[]): void
  /** Begins nothing any more, puts back what waits, and resolves when every call under way is answered. */
  drain(): Promise<void>
}

/** Calls begun in one transaction at most: it holds the locks of their leads. */
const mostTogether = 50
/** Transactions that begin calls at once: while one commits, the next can gather. */
const mostBeginning = 1

export function createLanes(options: LanesOptions): Lanes {
  const { db, claimedBy, provider, isReal, recorder, health, roomAt, onChange, onFailure } = options
  let waiting: { message: RenderedMessage; priority: number }[] = []
  let free = provider.concurrency
  let beginning = 0
  let isOver = false
  const underWay = new Set<Promise<void>>()

  const track = (work: Promise<void>): void => {
    const tracked = work.catch(onFailure).finally(() => {
      underWay.delete(tracked)
      dispatch()
      if (underWay.size === 0) onChange()
    })
    underWay.add(tracked)
  }

  const dispatch = (): void => {
    if (isOver) return
    while (waiting.length > 0 && free > 0 && beginning < mostBeginning) {
      const wasFull = waiting.length > roomAt
      const group = waiting.splice(0, Math.min(free, mostTogether) * provider.batchSize)
      if (wasFull && waiting.length <= roomAt) onChange()
      free -= Math.ceil(group.length / provider.batchSize)
      beginning += 1
      track(begin(group))
    }
  }

  const begin = async (group: typeof waiting): Promise<void> => {
    const lanes = Math.ceil(group.length / provider.batchSize)
    const messages = group.map(({ message }) => message)
    const calls: Promise<SendResult[]>[] = []
    const called: RenderedMessage[][] = []
    try {
      await db.transaction(async (tx) => {
        const asked = messages.map(({ deliveryId, leadId }) => ({ deliveryId, leadId, isReal }))
        const ready = await startHandOver(tx, { claimedBy, messages: asked })
        const going = messages.filter((message) => ready.has(message.deliveryId))
        // Begun before the commit, answered after it: unsubscribing waits for the former, not for the latter.
        for (let start = 0; start < going.length; start += provider.batchSize) {
          const batch = going.slice(start, start + provider.batchSize)
          called.push(batch)
          calls.push(callOf(provider, batch))
        }
      })
    } catch (error) {
      // Calls may be under way although the commit failed: their answers count all the same.
      const begun = new Set(called.flat())
      waiting.unshift(...group.filter(({ message }) => !begun.has(message)))
      if (!isCollision(error)) onFailure(error)
      else await pause(20)
    } finally {
      beginning -= 1
      free += lanes - calls.length
    }
    for (const [index, call] of calls.entries()) track(answered(called[index] ?? [], call))
  }

  const answered = async (batch: readonly RenderedMessage[], call: Promise<SendResult[]>): Promise<void> => {
    const results = await call
    free += 1
    const answers = sortOut(batch, results, isReal)
    recorder.add(answers)
    if (answers.unavailable.length === 0) return health.answered()
    health.failed(answers.unavailable[0]?.reason ?? '')
    await putBackWaiting()
  }

  const putBackWaiting = async (): Promise<void> => {
    const ids = waiting.map(({ message }) => message.deliveryId)
    waiting = []
    await releaseClaimed(db, claimedBy, ids)
  }

  return {
    waiting: () => waiting.length,
    isEmpty: () => waiting.length === 0 && underWay.size === 0,
    add(messages) {
      waiting.push(...messages)
      waiting.sort((a, b) => a.priority - b.priority)
      dispatch()
    },
    async drain() {
      isOver = true
      // Without Postgres this fails, and the rows become unknown with the run; the calls' answers still matter.
      await putBackWaiting().catch(onFailure)
      while (underWay.size > 0) await Promise.all(underWay)
      await putBackWaiting().catch(onFailure)
    },
  }
}

/** Begins the call at once; never rejects. What is not answered for is unknown. */
async function callOf(provider: Provider, messages: readonly RenderedMessage[]): Promise<SendResult[]> {
  try {
    return await provider.send(messages)
  } catch {
    // Broken off in the middle: perhaps all were taken, perhaps none.
    return []
  }
}

function sortOut(messages: readonly RenderedMessage[], results: readonly SendResult[], isReal: boolean): Answers {
  const leadIds = new Map(messages.map((message) => [message.deliveryId, message.leadId]))
  const answers: Answers = { accepted: [], refused: [], unavailable: [], held: [], unknown: [] }
  for (const result of results) {
    const { deliveryId } = result
    const leadId = leadIds.get(deliveryId)
    if (leadId === undefined || result.outcome === 'unknown') continue
    leadIds.delete(deliveryId)
    if (result.outcome === 'kept') continue
    const about = { deliveryId, leadId, isReal }
    if (result.outcome === 'accepted') answers.accepted.push({ ...about, providerId: result.providerId })
    else if (result.outcome === 'unavailable') answers.unavailable.push({ deliveryId, reason: result.reason })
    else
      answers.refused.push({
        ...about,
        kind: result.outcome,
        reason: result.reason,
        isBadAddress: result.outcome === 'permanent' && result.badAddress === true,
      })
  }
  answers.unknown.push(...leadIds.keys())
  return answers
}
