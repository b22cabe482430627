/** The mailroom's loop: takes what is due, a batch at a time, until it is told to stop. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '#db/client.ts'
import { claimBatch, type ClaimCaches } from '#db/repositories/delivery-claims.ts'
import { markUnknown, renewLease, type RetryPauses } from '#db/repositories/delivery-results.ts'
import { createSettingsCache } from '#db/repositories/gate-facts.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { endLease, holdLease } from '#db/repositories/mailroom-lease.ts'
import { isCollision } from '#db/transact.ts'
import type { Channel } from '#engine/vocabulary.ts'
import { createGroundLoader } from '../messages/ground.ts'
import type { Poker } from '../poker.ts'
import type { Provider } from '../providers/contract.ts'
import { createMailboxProvider } from '../providers/mailbox.ts'
import { handOverClaim, type HandOver } from './hand-over.ts'
import type { HighWaterFile } from './high-water-file.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createProviderHealth, type ProviderHealthOptions } from './provider-health.ts'
import { createRealLanes, type RealLanes } from './real-lanes.ts'
import { createRecorder, type Answers } from './recorder.ts'
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
  /** Pauses after a temporary refusal, and after an answer that was lost. @default 30 s, doubling up to an hour */
  retryPauses?: RetryPauses
  /** Pauses while the provider cannot be reached. @default 1 s, doubling up to a minute */
  health?: Pick<ProviderHealthOptions, 'firstPauseMs' | 'longestPauseMs'>
  /** Told when a provider cannot be reached (why), and when it can again (null). */
  onProviderChange?: (change: { channel: Channel; reason: string | null }) => void
  /** Told how many answers of providers have been written, by kind: for metrics. */
  onRecorded?: (recorded: { channel: Channel; counts: Record<keyof Answers, number> }) => void
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

/** What a run has in hand. */
interface Desk {
  handOver: HandOver
  /** The built-in mailbox and, where there is one, the provider that reaches real people. */
  mailbox: Lanes
  real: RealLanes | null
  /** Rejects when the run cannot go on. */
  broken: Promise<never>
  /** Resolves at the next change of lanes. */
  change: () => Promise<void>
}

/**
 * Runs until the signal. Claims ≤ `batchSize` rows, notes the high-water mark, renders, gives each message to its lanes, and
 * claims again as soon as they have room; with nothing due it looks again after `idleMs`. Rows of dead batches become
 * `unknown` along the way. Only one run of a channel claims at a time: a second one waits for the first one's end.
 * @throws when Postgres cannot be reached: the caller's retry starts it anew.
 */
export async function runMailroom(dependencies: MailroomDependencies, run: MailroomRun): Promise<void> {
  const desk = openDesk(dependencies, run)
  try {
    await Promise.race([claimUntilStopped(dependencies, run, desk), desk.broken])
  } finally {
    await Promise.all([desk.mailbox.drain(), desk.real?.lanes.drain()])
    await desk.handOver.recorder.settled()
    await endLease(dependencies.db, { channel: run.channel, holder: run.claimedBy })
  }
}

function openDesk(dependencies: MailroomDependencies, { channel, claimedBy }: MailroomRun): Desk {
  const { db, poker, batchSize = 200, retryPauses } = dependencies
  const failure = Promise.withResolvers<never>()
  // Whoever races against it hears of it; a run that is ending anyway does not.
  failure.promise.catch(() => undefined)
  let change = Promise.withResolvers<void>()
  const parts = {
    db,
    claimedBy,
    roomAt: Math.floor(batchSize / 2),
    onFailure: failure.reject,
    onChange: () => {
      change.resolve()
      change = Promise.withResolvers()
    },
  }
  const recorder = createRecorder({
    ...parts,
    poker,
    onRecorded: (counts) => dependencies.onRecorded?.({ channel, counts }),
    ...(retryPauses === undefined ? {} : { pauses: retryPauses }),
  })
  const mailbox = createLanes({
    ...parts,
    recorder,
    provider: dependencies.mailbox ?? createMailboxProvider(db),
    isReal: false,
    health: createProviderHealth(),
  })
  const provider = dependencies.providers?.[channel]
  const health = {
    ...dependencies.health,
    onChange: (reason: string | null) => dependencies.onProviderChange?.({ channel, reason }),
  }
  const real = provider === undefined ? null : createRealLanes({ ...parts, recorder, provider, batchSize, health })
  return {
    handOver: {
      render: createRenderer(dependencies.links),
      readGround: createGroundLoader(db),
      recorder,
      lanesFor: (isLive) => (isLive ? (real?.lanes ?? mailbox) : mailbox),
    },
    mailbox,
    real,
    broken: failure.promise,
    change: () => change.promise,
  }
}

async function claimUntilStopped(
  dependencies: MailroomDependencies,
  { channel, claimedBy, signal }: MailroomRun,
  { handOver, mailbox, real, change }: Desk,
): Promise<void> {
  const { db, poker, highWater, batchSize = 200, idleMs = 500, leaseMs = 10_000 } = dependencies
  const caches: ClaimCaches = { library: createLibraryCache(), settings: createSettingsCache() }
  let lookedForDeadAt = -Infinity
  let leaseHeldAt = -Infinity
  while (!signal.aborted) {
    try {
      if (performance.now() - leaseHeldAt > leaseMs / 5) {
        const asked = performance.now()
        if (!(await holdLease(db, { channel, holder: claimedBy, leaseMs }))) {
          await rest(Math.min(idleMs, leaseMs / 10), signal)
          continue
        }
        leaseHeldAt = asked
      }
      if (performance.now() - lookedForDeadAt > 2000) {
        await markUnknown(db, { channel, leaseMs })
        lookedForDeadAt = performance.now()
      }
      if (mailbox.waiting() > batchSize / 2) {
        await Promise.race([change(), rest(idleMs, signal)])
        continue
      }
      const changed = change()
      const admission = real === null ? {} : { admission: real.admission }
      const claim = await claimBatch(db, caches, { channel, claimedBy, limit: batchSize, ...admission })
      if (claim.highWater !== null) await highWater?.save(claim.highWater)
      if (claim.leadIds.length > 0) await poker.poke(claim.leadIds)
      if (claim.claimed.length > 0) {
        await handOverClaim(handOver, claim)
        real?.claimIsHandedOver()
        // Rows that were due but not taken have a lead that is busy this moment: look again soon.
      } else if (claim.looked > 0) await rest(Math.min(50, idleMs), signal)
      else await Promise.race([changed, rest(Math.min(idleMs, real?.freeInMs() ?? idleMs), signal)])
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

/** A lock that was not to be had in time, or a collision: nothing has happened, and the next round does it again. */
function isPassing(error: unknown): boolean {
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return isCollision(error) || (inner as { code?: unknown } | null)?.code === '55P03'
}
