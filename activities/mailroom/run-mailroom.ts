/** The mailroom's loop: takes what is due, a batch at a time, until it is told to stop. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client.ts'
import { claimBatch, type ClaimCaches } from '#db/repositories/delivery-claims.ts'
import { markUnknown, renewLease } from '#db/repositories/delivery-results.ts'
import { createSettingsCache } from '#db/repositories/gate-facts.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'
import type { Provider } from '../providers/contract.ts'
import { createMailboxProvider } from '../providers/mailbox.ts'
import { handOverClaim, type HandOver } from './hand-over.ts'
import type { HighWaterFile } from './high-water-file.ts'
import { createRenderer, type RendererOptions } from './render.ts'

export interface MailroomDependencies {
  db: Database
  poker: Poker
  /** Address and secret of the links in messages. */
  links: RendererOptions
  /** Where the high-water mark is kept outside Postgres; null in tests that need none. */
  highWater: HighWaterFile | null
  /** Real ways of sending, used for real leads once live sending is on. A channel without one uses the mailbox. */
  providers?: Partial<Record<Channel, Provider>>
  /** @default the table `mailbox` */
  mailbox?: Provider
  /** Messages per claim. @default 200 */
  batchSize?: number
  /** Pause after finding nothing due, ms. @default 500 */
  idleMs?: number
  /** A batch without a sign of life for this long is dead, ms; as long as the activity's heartbeat timeout. @default 10000 */
  leaseMs?: number
}

export interface MailroomRun {
  channel: Channel
  /** A name no other run has or had. */
  claimedBy: string
  /** Aborted: finish the calls under way, put the rest back, return. */
  signal: AbortSignal
}

/** Deadlocks and serialisation failures: the transaction was undone, and the next round does it again. */
const passingCodes = new Set(['40P01', '40001', '55P03'])

/**
 * Runs until the signal. Claims ≤ `batchSize` rows, notes the high-water mark, hands over, records, and at once claims
 * again; with nothing due it looks again after `idleMs`. Rows of dead batches become `unknown` along the way.
 * @throws when Postgres cannot be reached: the caller's retry starts it anew.
 */
export async function runMailroom(dependencies: MailroomDependencies, run: MailroomRun): Promise<void> {
  const { db, poker, highWater, batchSize = 200, idleMs = 500, leaseMs = 10_000 } = dependencies
  const { channel, claimedBy, signal } = run
  const caches: ClaimCaches = { library: createLibraryCache(), settings: createSettingsCache() }
  const mailbox = dependencies.mailbox ?? createMailboxProvider(db)
  const handOver: HandOver = {
    db,
    poker,
    claimedBy,
    signal,
    render: createRenderer(dependencies.links),
    providerFor: (of, isLive) => (isLive ? (dependencies.providers?.[of] ?? mailbox) : mailbox),
  }
  let lookedForDeadAt = -Infinity
  while (!signal.aborted) {
    try {
      if (performance.now() - lookedForDeadAt > 2000) {
        await markUnknown(db, { channel, leaseMs })
        lookedForDeadAt = performance.now()
      }
      const claim = await claimBatch(db, caches, { channel, claimedBy, limit: batchSize })
      if (claim.highWater !== null) await highWater?.save(claim.highWater)
      if (claim.leadIds.length > 0) await poker.poke(claim.leadIds)
      if (claim.claimed.length > 0) await handOverClaim(handOver, claim)
      // Rows that were due but not taken have a lead that is busy this moment: look again soon.
      else await rest(claim.looked > 0 ? Math.min(50, idleMs) : idleMs, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      await rest(20, signal)
    }
  }
}

/** Says every `everyMs` that this run is alive, in the ledger first and then by `beat`. Stops with the signal. */
export async function keepAlive(
  { db }: Pick<MailroomDependencies, 'db'>,
  { channel, claimedBy, signal }: MailroomRun,
  beat: () => void,
  everyMs = 2000,
): Promise<void> {
  while (!signal.aborted) {
    await renewLease(db, claimedBy, channel)
    beat()
    await rest(everyMs, signal)
  }
}

/** Resolves early, without an error, when the signal is aborted. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
}

function isPassing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && passingCodes.has(cause.code)) return true
  }
  return false
}
