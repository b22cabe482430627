/** Takes one message in: reads it, finds whose it is, does what follows, all exactly once. */
import type { Database, Transaction } from '#db/client.ts'
import { recordFeedback } from '#db/repositories/delivery-feedback.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import {
  countSoftBounces,
  holdForReply,
  keepInbound,
  matchInbound,
  moveMailbox,
  readReplyHold,
  type InboundMatch,
} from '#db/repositories/inbound.ts'
import { lockLeads, type LockedLead } from '#db/repositories/lead-locks.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { transact } from '#db/transact.ts'
import type { Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { cutText, foldText } from '#engine/text.ts'
import { builtInEvents, type InboundKind } from '#engine/vocabulary.ts'
import { notifyPerson, notifyQueue } from '../notifications/notify-person.ts'
import type { Poker } from '../poker.ts'
import { unsubscribeWithin } from '../preferences/unsubscribe.ts'
import { classifyMail, referencesOf, type Classification } from './classify.ts'
import { isOfTheMessage, reasonCode } from './failures.ts'
import { hashKey, parseMail, type ParsedMail } from './parse-mail.ts'

export interface InboundDependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

export interface IncomingMail {
  raw: Buffer
  source: 'imap' | 'webhook'
  /** How far the mailbox has been read once this is in: the same transaction. */
  mark?: { name: string; uidValidity: number; lastUid: number }
}

/** What became of it. `unmatched`: shown to people, never acted on. */
export interface TakenIn {
  outcome: 'acted' | 'noted' | 'unmatched' | 'duplicate'
  kind: InboundKind
  leadId: string | null
}

/** Of mail that could not be delivered for the time being: this often in this many days, and we stop trying. */
const softBounceLimit = 3
const softBounceDays = 14

/** Longest text of a reply on the lead's own record; all of it (20,000 characters) stays with the message. */
const excerptLength = 2000

/**
 * Safe to repeat, at the same time or after a crash at any point: the row of the message, its effects and the mailbox's
 * mark are one transaction, and a known key does nothing. What cannot be read or written is kept as `unreadable`, so that a
 * broken message never holds up the rest.
 * @throws when Postgres cannot be reached or is not fit: nothing has happened, and the message is still to be fetched.
 */
export async function takeInMail(dependencies: InboundDependencies, incoming: IncomingMail): Promise<TakenIn> {
  const { db, poker } = dependencies
  const library = await dependencies.library()
  const parsed = await parseMail(incoming.raw).catch(() => null)
  const take = (): Promise<Result> =>
    transact(db, async (tx) => {
      const result = await keepAndAct(tx, incoming, parsed, library)
      if (incoming.mark !== undefined) await moveMailbox(tx, incoming.mark)
      return result
    })
  const again = (error: unknown): Promise<Result> => {
    if (!isOfTheMessage(error)) throw error
    // Once more before it is given up: it may have lost a race.
    return take().catch((second: unknown) => {
      if (!isOfTheMessage(second)) throw second
      return quarantine(db, incoming, parsed, second)
    })
  }
  const { leadIds, ...taken } = await take().catch(again)
  if (leadIds.length > 0) await poker.poke([...new Set(leadIds)], { priority: 1 })
  return taken
}

type Result = TakenIn & { leadIds: string[] }

/** Keeps that there was a message, for a person to look at in the mailbox; none of its words, which may be what is wrong. */
function quarantine(
  db: Database,
  { raw, source, mark }: IncomingMail,
  mail: ParsedMail | null,
  error: unknown,
): Promise<Result> {
  const { messageId = null } = mail ?? {}
  const detail = {
    reason: reasonCode(error),
    ...(mark === undefined ? {} : { uid: mark.lastUid }),
    ...(messageId === null ? {} : { messageId: cutText(messageId, 200) }),
  }
  return transact(db, async (tx) => {
    const id = await keepInbound(tx, { ...nothing, key: hashKey(raw), kind: 'unreadable', match: null, detail, source })
    if (mark !== undefined) await moveMailbox(tx, mark)
    return { outcome: id === null ? 'duplicate' : 'unmatched', kind: 'unreadable', leadId: null, leadIds: [] }
  })
}

async function keepAndAct(
  tx: Transaction,
  { raw, source }: IncomingMail,
  mail: ParsedMail | null,
  library: Library,
): Promise<Result> {
  if (mail === null) {
    const id = await keepInbound(tx, { ...nothing, key: hashKey(raw), kind: 'unreadable', match: null, source })
    return { outcome: id === null ? 'duplicate' : 'unmatched', kind: 'unreadable', leadId: null, leadIds: [] }
  }
  const found = classifyMail(mail)
  const match = await matchInbound(tx, { ...referencesOf(mail), from: senderCounts(found) ? mail.from : null })
  const lead = match === null ? undefined : (await lockLeads(tx, [match.leadId])).get(match.leadId)
  // Of who was erased not even a stranger's words are kept.
  const isGone = lead !== undefined && lead.row.erasedAt !== null
  const known = lead === undefined || isGone ? null : match
  const words = 'words' in found ? found.words : ''
  const id = await keepInbound(tx, {
    key: mail.key,
    kind: found.kind,
    match: known,
    from: isGone ? '' : mail.from,
    subject: isGone ? '' : mail.subject,
    body: isGone ? '' : words,
    detail: detailOf(found),
    source,
  })
  if (id === null) return { outcome: 'duplicate', kind: found.kind, leadId: known?.leadId ?? null, leadIds: [] }
  if (known === null || lead === undefined) {
    return { outcome: 'unmatched', kind: found.kind, leadId: null, leadIds: [] }
  }
  const leadIds = await act(tx, { mail, found, match: known, lead, library, words, inboundId: id })
  return {
    outcome: leadIds === null ? 'noted' : 'acted',
    kind: found.kind,
    leadId: known.leadId,
    leadIds: leadIds ?? [],
  }
}

const nothing = { from: '', subject: '', body: '', detail: {} }

/**
 * Whose address stands in From is easily forged, so it only ever finds a lead for what does the lead no harm: a reply, an
 * automatic answer, a wish to be left alone. Bounces and complaints must name the message itself.
 */
function senderCounts({ kind }: Classification): boolean {
  return kind === 'reply' || kind === 'auto_reply' || kind === 'unsubscribe'
}

function detailOf(found: Classification): Record<string, Json> {
  switch (found.kind) {
    case 'bounce':
      return found.feedback === null ? {} : { kind: found.feedback.kind, code: found.feedback.code }
    case 'complaint':
      return { code: found.code }
    case 'other':
      return { reason: found.reason }
    case 'reply':
    case 'auto_reply':
    case 'unsubscribe':
      return {}
  }
}

interface Act {
  mail: ParsedMail
  found: Classification
  match: InboundMatch
  lead: LockedLead
  library: Library
  words: string
  inboundId: string
}

/** Leads to poke; null when there is nothing to do but to keep it. */
async function act(tx: Transaction, parts: Act): Promise<string[] | null> {
  const { found } = parts
  switch (found.kind) {
    case 'reply':
      return takeReply(tx, parts)
    case 'unsubscribe':
      return takeUnsubscribe(tx, parts)
    case 'bounce':
      return found.feedback === null ? null : takeFeedback(tx, parts, found.feedback, found.recipients)
    case 'complaint':
      return takeFeedback(tx, parts, { kind: 'complaint', code: found.code })
    // An absence answers nothing: it holds nothing, and journeys do not take it for a sign of life.
    case 'auto_reply':
    case 'other':
      return null
  }
}

async function takeReply(tx: Transaction, { mail, match, lead, library, words, inboundId }: Act): Promise<string[]> {
  const { row, now } = lead
  const { delivery } = match
  const recorded = await ingestEvents(
    tx,
    [
      {
        lead: { id: row.id },
        type: builtInEvents.replied,
        occurredAt: now,
        properties: {
          subject: mail.subject,
          text: cutText(words, excerptLength),
          inbound: inboundId,
          ...(delivery === null ? {} : { delivery: delivery.id, journey: delivery.journeyId, step: delivery.stepId }),
        },
        dedupeKey: `replied:${mail.key}`,
      },
    ],
    { library, priority: 1 },
  )
  const hold = await readReplyHold(tx)
  if (hold !== null) await holdForReply(tx, { id: row.id, now, zone: row.zone }, hold)
  const notice = {
    kind: 'reply' as const,
    key: `reply:${inboundId}`,
    subject: cutText(`${nameOf(lead)} has replied: ${mail.subject}`, 200),
    body: cutText(words, excerptLength),
    path: `/leads/${row.id}`,
    lead: { id: row.id, isTest: row.isTest, clock: row.clock },
    enrollment: delivery === null ? null : { id: delivery.enrollmentId, journeyId: delivery.journeyId },
    at: now,
  }
  // Nobody has it yet: the queue that calls are for, as everywhere else.
  if (row.ownerId === null) await notifyQueue(tx, 'sales', notice)
  else await notifyPerson(tx, row.ownerId, notice)
  return recorded.leadIds
}

function nameOf({ row }: LockedLead): string {
  const name = [row.firstName, row.lastName].filter((part) => part !== null && part !== '').join(' ')
  return name === '' ? (row.email ?? 'A lead') : name
}

async function takeUnsubscribe(tx: Transaction, { mail, match, library, words }: Act): Promise<string[]> {
  const said = words === '' ? mail.subject : words
  const result = await unsubscribeWithin(
    tx,
    {
      leadId: match.leadId,
      channels: ['email'],
      deliveryId: match.delivery?.id ?? null,
      journeyId: match.delivery?.journeyId ?? null,
      source: 'mail_reply',
      wording: `Written to us: ${cutText(said, 500)}`,
    },
    library,
  )
  return result.leadIds
}

/**
 * A hard bounce or a complaint suppresses (recordFeedback). The third soft bounce in 14 days does, too: mailboxes that stay
 * full or away are mostly abandoned, and mail to them costs the sender's standing (M3AAWG Sender Best Common Practices:
 * stop mailing addresses that repeatedly bounce).
 */
async function takeFeedback(
  tx: Transaction,
  { match, lead, library }: Act,
  { kind, code }: { kind: 'hard_bounce' | 'soft_bounce' | 'complaint'; code: string },
  recipients: readonly string[] = [],
): Promise<string[]> {
  if (match.delivery === null) return []
  const isOfFormerAddress = !mayBeAbout(lead, recipients)
  const feedback = { deliveryId: match.delivery.id, kind, code, at: lead.now, isOfFormerAddress }
  const result = await recordFeedback(tx, feedback, library)
  return [...result.leadIds, ...(isOfFormerAddress ? [] : await stopAfterSoftBounces(tx, lead, kind))]
}

/** Reports can be days late: what is said of an address that was corrected since says nothing of the present one. */
function mayBeAbout({ row }: LockedLead, recipients: readonly string[]): boolean {
  if (recipients.length === 0) return true
  const present = foldText(row.email ?? '').trim()
  return recipients.some((recipient) => foldText(recipient).trim() === present)
}

/** Call after feedback was recorded, holding the lead's lock. Returns leads to poke. */
export async function stopAfterSoftBounces(tx: Transaction, lead: LockedLead, kind: string): Promise<string[]> {
  if (kind !== 'soft_bounce') return []
  const bounces = await countSoftBounces(tx, lead.row.id, lead.now, softBounceDays)
  if (bounces < softBounceLimit) return []
  const stopped = await suppressLead(tx, {
    leadId: lead.row.id,
    channels: ['email'],
    reason: 'soft_bounces',
    source: 'mail_feedback',
    at: lead.now,
  })
  return stopped.leadIds
}
