/** What came in by mail, how far the mailboxes have been read, and the hold that an unanswered reply puts on marketing. */
import { and, desc, eq, gte, inArray, isNull, lt, sql } from 'drizzle-orm'
import { addDuration } from '#engine/schedule/duration.ts'
import { toRealTime } from '#engine/clock.ts'
import type { Instant, Json } from '#engine/facts.ts'
import type { InboundKind } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { inboundMail, inboundMailboxes } from '../schema/inbound.ts'
import { leads } from '../schema/leads.ts'
import { settings } from '../schema/library.ts'
import { deliveryFeedback } from '../schema/sending.ts'
import { auditLog } from '../schema/tasks.ts'
import { newId } from '../ids.ts'
import { isMailToLead } from './deliveries.ts'
import { findIdentities, followMerges, toIdentity } from './identities.ts'
import { olderThan, type Keyset } from './keyset.ts'
import { lockLeads } from './lead-locks.ts'

export interface InboundMatch {
  leadId: string
  /** Null: the sender is known, but no message of ours is. */
  delivery: { id: string; enrollmentId: string; journeyId: string; stepId: string } | null
  by: 'reference' | 'address' | 'sender'
}

/** How recent a message must be for an answer without any reference to be taken as one to it. */
const recentDays = 30

/**
 * Whose mail this is. A message we sent names its own delivery, which only its recipient has seen; failing that, the
 * sender's address finds the lead and its latest accepted mail of the last 30 days. Merged leads are followed. Null: nobody.
 */
export async function matchInbound(
  tx: Queryable,
  clues: { byReference: readonly string[]; byAddress: readonly string[]; from: string | null },
): Promise<InboundMatch | null> {
  for (const by of ['reference', 'address'] as const) {
    const ids = by === 'reference' ? clues.byReference : clues.byAddress
    const found = ids.length === 0 ? [] : await findMail(tx, inArray(deliveries.id, [...ids]))
    // The nearest reference first, as the message lists them.
    const [first] = found.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
    if (first !== undefined) return { ...(await withSurvivor(tx, first)), by }
  }
  const identity = clues.from === null ? null : toIdentity('email', clues.from)
  if (identity === null) return null
  const [leadId] = (await findIdentities(tx, [identity])).values()
  if (leadId === undefined) return null
  const since = sql`now() - ${recentDays} * interval '1 day'`
  const [latest] = await findMail(
    tx,
    and(eq(deliveries.leadId, leadId), eq(deliveries.status, 'accepted'), gte(deliveries.acceptedAt, since)),
  )
  return latest === undefined
    ? { leadId, delivery: null, by: 'sender' }
    : { ...(await withSurvivor(tx, latest)), by: 'sender' }
}

type FoundMail = { id: string; leadId: string; enrollmentId: string; journeyId: string; stepId: string }

function findMail(tx: Queryable, which: ReturnType<typeof and>): Promise<FoundMail[]> {
  return tx
    .select({
      id: deliveries.id,
      leadId: deliveries.leadId,
      enrollmentId: deliveries.enrollmentId,
      journeyId: deliveries.journeyId,
      stepId: deliveries.stepId,
    })
    .from(deliveries)
    .where(and(which, isMailToLead()))
    .orderBy(desc(deliveries.countedAt))
    .limit(50)
}

async function withSurvivor(tx: Queryable, mail: FoundMail): Promise<Omit<InboundMatch, 'by'>> {
  const { leadId, ...delivery } = mail
  return { leadId: (await followMerges(tx, [leadId])).get(leadId) ?? leadId, delivery }
}

export interface NewInboundMail {
  key: string
  kind: InboundKind
  match: InboundMatch | null
  from: string
  subject: string
  body: string
  detail: Record<string, Json>
  source: 'imap' | 'webhook'
}

/** Keeps it unless its key is known. Null for a duplicate: nothing of it may be done again. */
export async function keepInbound(tx: Transaction, mail: NewInboundMail): Promise<string | null> {
  const [row] = await tx
    .insert(inboundMail)
    .values({
      id: newId(),
      key: mail.key,
      kind: mail.kind,
      leadId: mail.match?.leadId ?? null,
      deliveryId: mail.match?.delivery?.id ?? null,
      matchedBy: mail.match?.by ?? null,
      fromAddress: mail.from,
      subject: mail.subject,
      body: mail.body,
      detail: mail.detail,
      source: mail.source,
    })
    .onConflictDoNothing({ target: inboundMail.key })
    .returning({ id: inboundMail.id })
  return row?.id ?? null
}

/** How long marketing waits for a reply to be answered, unless a person says so before. Null: it does not wait. */
const defaultReplyHold = 'P7D'
const replyHoldKey = 'reply_hold'

export async function readReplyHold(db: Queryable): Promise<string | null> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, replyHoldKey))
  if (row === undefined) return defaultReplyHold
  return typeof row.value === 'string' ? row.value : null
}

/** `P7D`, or null for no hold. Audited. */
export async function saveReplyHold(tx: Transaction, hold: string | null, actor: string): Promise<void> {
  const before = await readReplyHold(tx)
  await tx
    .insert(settings)
    .values({ key: replyHoldKey, value: hold ?? false })
    .onConflictDoUpdate({ target: settings.key, set: { value: hold ?? false, updatedAt: sql`now()` } })
  await tx.insert(auditLog).values({
    actor,
    action: 'company.reply_hold',
    subjectKind: 'company',
    subjectId: replyHoldKey,
    before: { hold: before },
    after: { hold },
  })
}

/**
 * Holds the lead's marketing from now on; the gate asks, at the turn and at the claim alike, so that it binds with this
 * commit. Call holding the lead's lock.
 */
export async function holdForReply(
  tx: Transaction,
  lead: { id: string; now: Instant; zone: string | null },
  hold: string,
): Promise<void> {
  const until = new Date(addDuration(lead.now, hold, lead.zone ?? 'UTC'))
  await tx
    .update(leads)
    .set({ replyHeldUntil: sql`greatest(${leads.replyHeldUntil}, ${until.toISOString()}::timestamptz)` })
    .where(eq(leads.id, lead.id))
}

/**
 * A person has seen to the lead's replies: its marketing goes on at once. Returns how many replies that were; null when
 * there is no such lead. Audited; repeating it is harmless.
 */
export async function releaseReplies(
  tx: Transaction,
  { leadId, actor }: { leadId: string; actor: string },
): Promise<{ replies: number; released: number } | null> {
  const lead = (await lockLeads(tx, [leadId])).get(leadId)
  if (lead === undefined) return null
  const handled = await tx
    .update(inboundMail)
    .set({ handledAt: sql`now()`, handledBy: actor })
    .where(and(eq(inboundMail.leadId, leadId), eq(inboundMail.kind, 'reply'), isNull(inboundMail.handledAt)))
    .returning({ id: inboundMail.id })
  if (handled.length === 0 && lead.row.replyHeldUntil === null) return { replies: 0, released: 0 }
  await tx.update(leads).set({ replyHeldUntil: null }).where(eq(leads.id, leadId))
  const released = await tx
    .update(deliveries)
    .set({
      claimableAt: sql`least(${deliveries.claimableAt}, now())`,
      notBefore: null,
      countedAt: new Date(lead.now),
      reason: null,
      updatedAt: sql`now()`,
    })
    .where(and(eq(deliveries.leadId, leadId), eq(deliveries.status, 'queued'), eq(deliveries.reason, 'reply_pending')))
    .returning({ id: deliveries.id })
  await tx.insert(auditLog).values({
    actor,
    action: 'lead.replies_handled',
    subjectKind: 'lead',
    subjectId: leadId,
    before: {
      heldUntil:
        lead.row.replyHeldUntil === null ? null : toRealTime(lead.row.clock, lead.row.replyHeldUntil.getTime()),
    },
    after: { replies: handled.length, released: released.length },
  })
  return { replies: handled.length, released: released.length }
}

/** Soft bounces of a lead's mail in the last `days`, by the lead's own clock. */
export async function countSoftBounces(tx: Queryable, leadId: string, now: Instant, days: number): Promise<number> {
  const since = new Date(now - days * 86_400_000)
  const [row] = await tx
    .select({ n: sql<number>`count(*)::int` })
    .from(deliveryFeedback)
    .where(
      and(
        eq(deliveryFeedback.leadId, leadId),
        eq(deliveryFeedback.kind, 'soft_bounce'),
        gte(deliveryFeedback.at, since),
      ),
    )
  return row?.n ?? 0
}

export interface InboundFilter {
  limit: number
  cursor: Keyset | null
  kind?: InboundKind | undefined
  leadId?: string | undefined
  /** Only what nobody could be found for. */
  unmatched?: boolean | undefined
  /** Only replies that wait for an answer. */
  open?: boolean | undefined
}

/** Newest first, by key. */
export function listInbound(db: Queryable, filter: InboundFilter) {
  const { cursor, kind, leadId, unmatched, open } = filter
  return db
    .select()
    .from(inboundMail)
    .where(
      and(
        kind === undefined ? undefined : eq(inboundMail.kind, kind),
        leadId === undefined ? undefined : eq(inboundMail.leadId, leadId),
        unmatched === true ? isNull(inboundMail.leadId) : undefined,
        open === true ? and(eq(inboundMail.kind, 'reply'), isNull(inboundMail.handledAt)) : undefined,
        olderThan(inboundMail.receivedAt, inboundMail.id, cursor),
      ),
    )
    .orderBy(desc(inboundMail.receivedAt), desc(inboundMail.id))
    .limit(filter.limit)
}

/** Where a mailbox has been read to; null before the first time. */
export async function readMailbox(db: Queryable, name: string) {
  const [row] = await db.select().from(inboundMailboxes).where(eq(inboundMailboxes.name, name))
  return row ?? null
}

/** Moves the mark on, never back but for a mailbox that was made anew (another `uidValidity`). */
export async function moveMailbox(
  tx: Queryable,
  mark: { name: string; uidValidity: number; lastUid: number },
): Promise<void> {
  await tx
    .insert(inboundMailboxes)
    .values(mark)
    .onConflictDoUpdate({
      target: inboundMailboxes.name,
      set: {
        uidValidity: mark.uidValidity,
        lastUid: sql`case when ${inboundMailboxes.uidValidity} = ${mark.uidValidity}
          then greatest(${inboundMailboxes.lastUid}, ${mark.lastUid}) else ${mark.lastUid} end`,
      },
    })
}

/** How the last look went; `error` is for people. */
export async function notePoll(db: Queryable, name: string, error: string | null): Promise<void> {
  await db
    .insert(inboundMailboxes)
    .values({ name, uidValidity: 0, lastUid: 0, polledAt: sql`now()` as never, error })
    .onConflictDoUpdate({ target: inboundMailboxes.name, set: { polledAt: sql`now()`, error } })
}

/** Takes away what belongs to nobody and is older than `days`: it holds strangers' words. Returns how many. */
export async function forgetUnmatched(db: Queryable, days: number): Promise<number> {
  const rows = await db
    .delete(inboundMail)
    .where(and(isNull(inboundMail.leadId), lt(inboundMail.receivedAt, sql`now() - ${days} * interval '1 day'`)))
    .returning({ id: inboundMail.id })
  return rows.length
}
