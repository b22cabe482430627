/**
 * How the mailroom takes messages from the ledger: candidates without locks, then their leads' locks, then the gate
 * again. Everything that decides whether a message goes is looked at under the lead's lock, which unsubscribing, pausing
 * and the turn take, too. The protocol and its crashes: docs/adr/0005.
 */
import { and, asc, inArray, lte, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Library } from '#engine/library.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Database, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { leads } from '../schema/leads.ts'
import { judge, known, loadJudgeContext, type ClaimedEnrollment } from './claim-judging.ts'
import { settleClaimed } from './claim-outcomes.ts'
import { raiseHighWater, readSwitches, type HighWater } from './company-switches.ts'
import type { LeadRow } from './facts.ts'
import type { SettingsCache } from './gate-facts.ts'
import { databaseNow, type LockedLead } from './lead-locks.ts'
import { libraryRevision, type createLibraryCache } from './library.ts'

type DeliveryRow = typeof deliveries.$inferSelect

/** A message that is now `sending` and must be handed over or recorded. */
export interface ClaimedDelivery {
  delivery: DeliveryRow
  lead: LeadRow
  enrollment: ClaimedEnrollment
  /** False for test leads and while live sending is off: then it goes to the built-in mailbox, whatever the channel. */
  isLive: boolean
}

export interface Claim {
  claimed: ClaimedDelivery[]
  /** Rows looked at; 0 = nothing is due. Those of leads locked by others are looked at again next time. */
  looked: number
  /** Leads to poke after the commit. */
  leadIds: string[]
  /** To be copied outside Postgres before anything is handed over; null when nothing was claimed. */
  highWater: HighWater | null
  library: Library
}

/** What a claim keeps between rounds. */
export interface ClaimCaches {
  library: ReturnType<typeof createLibraryCache>
  settings: SettingsCache
}

export interface ClaimRequest {
  channel: Channel
  /** Who claims: a name no other run has. */
  claimedBy: string
  /** @default 200 */
  limit?: number
}

/** A row whose provider's answer was lost is tried again this often; then it waits for a person. */
export const maxAttempts = 6
/**
 * Moves up to `limit` due messages of a channel to `sending`, the most important first, and settles those the gate now
 * refuses or defers. One transaction; returns after its commit. A message is claimed only while its enrollment is active
 * or completed, its journey is live, the company is not on hold and the gate says so at the lead's own instant: the
 * present for real leads, the instant it was meant for on a test lead's clock (so that speed changes nothing).
 */
export async function claimBatch(db: Database, caches: ClaimCaches, request: ClaimRequest): Promise<Claim> {
  return db.transaction(async (tx) => {
    const [switches, revision] = await Promise.all([readSwitches(tx), libraryRevision(tx)])
    const library = await caches.library.get(tx, revision)
    const candidates = await findCandidates(tx, request, switches.hold)
    const nothing: Claim = { claimed: [], looked: candidates.length, leadIds: [], highWater: null, library }
    if (candidates.length === 0) return nothing
    const locked = await lockFreeLeads(
      tx,
      candidates.map((candidate) => candidate.leadId),
    )
    if (locked.size === 0) return nothing
    const rows = await readStillDue(
      tx,
      candidates.map((candidate) => candidate.id),
      [...locked.keys()],
    )
    if (rows.length === 0) return nothing
    const context = await loadJudgeContext(tx, rows, locked, library, caches.settings)
    const outcomes = rows.map((row) => judge(row, context))
    const { claimed, leadIds } = await settleClaimed(tx, outcomes, request.claimedBy)
    return {
      claimed: claimed.map((delivery) => ({
        delivery,
        lead: known(context.leads.get(delivery.leadId)).row,
        enrollment: known(context.enrollments.get(delivery.enrollmentId)),
        isLive: switches.liveSending && !delivery.isTest,
      })),
      looked: candidates.length,
      leadIds,
      highWater: claimed.length === 0 ? null : await raiseHighWater(tx),
      library,
    }
  })
}

/**
 * What is due, without locks. One index range per priority: a plain ordered scan would walk through every message that
 * is deferred to later. Rows of unknown fate come along for channels where trying again is harmless; a postcard printed
 * twice is not, so those wait for a person.
 */
async function findCandidates(
  tx: Transaction,
  { channel, limit = 200 }: ClaimRequest,
  isHeld: boolean,
): Promise<{ id: string; leadId: string }[]> {
  const onlyTests = isHeld ? sql`and is_test` : sql``
  const retried =
    channel === 'postcard'
      ? sql``
      : sql`union all (
          select id, lead_id, 0 as priority, claimable_at from deliveries
          where status = 'unknown' and channel = ${channel} and claimable_at <= now() and attempts < ${maxAttempts} ${onlyTests}
          order by claimable_at limit ${limit})`
  return tx.execute<{ id: string; leadId: string }>(sql`
    select id, lead_id as "leadId" from (
      select d.* from generate_series(1, 5) as important(rank)
      cross join lateral (
        select id, lead_id, priority, claimable_at from deliveries
        where status = 'queued' and channel = ${channel} and priority = rank and claimable_at <= now() ${onlyTests}
        order by claimable_at limit ${limit}
      ) d
      ${retried}
    ) due
    order by priority, claimable_at limit ${limit}`)
}

/** Locks those leads nobody else has locked, in id order. The others' messages are left for the next round. */
async function lockFreeLeads(tx: Transaction, leadIds: readonly string[]): Promise<Map<string, LockedLead>> {
  const rows = await tx
    .select({ row: leads, now: databaseNow })
    .from(leads)
    .where(inArray(leads.id, [...new Set(leadIds)].sort()))
    .orderBy(leads.id)
    .for('no key update', { skipLocked: true })
  return new Map(rows.map(({ row, now }) => [row.id, { row, now: toLeadTime(row.clock, now) }]))
}

function readStillDue(tx: Transaction, ids: readonly string[], leadIds: readonly string[]): Promise<DeliveryRow[]> {
  return tx
    .select()
    .from(deliveries)
    .where(
      and(
        inArray(deliveries.id, [...ids]),
        inArray(deliveries.leadId, [...leadIds]),
        inArray(deliveries.status, ['queued', 'unknown']),
        lte(deliveries.claimableAt, sql`now()`),
      ),
    )
    .orderBy(asc(deliveries.priority), asc(deliveries.claimableAt), asc(deliveries.id))
    .for('update')
}
