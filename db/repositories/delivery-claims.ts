/**
 * How the mailroom takes messages from the ledger: candidates without locks, then their leads' locks, then the gate
 * again. Everything that decides whether a message goes is looked at under the lead's lock, which unsubscribing, pausing
 * and the turn take, too. The protocol and its crashes: docs/adr/0005.
 */
import { and, asc, inArray, lte, sql, type SQL } from 'drizzle-orm'
import { mayReach, type AllowList } from '#engine/allow-list.ts'
import { toLeadTime } from '#engine/clock.ts'
import type { Library } from '#engine/library.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Database, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { leads } from '../schema/leads.ts'
import { judge, known, loadJudgeContext, type ClaimedEnrollment } from './claim-judging.ts'
import { settleClaimed } from './claim-outcomes.ts'
import { raiseHighWater, readSwitches, type CompanySwitches, type HighWater } from './company-switches.ts'
import type { LeadRow } from './facts.ts'
import type { SettingsCache } from './gate-facts.ts'
import { databaseNow, type LockedLead } from './lead-locks.ts'
import { libraryRevision, type createLibraryCache } from './library.ts'
import { readSendingStops, type SendingStop } from './sending-stops.ts'

type DeliveryRow = typeof deliveries.$inferSelect

/** A message that is now `sending` and must be handed over or recorded. */
export interface ClaimedDelivery {
  delivery: DeliveryRow
  lead: LeadRow
  enrollment: ClaimedEnrollment
  /**
   * False for test leads, and while live sending is off unless the lead is on the allow-list: then it goes to the built-in
   * mailbox, whatever the channel.
   */
  isLive: boolean
}

/** Says how many messages may leave by the real provider now: rates, outages, calls under way. */
export interface Admission {
  /** Domains that have no place now; their messages are not even looked at. */
  fullDomains(): readonly string[]
  /** Whether there is no place for any. */
  isFull(): boolean
  /** Takes a place for a message to this domain; false when there is none. */
  take(domain: string | null): boolean
  /** Gives a place back that was not used. */
  giveBack(domain: string | null): void
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
  /**
   * Asked before a message to a real lead is taken; absent = there is no real provider, or no limit. What finds no place is
   * neither locked nor changed and keeps its place in the queue; messages behind it to other domains, to test leads and to
   * the built-in mailbox are taken all the same.
   */
  admission?: Admission
}

/** A row whose provider's answer was lost is tried again this often; then it waits for a person. */
const maxAttempts = 6

/**
 * Moves up to `limit` due messages of a channel to `sending`, the most important first, and settles those the gate now
 * refuses or defers. One transaction; returns after its commit. A message is claimed only while its enrollment is active
 * or completed, its journey is live, the company is not on hold and the gate says so at the lead's own instant: the
 * present for real leads, the instant it was meant for on a test lead's clock (so that speed changes nothing).
 */
export async function claimBatch(db: Database, caches: ClaimCaches, request: ClaimRequest): Promise<Claim> {
  const places = new Map<string, string | null>()
  let claimed: ReadonlySet<string> = new Set()
  try {
    const claim = await db.transaction((tx) => claimIn(tx, caches, request, places))
    claimed = new Set(claim.claimed.map(({ delivery }) => delivery.id))
    return claim
  } finally {
    for (const [id, domain] of places) if (!claimed.has(id)) request.admission?.giveBack(domain)
  }
}

/** Notes in `places` which rows have been given a place. */
async function claimIn(
  tx: Transaction,
  caches: ClaimCaches,
  request: ClaimRequest,
  places: Map<string, string | null>,
): Promise<Claim> {
  const [switches, stops, revision] = await Promise.all([readSwitches(tx), readSendingStops(tx), libraryRevision(tx)])
  const library = await caches.library.get(tx, revision)
  const candidates = await findAdmitted(tx, request, { ...switches, stops }, places)
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
  const toClaimed = (delivery: DeliveryRow): ClaimedDelivery => {
    const lead = known(context.leads.get(delivery.leadId)).row
    const enrollment = known(context.enrollments.get(delivery.enrollmentId))
    const to = delivery.channel === 'notification' ? (delivery.content.to ?? null) : lead.email
    const isReal = mayReach(switches, delivery.channel, to)
    return { delivery, lead, enrollment, isLive: isReal && !delivery.isTest }
  }
  return {
    claimed: claimed.map(toClaimed),
    looked: candidates.length,
    leadIds,
    highWater: claimed.length === 0 ? null : await raiseHighWater(tx),
    library,
  }
}

interface Candidate {
  id: string
  leadId: string
  domain: string | null
  /** To a real lead by the real provider. */
  isReal: boolean
}

/** Each look finds at least one more domain that is full; after so many, the rest waits for the next round. */
const mostLooks = 5

/** What is due and finds a place. Where a domain is full, looks again past it: it must not keep the others waiting. */
async function findAdmitted(
  tx: Transaction,
  request: ClaimRequest,
  ground: ClaimGround,
  places: Map<string, string | null>,
): Promise<Candidate[]> {
  const { admission, limit = 200 } = request
  const admitted = new Map<string, Candidate>()
  for (let look = 1; look <= mostLooks; look += 1) {
    let isPassedOver = false
    for (const candidate of await findCandidates(tx, request, ground)) {
      if (admitted.has(candidate.id) || admitted.size >= limit) continue
      if (admission !== undefined && candidate.isReal) {
        if (!admission.take(candidate.domain)) {
          isPassedOver = true
          continue
        }
        places.set(candidate.id, candidate.domain)
      }
      admitted.set(candidate.id, candidate)
    }
    if (!isPassedOver || admitted.size >= limit) break
  }
  return [...admitted.values()]
}

type ClaimGround = CompanySwitches & { stops: readonly SendingStop[] }

/**
 * What is due, without locks. One index range per priority: a plain ordered scan would walk through every message that
 * is deferred to later. Rows of unknown fate come along for channels where trying again is harmless; a postcard printed
 * twice is not, so those wait for a person.
 */
async function findCandidates(
  tx: Transaction,
  { channel, limit = 200, admission }: ClaimRequest,
  { hold, stops, liveSending, allowList }: ClaimGround,
): Promise<Candidate[]> {
  const isStopped = stops.some((stop) => stop.kind === 'channel' && stop.subject === channel)
  const stoppedJourneys = stops.flatMap((stop) => (stop.kind === 'journey' ? [stop.subject] : []))
  const isReal = admission === undefined ? sql`false` : realRow(channel, liveSending, allowList)
  const mayGo = sql.join(
    [
      ...(hold || isStopped ? [sql`and is_test`] : []),
      ...(stoppedJourneys.length === 0 ? [] : [sql`and (is_test or journey_id not in ${stoppedJourneys})`]),
      ...(admission === undefined ? [] : [sql`and not (${isReal} and ${withoutPlace(admission)})`]),
    ],
    sql` `,
  )
  const columns = sql`id, lead_id, recipient_domain, priority, claimable_at, ${isReal} as is_real`
  const retried =
    channel === 'postcard'
      ? sql``
      : sql`union all (
          select ${columns} from deliveries
          where status = 'unknown' and channel = ${channel} and claimable_at <= now() and attempts < ${maxAttempts} ${mayGo}
          order by claimable_at limit ${limit})`
  return tx.execute<{ [Key in keyof Candidate]: Candidate[Key] }>(sql`
    select id, lead_id as "leadId", recipient_domain as domain, is_real as "isReal" from (
      select d.* from generate_series(1, 5) as important(rank)
      cross join lateral (
        select ${columns} from deliveries
        where status = 'queued' and channel = ${channel} and priority = rank and claimable_at <= now() ${mayGo}
        order by claimable_at limit ${limit}
      ) d
      ${retried}
    ) due
    order by priority, claimable_at limit ${limit}`)
}

/** The same as `mayReach`, over a row of `deliveries`; the claim asks that one again under the lead's lock. */
function realRow(channel: Channel, liveSending: boolean, allowList: AllowList): SQL {
  const isNotice = channel === 'notification'
  const named = isNotice ? sql`and content ->> 'to' like '%@%'` : sql``
  if (liveSending) return sql`(not is_test ${named})`
  if (allowList.length === 0) return sql`false`
  const isListed = (address: SQL): SQL =>
    sql`(lower(btrim(${address})) in ${allowList} or split_part(lower(btrim(${address})), '@', -1) in ${allowList})`
  return isNotice
    ? sql`(not is_test ${named} and ${isListed(sql`content ->> 'to'`)})`
    : sql`(not is_test and exists (select 1 from leads l where l.id = lead_id and ${isListed(sql`l.email`)}))`
}

function withoutPlace(admission: Admission): SQL {
  if (admission.isFull()) return sql`true`
  const full = admission.fullDomains()
  if (full.length === 0) return sql`false`
  // A row without a domain has only the rate of all to keep.
  return sql`coalesce(recipient_domain = any(array(
    select jsonb_array_elements_text(${JSON.stringify(full)}::text::jsonb))), false)`
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
