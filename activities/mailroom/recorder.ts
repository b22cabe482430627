/** Writes providers' answers to the ledger while further messages are on their way. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database, Transaction } from '#db/client.ts'
import { recordFeedback } from '#db/repositories/delivery-feedback.ts'
import { releaseClaimed } from '#db/repositories/delivery-handover.ts'
import {
  markUnknown,
  recordAccepted,
  recordFailed,
  type Accepted,
  type Refused,
  type RetryPauses,
} from '#db/repositories/delivery-results.ts'
import { countAnswers } from '#db/repositories/journey-breaker.ts'
import { readLibrary } from '#db/repositories/library.ts'
import type { Poker } from '../poker.ts'

/** Answers of providers, by kind. `isReal`: of one that reaches the world outside; those count for the journey. */
export interface Answers {
  accepted: (Accepted & { isReal?: boolean })[]
  refused: (Refused & { isReal?: boolean; isBadAddress?: boolean })[]
  /** Deliveries that were not even offered. */
  unavailable: { deliveryId: string; reason: string }[]
  /** Deliveries that cannot leave until the company has mended something; put aside for a minute. */
  held: { deliveryId: string; reason: string }[]
  /** Deliveries whose call broke off: nobody knows. */
  unknown: string[]
}

export interface RecorderOptions {
  db: Database
  poker: Poker
  claimedBy: string
  /** @default 30 s, doubling up to an hour */
  pauses?: RetryPauses
  /** Told how many answers of each kind have been written. */
  onRecorded?: (counts: Record<keyof Answers, number>) => void
  /** Told when answers could not be written: the run must end. */
  onFailure?: (error: unknown) => void
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

/** Answers gather for this long before they are written together. */
const gatherMs = 10

/** What the company has to mend is looked at again after this long. */
const heldMs = 60_000

export function createRecorder(options: RecorderOptions): Recorder {
  const { db, poker, onFailure, onRecorded } = options
  let waiting = noAnswers()
  let writing: Promise<void> | null = null

  const isEmpty = (): boolean => Object.values(waiting).every((answers) => answers.length === 0)

  const write = async (): Promise<void> => {
    while (!isEmpty()) {
      await pause(gatherMs)
      const answers = waiting
      waiting = noAnswers()
      const leadIds = await persist(db, options, answers)
      onRecorded?.(countsOf(answers))
      if (leadIds.length > 0) await poker.poke(leadIds)
    }
  }

  return {
    add(answers) {
      waiting.accepted.push(...(answers.accepted ?? []))
      waiting.refused.push(...(answers.refused ?? []))
      waiting.unavailable.push(...(answers.unavailable ?? []))
      waiting.held.push(...(answers.held ?? []))
      waiting.unknown.push(...(answers.unknown ?? []))
      if (writing !== null || isEmpty()) return
      writing = write().then(() => {
        writing = null
      })
      // Seen by `settled`, too; until then it must not count as unhandled.
      writing.catch((error: unknown) => onFailure?.(error))
    },
    async settled() {
      for (let current = writing; current !== null; current = writing) await current
    },
  }
}

function countsOf({ accepted, refused, unavailable, held, unknown }: Answers): Record<keyof Answers, number> {
  return {
    accepted: accepted.length,
    refused: refused.length,
    unavailable: unavailable.length,
    held: held.length,
    unknown: unknown.length,
  }
}

function noAnswers(): Answers {
  return { accepted: [], refused: [], unavailable: [], held: [], unknown: [] }
}

async function persist(db: Database, options: RecorderOptions, answers: Answers): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction((tx) => persistIn(tx, options, answers))
    } catch (error) {
      if (attempt === mostAttempts) throw error
      await pause(Math.min(10_000, 50 * 2 ** attempt))
    }
  }
}

async function persistIn(
  tx: Transaction,
  { claimedBy, pauses }: RecorderOptions,
  { accepted, refused, unavailable, held, unknown }: Answers,
): Promise<string[]> {
  const leadIds = await recordAccepted(tx, accepted)
  leadIds.push(...(await recordFailed(tx, refused, pauses)))
  await markUnknown(tx, { deliveryIds: unknown, ...(pauses === undefined ? {} : { pauses }) })
  await releaseClaimed(
    tx,
    claimedBy,
    unavailable.map((one) => one.deliveryId),
    { reason: 'provider_unavailable' },
  )
  for (const [reason, ones] of Map.groupBy(held, (one) => one.reason)) {
    const ids = ones.map((one) => one.deliveryId)
    await releaseClaimed(tx, claimedBy, ids, { reason, pauseMs: heldMs })
  }
  const isReal = (one: { isReal?: boolean }): boolean => one.isReal === true
  await countAnswers(tx, {
    accepted: accepted.filter(isReal).map((one) => one.deliveryId),
    refused: refused.filter((one) => isReal(one) && one.kind === 'permanent').map((one) => one.deliveryId),
  })
  const bad = refused.filter((one) => isReal(one) && one.isBadAddress === true)
  if (bad.length > 0) {
    const library = await readLibrary(tx)
    for (const { deliveryId, reason } of bad) {
      const code = /\b5\.\d{1,3}\.\d{1,3}\b|\b5\d\d\b/.exec(reason)?.[0] ?? '5.1.1'
      const result = await recordFeedback(tx, { deliveryId, kind: 'hard_bounce', code, at: Date.now() }, library)
      leadIds.push(...result.leadIds)
    }
  }
  return [...new Set(leadIds)]
}
