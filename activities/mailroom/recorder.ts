/** Writes providers' answers to the ledger while further messages are on their way. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client.ts'
import {
  markUnknown,
  recordAccepted,
  recordFailed,
  type Accepted,
  type Refused,
} from '#db/repositories/delivery-results.ts'
import type { Poker } from '../poker.ts'

/** Answers of providers, by kind. */
export interface Answers {
  accepted: Accepted[]
  refused: Refused[]
  /** Deliveries whose call broke off: nobody knows. */
  unknown: string[]
}

export interface Recorder {
  /** Takes answers; returns at once. What comes in while a write is under way goes into the next one. */
  add(answers: Partial<Answers>): void
  /** Resolves when everything taken is written; rejects when it could not be. */
  settled(): Promise<void>
}

/**
 * An answer that is lost would make a sent message unknown, and mail would be sent again: so writing is tried for about
 * this many attempts over a minute before giving up.
 */
const mostAttempts = 12

export function createRecorder({ db, poker }: { db: Database; poker: Poker }): Recorder {
  let waiting: Answers = { accepted: [], refused: [], unknown: [] }
  let writing: Promise<void> | null = null

  const isEmpty = (): boolean =>
    waiting.accepted.length === 0 && waiting.refused.length === 0 && waiting.unknown.length === 0

  const write = async (): Promise<void> => {
    while (!isEmpty()) {
      const answers = waiting
      waiting = { accepted: [], refused: [], unknown: [] }
      const leadIds = await persist(db, answers)
      if (leadIds.length > 0) await poker.poke(leadIds)
    }
  }

  return {
    add(answers) {
      waiting.accepted.push(...(answers.accepted ?? []))
      waiting.refused.push(...(answers.refused ?? []))
      waiting.unknown.push(...(answers.unknown ?? []))
      if (writing !== null || isEmpty()) return
      writing = write().then(() => {
        writing = null
      })
      // Seen by `settled`; until then it must not count as unhandled.
      writing.catch(() => undefined)
    },
    async settled() {
      for (let current = writing; current !== null; current = writing) await current
    },
  }
}

async function persist(db: Database, answers: Answers): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(async (tx) => {
        const leadIds = await recordAccepted(tx, answers.accepted)
        leadIds.push(...(await recordFailed(tx, answers.refused)))
        await markUnknown(tx, { deliveryIds: answers.unknown })
        return [...new Set(leadIds)]
      })
    } catch (error) {
      if (attempt === mostAttempts) throw error
      await pause(Math.min(10_000, 50 * 2 ** attempt))
    }
  }
}
