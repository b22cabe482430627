/** Print batches: postcards that wait for a person to send them to the printer. */
import { and, asc, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Library } from '#engine/library.ts'
import type { GateReason } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { deliveries } from '../schema/deliveries.ts'
import { printBatches, printCards, type PrintedCard } from '../schema/print.ts'
import { auditLog } from '../schema/tasks.ts'
import { judge, loadJudgeContext } from './claim-judging.ts'
import { settleClaimed, type ClaimOutcome } from './claim-outcomes.ts'
import { recordAccepted, recordFailed } from './delivery-results.ts'
import { createSettingsCache } from './gate-facts.ts'
import { olderThan, type Keyset } from './keyset.ts'
import { lockLeads } from './lead-locks.ts'
import { readSendingStops } from './sending-stops.ts'

type BatchRow = typeof printBatches.$inferSelect
type CardRow = typeof printCards.$inferSelect
type DeliveryRow = typeof deliveries.$inferSelect

/** A PDF of so many cards is still one that a person looks through. */
const mostCards = 500
/** Who a kept delivery belongs to: no run of the mailroom, so that none of them gives it up for dead. */
const keeper = 'print'

export interface NewCard {
  deliveryId: string
  leadId: string
  card: PrintedCard
}

/**
 * Puts cards into the open batch and makes their deliveries the batch's own: `sending`, but of nobody who could die. A card
 * that waits already is not put in twice. One transaction: either a card is in a batch, or its delivery is the mailroom's.
 */
export async function keepCards(tx: Transaction, cards: readonly NewCard[]): Promise<void> {
  const waiting = await tx
    .select({ deliveryId: printCards.deliveryId })
    .from(printCards)
    .where(
      and(
        inArray(
          printCards.deliveryId,
          cards.map((card) => card.deliveryId),
        ),
        eq(printCards.status, 'waiting'),
      ),
    )
  const known = new Set(waiting.map((row) => row.deliveryId))
  const fresh = cards.filter((card) => !known.has(card.deliveryId))
  for (let start = 0; start < fresh.length;) {
    const { batchId, count } = await openBatch(tx)
    const fitting = fresh.slice(start, start + mostCards - count)
    await tx
      .insert(printCards)
      .values(fitting.map((card, index) => ({ id: newId(), batchId, position: count + index + 1, ...card })))
    start += fitting.length
  }
  await tx
    .update(deliveries)
    .set({ claimedBy: keeper, claimedAt: null, updatedAt: sql`now()` })
    .where(
      and(
        inArray(
          deliveries.id,
          cards.map((card) => card.deliveryId),
        ),
        inArray(deliveries.status, ['sending', 'unknown']),
      ),
    )
}

async function openBatch(tx: Transaction): Promise<{ batchId: string; count: number }> {
  // One at a time, or two runs would each begin a batch.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('trellis.print_batch', 0))`)
  const [open] = await tx
    .select({
      id: printBatches.id,
      count: sql<number>`(select count(*)::int from print_cards c where c.batch_id = ${printBatches.id})`,
    })
    .from(printBatches)
    .where(eq(printBatches.status, 'open'))
    .orderBy(desc(printBatches.createdAt))
    .limit(1)
  if (open !== undefined && open.count < mostCards) return { batchId: open.id, count: open.count }
  const id = newId()
  await tx.insert(printBatches).values({ id })
  return { batchId: id, count: 0 }
}

export type BatchSummary = BatchRow & { cards: Record<CardRow['status'], number> }

/** Newest first, with how many cards are in which state. */
export async function listBatches(
  db: Queryable,
  { limit, cursor }: { limit: number; cursor: Keyset | null },
): Promise<BatchSummary[]> {
  const rows = await db
    .select()
    .from(printBatches)
    .where(olderThan(printBatches.createdAt, printBatches.id, cursor))
    .orderBy(desc(printBatches.createdAt), desc(printBatches.id))
    .limit(limit)
  return withCounts(db, rows)
}

export async function findBatch(db: Queryable, id: string): Promise<BatchSummary | null> {
  const rows = await db.select().from(printBatches).where(eq(printBatches.id, id))
  return (await withCounts(db, rows))[0] ?? null
}

async function withCounts(db: Queryable, rows: readonly BatchRow[]): Promise<BatchSummary[]> {
  if (rows.length === 0) return []
  const counts = await db
    .select({ batchId: printCards.batchId, status: printCards.status, n: sql<number>`count(*)::int` })
    .from(printCards)
    .where(
      inArray(
        printCards.batchId,
        rows.map((row) => row.id),
      ),
    )
    .groupBy(printCards.batchId, printCards.status)
  return rows.map((row) => {
    const cards = { waiting: 0, printed: 0, removed: 0, rejected: 0 }
    for (const { batchId, status, n } of counts) if (batchId === row.id) cards[status] = n
    return { ...row, cards }
  })
}

/** A batch's cards in their order; at most 500. */
export function listCards(db: Queryable, batchId: string): Promise<CardRow[]> {
  return db.select().from(printCards).where(eq(printCards.batchId, batchId)).orderBy(asc(printCards.position))
}

export type Approval =
  /** `channel_stopped`: a person or the breaker has stopped postcards; the batch stays open. */
  | { approved: false; reason: 'unknown' | 'already_approved' | 'empty' | 'channel_stopped' }
  | {
      approved: true
      printed: number
      /** Cards taken out because something has changed since, with why. */
      removed: { deliveryId: string; reason: string }[]
      /** Poke after the commit. */
      leadIds: string[]
    }

/** Asked when the card was taken from the queue; a card is not read at the hour at which its batch is approved. */
const timesOfDay: ReadonlySet<GateReason> = new Set(['quiet_hours', 'outside_window', 'cap_reached'])

/**
 * "Sent to the printer": the gate is asked once more under each lead's lock, what may go is accepted (waits count from
 * here), and what may not is taken out of the batch, whatever the lead has done in between. Only then is there a PDF to print.
 * Cards of a stopped journey go back to the queue, where the stop keeps them, and come in a later batch. Call when nothing is
 * on hold.
 */
export async function approveBatch(
  tx: Transaction,
  { batchId, actor, library }: { batchId: string; actor: string; library: Library },
): Promise<Approval> {
  const [batch] = await tx.select().from(printBatches).where(eq(printBatches.id, batchId)).for('update')
  if (batch === undefined) return { approved: false, reason: 'unknown' }
  if (batch.status === 'approved') return { approved: false, reason: 'already_approved' }
  const cards = (await listCards(tx, batchId)).filter((card) => card.status === 'waiting')
  if (cards.length === 0) return { approved: false, reason: 'empty' }

  const locked = await lockLeads(
    tx,
    cards.map((card) => card.leadId),
  )
  // Read behind the leads' locks, as late as can be: a stop binds from its commit.
  const stops = await readSendingStops(tx)
  if (stops.some(({ kind, subject }) => kind === 'channel' && subject === 'postcard'))
    return { approved: false, reason: 'channel_stopped' }
  const stopped = new Set(stops.flatMap(({ kind, subject }) => (kind === 'journey' ? [subject] : [])))
  const back = await takeBack(tx, cards)
  const rows = back.filter((row) => !stopped.has(row.journeyId))
  const context = await loadJudgeContext(tx, rows, locked, library, createSettingsCache())
  const outcomes = rows.map((row) => letPass(judge(row, context)))
  const { claimed, leadIds } = await settleClaimed(tx, outcomes, keeper)
  const printed = new Set(claimed.map((row) => row.id))
  const accepted = claimed.map((row) => ({ deliveryId: row.id, leadId: row.leadId, providerId: `print:${batchId}` }))
  leadIds.push(...(await recordAccepted(tx, accepted)))

  const reasons = new Map<string, string>([
    ...back.map((row) => [row.id, 'journey_stopped'] as const),
    ...outcomes.map((outcome) => [outcome.row.id, 'reason' in outcome ? outcome.reason : 'accepted'] as const),
  ])
  const removed = cards
    .filter((card) => !printed.has(card.deliveryId))
    .map((card) => ({ deliveryId: card.deliveryId, reason: reasons.get(card.deliveryId) ?? 'no_longer_waiting' }))
  await settleCards(tx, batchId, printed, removed)
  await tx
    .update(printBatches)
    .set({ status: 'approved', approvedAt: sql`now()`, approvedBy: actor })
    .where(eq(printBatches.id, batchId))
  await audit(tx, actor, 'print.approve', batchId, { printed: printed.size, removed })
  return { approved: true, printed: printed.size, removed, leadIds: [...new Set(leadIds)] }
}

/** Their deliveries, as if they stood in the queue: nobody else sees that before the commit. */
async function takeBack(tx: Transaction, cards: readonly CardRow[]): Promise<DeliveryRow[]> {
  return tx
    .update(deliveries)
    .set({ status: 'queued', claimedBy: null, claimedAt: null, attempts: sql`greatest(0, ${deliveries.attempts} - 1)` })
    .where(
      and(
        inArray(
          deliveries.id,
          cards.map((card) => card.deliveryId),
        ),
        inArray(deliveries.status, ['sending', 'unknown']),
      ),
    )
    .returning()
}

function letPass(outcome: ClaimOutcome): ClaimOutcome {
  return outcome.kind === 'deferred' && timesOfDay.has(outcome.reason)
    ? { kind: 'send', row: outcome.row, at: outcome.row.countedAt.getTime() }
    : outcome
}

async function settleCards(
  tx: Transaction,
  batchId: string,
  printed: ReadonlySet<string>,
  removed: readonly { deliveryId: string; reason: string }[],
): Promise<void> {
  const inBatch = and(eq(printCards.batchId, batchId), eq(printCards.status, 'waiting'))
  for (const { deliveryId, reason } of removed) {
    await tx
      .update(printCards)
      .set({ status: 'removed', reason, updatedAt: sql`now()` })
      .where(and(inBatch, eq(printCards.deliveryId, deliveryId)))
  }
  if (printed.size === 0) return
  await tx
    .update(printCards)
    .set({ status: 'printed', updatedAt: sql`now()` })
    .where(and(inBatch, inArray(printCards.deliveryId, [...printed])))
}

/**
 * A person takes one card out of an open batch: it `fail`s with their reason, or goes back to the queue and comes in the next
 * batch, written anew (`retry`). Null when it does not wait in that batch. Audited. Poke `leadIds` after the commit.
 */
export async function rejectCard(
  tx: Transaction,
  request: { batchId: string; deliveryId: string; resolution: 'retry' | 'fail'; reason: string; actor: string },
): Promise<{ leadIds: string[] } | null> {
  const { batchId, deliveryId, resolution, reason, actor } = request
  const [batch] = await tx.select().from(printBatches).where(eq(printBatches.id, batchId)).for('update')
  if (batch?.status !== 'open') return null
  const [card] = await tx
    .update(printCards)
    .set({ status: 'rejected', reason, updatedAt: sql`now()` })
    .where(
      and(eq(printCards.batchId, batchId), eq(printCards.deliveryId, deliveryId), eq(printCards.status, 'waiting')),
    )
    .returning({ leadId: printCards.leadId })
  if (card === undefined) return null
  await audit(tx, actor, `print.reject_${resolution}`, deliveryId, { batchId, reason }, 'delivery')
  if (resolution === 'fail') {
    const refused = { deliveryId, leadId: card.leadId, kind: 'permanent' as const, reason: `rejected: ${reason}` }
    return { leadIds: await recordFailed(tx, [refused]) }
  }
  await lockLeads(tx, [card.leadId])
  await tx
    .update(deliveries)
    .set({
      status: 'queued',
      claimedBy: null,
      attempts: 0,
      reason: null,
      claimableAt: sql`now()`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(deliveries.id, deliveryId), ne(deliveries.status, 'accepted')))
  return { leadIds: [] }
}

async function audit(
  tx: Transaction,
  actor: string,
  action: string,
  subjectId: string,
  after: object,
  subjectKind = 'print_batch',
): Promise<void> {
  await tx.insert(auditLog).values({ actor, action, subjectKind, subjectId, after: JSON.parse(JSON.stringify(after)) })
}
