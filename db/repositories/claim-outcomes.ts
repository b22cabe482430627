/** Writes what a claim decided, in few statements however many rows. */
import { inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { DeliveryStatus, GateReason } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { jsonRows } from './json-rows.ts'
import { settledColumns, undoUnsent, wakeResting } from './unsent-deliveries.ts'

type Row = typeof deliveries.$inferSelect

/** What becomes of a row that was due. Instants are in the lead's own clock but for `claimableAt`. */
export type ClaimOutcome =
  | { kind: 'send'; row: Row; at: Instant }
  | { kind: 'deferred'; row: Row; reason: GateReason; notBefore: Instant; claimableAt: Instant }
  /** Put aside; it keeps its place and its state. */
  | { kind: 'held'; row: Row; reason: GateReason; forMs: number }
  | {
      kind: 'ended'
      row: Row
      status: Extract<DeliveryStatus, 'skipped' | 'cancelled'>
      reason: GateReason
      at: Instant
    }

/** Writes them. Returns the rows that are now `sending`, in the order given, and the leads to poke after the commit. */
export async function settleClaimed(
  tx: Transaction,
  outcomes: readonly ClaimOutcome[],
  claimedBy: string,
): Promise<{ claimed: Row[]; leadIds: string[] }> {
  const of = <Kind extends ClaimOutcome['kind']>(kind: Kind) =>
    outcomes.filter((outcome): outcome is Extract<ClaimOutcome, { kind: Kind }> => outcome.kind === kind)
  await defer(tx, of('deferred'))
  await putAside(tx, of('held'))
  const leadIds = await end(tx, of('ended'))
  return { claimed: await send(tx, of('send'), claimedBy), leadIds }
}

async function send(
  tx: Transaction,
  sends: readonly Extract<ClaimOutcome, { kind: 'send' }>[],
  claimedBy: string,
): Promise<Row[]> {
  if (sends.length === 0) return []
  const rows = sends.map(({ row, at }) => ({ id: row.id, at: new Date(at) }))
  await tx.execute(sql`
    update deliveries d
    set status = 'sending', reason = null, claimed_by = ${claimedBy}, claimed_at = clock_timestamp(),
        attempts = d.attempts + 1, counted_at = v.at, updated_at = now()
    from ${jsonRows(rows, 'v', 'id uuid, at timestamptz')}
    where d.id = v.id`)
  const written = await tx
    .select()
    .from(deliveries)
    .where(
      inArray(
        deliveries.id,
        rows.map((row) => row.id),
      ),
    )
  const byId = new Map(written.map((row) => [row.id, row]))
  return sends.flatMap(({ row }) => byId.get(row.id) ?? [])
}

async function defer(tx: Transaction, deferred: readonly Extract<ClaimOutcome, { kind: 'deferred' }>[]): Promise<void> {
  if (deferred.length === 0) return
  const rows = deferred.map(({ row, reason, notBefore, claimableAt }) => ({
    id: row.id,
    reason,
    not_before: new Date(notBefore),
    claimable_at: new Date(claimableAt),
  }))
  await tx.execute(sql`
    update deliveries d
    set reason = v.reason, not_before = v.not_before, counted_at = v.not_before, claimable_at = v.claimable_at, updated_at = now()
    from ${jsonRows(rows, 'v', 'id uuid, reason text, not_before timestamptz, claimable_at timestamptz')}
    where d.id = v.id`)
}

async function putAside(tx: Transaction, held: readonly Extract<ClaimOutcome, { kind: 'held' }>[]): Promise<void> {
  if (held.length === 0) return
  const rows = held.map(({ row, reason, forMs }) => ({ id: row.id, reason, for_ms: forMs }))
  await tx.execute(sql`
    update deliveries d
    set reason = v.reason, claimable_at = clock_timestamp() + v.for_ms * interval '1 millisecond', updated_at = now()
    from ${jsonRows(rows, 'v', 'id uuid, reason text, for_ms float8')}
    where d.id = v.id`)
}

async function end(tx: Transaction, ended: readonly Extract<ClaimOutcome, { kind: 'ended' }>[]): Promise<string[]> {
  if (ended.length === 0) return []
  const rows = ended.map(({ row, status, reason }) => ({ id: row.id, status, reason }))
  await tx.execute(sql`
    update deliveries d set status = v.status::delivery_status, reason = v.reason, updated_at = now()
    from ${jsonRows(rows, 'v', 'id uuid, status text, reason text')}
    where d.id = v.id`)
  const settled = ended.map(({ row, at }) => ({ ...settledOf(row), at }))
  const certain = ended.filter(({ row }) => row.status === 'queued').map(({ row }) => settledOf(row))
  return wakeResting(tx, settled, await undoUnsent(tx, certain))
}

function settledOf(row: Row) {
  return Object.fromEntries(Object.keys(settledColumns).map((key) => [key, row[key as keyof Row]])) as Pick<
    Row,
    keyof typeof settledColumns
  >
}
