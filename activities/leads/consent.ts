/** What people record about a lead's wishes: consents with their proof, objections, and what was said aloud. */
import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Database, Transaction } from '#db/client.ts'
import { lockReferenced } from '#db/repositories/events.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import type { LockedLead } from '#db/repositories/lead-locks.ts'
import { liftSuppressions } from '#db/repositories/lift-suppression.ts'
import { transact } from '#db/transact.ts'
import { consents, suppressions } from '#db/schema/deliveries.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Instant, Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { contactChannels, type ConsentBasis, type ContactChannel } from '#engine/vocabulary.ts'
import { unsubscribeWithin, type UnsubscribeResult } from '../preferences/unsubscribe.ts'
import type { Poker } from '../poker.ts'

interface Dependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

/** One line per purpose and channel is added to the ledger. */
export interface ConsentRequest {
  leadId: string
  purposes: readonly ('nurture' | 'promotional')[]
  channels: readonly ContactChannel[]
  state: 'granted' | 'denied'
  basis: ConsentBasis
  /** The very words the lead was shown or told. */
  wording: string
  wordingVersion: string
  mechanism: string
  source: string
  /** Null = until withdrawn; absent = as long as the basis lasts (CASL: 2 years, 6 months). */
  expiresAt?: Instant | null
  actor: string
}

/** False: the lead is erased or unknown; nothing was written. */
export type Recorded = { isKnown: true; leadId: string } | { isKnown: false }

/** Adds to the ledger (GDPR Art. 7(1): who, when, how, in which words). A refusal binds the gate when this returns. */
export async function recordConsent(deps: Dependencies, request: ConsentRequest): Promise<Recorded> {
  const { purposes, channels, state, basis, wording, wordingVersion, mechanism, source, expiresAt, actor } = request
  return change(deps, request.leadId, actor, 'lead.consent', async (tx, lead, library) => {
    const before = await readStates(tx, lead.row.id, purposes, channels)
    const { leadIds } = await applyLeadChanges(
      tx,
      purposes.flatMap((purpose) =>
        channels.map((channel) => ({
          kind: 'set_consent' as const,
          leadId: lead.row.id,
          purpose,
          channel,
          state,
          basis,
          wording,
          wordingVersion,
          mechanism,
          source,
          ...(expiresAt === undefined ? {} : { expiresAt }),
        })),
      ),
      { library, actor, at: lead.now, priority: 1 },
    )
    return {
      leadIds,
      before,
      after: { state, purposes: [...purposes], channels: [...channels], basis, wordingVersion },
    }
  })
}

/** Records or takes back an objection to direct marketing (GDPR Art. 21): binds every journey, and scoring. */
export async function recordObjection(
  deps: Dependencies,
  { leadId, objects, reason, actor }: { leadId: string; objects: boolean; reason: string; actor: string },
): Promise<Recorded> {
  return change(deps, leadId, actor, 'lead.objection', async (tx, lead, library) => {
    const { leadIds } = await applyLeadChanges(
      tx,
      [{ kind: 'set_field', leadId: lead.row.id, field: 'objected', value: objects }],
      { library, actor, at: lead.now, reason, priority: 1 },
    )
    return { leadIds, before: { objects: lead.row.objected }, after: { objects, reason } }
  })
}

export interface OptOutRequest {
  leadId: string
  /** All channels = the cross-channel switch: stop everything. */
  channels: readonly ContactChannel[]
  /** What the lead said, as well as it is remembered; kept as the wording. */
  said: string
  actor: string
}

/**
 * "Opted out verbally": the lead said so to a person, in any words, on any channel (47 CFR 64.1200(a)(10): revocation by
 * any reasonable means). As binding as the link in a mail; a telephone number also joins the company's do-not-call list.
 */
export async function optOut(
  { db, poker, library }: Dependencies,
  { leadId, channels, said, actor }: OptOutRequest,
): Promise<UnsubscribeResult> {
  const words = await library()
  const { leadIds, ...result } = await transact(db, async (tx) => {
    const lead = await lockLive(tx, leadId)
    const stopped =
      lead === null
        ? []
        : await tx
            .select({ channel: suppressions.channel })
            .from(suppressions)
            .where(and(eq(suppressions.leadId, lead.row.id), inArray(suppressions.channel, [...channels])))
            .orderBy(suppressions.channel)
    const done = await unsubscribeWithin(
      tx,
      { leadId, channels, deliveryId: null, journeyId: null, source: 'spoken', wording: said },
      words,
    )
    if (done.isKnown) {
      await tx.insert(auditLog).values({
        actor,
        action: 'lead.opt_out',
        subjectKind: 'lead',
        subjectId: leadId,
        before: { suppressed: [...new Set(stopped.map(({ channel }) => channel))] },
        after: { channels: [...channels], said, cancelled: done.cancelled.length },
      })
    }
    return done
  })
  await poker.poke([...new Set(leadIds)], { priority: 1 })
  return result
}

/**
 * Lifts suppressions, whoever set them: a person's act with a reason, audited (PLAYBOOK A3). What was remembered of the
 * address goes, too. Consents that were denied stay denied: the lead has to say yes again.
 */
export async function liftByPerson(
  { db, poker }: Omit<Dependencies, 'library'>,
  {
    leadId,
    channels,
    reason,
    actor,
  }: { leadId: string; channels: readonly ContactChannel[]; reason: string; actor: string },
): Promise<{ isKnown: boolean; lifted: ContactChannel[] }> {
  const result = await transact(db, async (tx) => {
    const lead = await lockLive(tx, leadId)
    if (lead === null) return null
    return liftSuppressions(tx, { lead: lead.row, channels, reason, actor, at: lead.now })
  })
  if (result === null) return { isKnown: false, lifted: [] }
  await poker.poke(result.leadIds, { priority: 1 })
  return {
    isKnown: true,
    lifted: result.lifted.sort((a, b) => contactChannels.indexOf(a) - contactChannels.indexOf(b)),
  }
}

/** The whole ledger of a lead, newest first, and the suppressions that bind now. */
export async function readWishes(db: Database, leadId: string) {
  const [ledger, stops] = await Promise.all([
    db.select().from(consents).where(eq(consents.leadId, leadId)).orderBy(desc(consents.id)),
    db.select().from(suppressions).where(eq(suppressions.leadId, leadId)).orderBy(suppressions.channel),
  ])
  return { ledger, suppressions: stops }
}

async function change(
  { db, poker, library }: Dependencies,
  leadId: string,
  actor: string,
  action: string,
  write: (
    tx: Transaction,
    lead: LockedLead,
    library: Library,
  ) => Promise<{ leadIds: string[]; before: Json; after: Record<string, string | boolean | string[]> }>,
): Promise<Recorded> {
  const words = await library()
  const done = await transact(db, async (tx) => {
    const lead = await lockLive(tx, leadId)
    if (lead === null) return null
    const { leadIds, before, after } = await write(tx, lead, words)
    await tx.insert(auditLog).values({ actor, action, subjectKind: 'lead', subjectId: lead.row.id, before, after })
    return { leadId: lead.row.id, leadIds }
  })
  if (done === null) return { isKnown: false }
  await poker.poke(done.leadIds, { priority: 1 })
  return { isKnown: true, leadId: done.leadId }
}

/** What the ledger said of each purpose and channel: its newest line, or null where there was none. */
async function readStates(
  tx: Transaction,
  leadId: string,
  purposes: ConsentRequest['purposes'],
  channels: readonly ContactChannel[],
): Promise<Json> {
  const rows = await tx
    .selectDistinctOn([consents.purpose, consents.channel])
    .from(consents)
    .where(
      and(
        eq(consents.leadId, leadId),
        inArray(consents.purpose, [...purposes]),
        inArray(consents.channel, [...channels]),
      ),
    )
    .orderBy(consents.purpose, consents.channel, desc(consents.id))
  return {
    consents: purposes.flatMap((purpose) =>
      channels.map((channel) => {
        const row = rows.find((one) => one.purpose === purpose && one.channel === channel)
        return {
          purpose,
          channel,
          state: row?.state ?? null,
          basis: row?.basis ?? null,
          wordingVersion: row?.wordingVersion ?? null,
        }
      }),
    ),
  }
}

/** The lead, or the one it became, locked; null when there is none or it is erased. */
async function lockLive(tx: Transaction, leadId: string): Promise<LockedLead | null> {
  const { locked } = await lockReferenced(tx, [{ id: leadId }])
  const lead = [...locked.values()].find(({ row }) => row.mergedInto === null)
  return lead === undefined || lead.row.erasedAt !== null ? null : lead
}
