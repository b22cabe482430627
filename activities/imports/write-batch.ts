/** Writes one batch of mapped rows: leads, suppressions, events and what follows, in the caller's transaction. */
import type { Library } from '#engine/library.ts'
import type { Transaction } from '#db/client.ts'
import { announceChanges } from '#db/repositories/announce.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { findIdentities, identityKey, toIdentity } from '#db/repositories/identities.ts'
import { applyLeadChanges, type LeadChange, type RefusedChange } from '#db/repositories/lead-changes.ts'
import { lockLeads } from '#db/repositories/lead-locks.ts'
import { upsertLeads, type IncomingLead, type UpsertedLead } from '#db/repositories/upsert-leads.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import type { MappedLead, MappedRow } from './map-row.ts'
import type { Mapping } from './mapping.ts'
import type { CsvRow } from './read-csv.ts'

/** What became of a row. */
export type RowOutcome = 'created' | 'updated' | 'unchanged' | 'rejected'

export interface ImportRow extends CsvRow {
  mapped: MappedRow
}

export interface BatchOptions {
  library: Library
  actor: string
  /** Names the import for the trigger "import"; null in a dry run. */
  importKey: string | null
  mapping: Pick<Mapping, 'overwriteStage' | 'consent'>
  test: { runId: string; clock: LeadClock } | null
}

export interface WrittenBatch {
  /** One per row: its outcome, and why it was rejected or what of it was not taken over. */
  rows: { outcome: RowOutcome; reasons: string[] }[]
  events: number
  leadIds: string[]
}

/** A row that mapped well, and its place in the batch. */
interface Placed {
  index: number
  lead: MappedLead
}

/** Rows of one lead are written in the order of the file. A row whose identities belong to two leads is rejected. */
export async function writeBatch(
  tx: Transaction,
  rows: readonly ImportRow[],
  options: BatchOptions,
): Promise<WrittenBatch> {
  const { library, actor, test } = options
  const quiet = { library, actor, priority: 5, enroll: false } as const
  const placed = rows.flatMap(({ mapped }, index): Placed[] =>
    mapped.kind === 'lead' ? [{ index, lead: mapped.lead }] : [],
  )
  const isKnown = await findKnown(tx, placed, test)
  const upserted = await upsertLeads(
    tx,
    placed.map((row) => toIncoming(row.lead, test, options.mapping.overwriteStage || !isKnown(row))),
    { ...quiet, onlyTighten: true },
  )
  const written = placed.flatMap(({ index, lead }, place) => {
    const { leadId = null, ...result } = upserted.rows[place] ?? { outcome: 'refused' as const }
    return leadId === null ? [] : [{ index, lead, leadId, outcome: result.outcome }]
  })
  const changed = await applyLeadChanges(
    tx,
    written.flatMap(({ leadId, lead, outcome }) => [
      ...suppressionsOf(leadId, lead),
      ...(outcome === 'created' && lead.hasConsent ? consentsOf(leadId, options.mapping.consent) : []),
    ]),
    { ...quiet, reason: 'import' },
  )
  const prefix = test === null ? '' : `${test.runId}:`
  const ingested = await ingestEvents(
    tx,
    written.flatMap(({ leadId, lead }) =>
      lead.events.map((event) => ({ ...event, lead: { id: leadId }, dedupeKey: `${prefix}${event.dedupeKey}` })),
    ),
    quiet,
  )
  const recorded = ingested.events.flatMap((event) => (event.status === 'recorded' ? [event.leadId] : []))
  const arrived = await announceArrivals(tx, new Set(written.map(({ leadId }) => leadId)), options)

  const touched = new Set([...changed.changedLeadIds, ...recorded])
  const refused = [...upserted.refused, ...changed.refused]
  const outcomes = new Map(judge(written, touched, refused).map((row) => [row.index, row]))
  const messages = new Map(placed.map(({ index }, place) => [index, upserted.rows[place]?.message]))
  return {
    rows: rows.map(({ mapped }, index) =>
      mapped.kind === 'rejected'
        ? { outcome: 'rejected', reasons: mapped.reasons }
        : (outcomes.get(index) ?? {
            outcome: 'rejected',
            reasons: [messages.get(index) ?? 'The lead was not written.'],
          }),
    ),
    events: recorded.length,
    leadIds: [...new Set([...upserted.leadIds, ...changed.leadIds, ...ingested.leadIds, ...arrived])].sort(),
  }
}

/** Tells rows whose lead is known already from those that bring a new one. */
async function findKnown(
  tx: Transaction,
  rows: readonly Placed[],
  test: BatchOptions['test'],
): Promise<(row: Placed) => boolean> {
  const identities = ({ lead }: Placed) =>
    lead.identities.flatMap(({ kind, value }) => toIdentity(kind, value, test?.runId ?? null) ?? [])
  const found = await findIdentities(tx, rows.flatMap(identities))
  return (row) => identities(row).some((identity) => found.has(identityKey(identity)))
}

/**
 * What the file does not know erases nothing, and a "no" lifts no wish (`onlyTighten`): a lead that unsubscribed here stays so
 * whatever an older file says.
 */
function toIncoming(
  { identities, fields, tags, stage, attention }: MappedLead,
  test: BatchOptions['test'],
  withStage: boolean,
): IncomingLead {
  const known = Object.entries(fields).filter(([, value]) => value !== null)
  const identity = (kind: string) => identities.find((candidate) => candidate.kind === kind)?.value
  return {
    externalId: identity('external_id'),
    anonymousId: identity('anonymous_id'),
    fields: Object.fromEntries(known),
    tags,
    ...(withStage && stage !== null ? { stage } : {}),
    ...(withStage && attention !== null ? { attention } : {}),
    ...(test === null ? {} : { test }),
  }
}

function suppressionsOf(leadId: string, { suppressions }: MappedLead): LeadChange[] {
  return suppressions.map(({ channel, reason }) => ({ leadId, kind: 'suppress', channels: [channel], reason }))
}

/** One line of the ledger per purpose and channel; a known lead has said more since than its file knows. */
function consentsOf(leadId: string, consent: Mapping['consent']): LeadChange[] {
  if (consent === undefined) return []
  const { purposes, channels, basis, wording, wordingVersion, source } = consent
  return purposes.flatMap((purpose) =>
    channels.map((channel) => ({
      leadId,
      kind: 'set_consent',
      purpose,
      channel,
      state: 'granted',
      basis,
      wording,
      wordingVersion,
      mechanism: 'import',
      ...(source === '' ? {} : { source }),
    })),
  )
}

/** Journeys whose trigger is an import take the leads in, once per lead and import. */
async function announceArrivals(
  tx: Transaction,
  leadIds: ReadonlySet<string>,
  { importKey, library }: BatchOptions,
): Promise<string[]> {
  if (importKey === null || leadIds.size === 0) return []
  const locked = await lockLeads(tx, leadIds)
  const announced = await announceChanges(
    tx,
    [...locked].map(([leadId, { now }]) => ({
      leadId,
      at: now,
      keys: [],
      happenings: [{ kind: 'import', key: importKey, at: now }],
    })),
    { library, priority: 5 },
  )
  return announced.leadIds
}

/** Outcomes of the written rows, in order: the first row of a new lead created it, later ones did or did not add to it. */
function judge(
  rows: readonly (Placed & { leadId: string; outcome: UpsertedLead['outcome'] })[],
  touched: ReadonlySet<string>,
  refused: readonly RefusedChange[],
): { index: number; outcome: RowOutcome; reasons: string[] }[] {
  const reasonsOf = new Map<string, string[]>()
  const isGone = new Set(refused.filter(({ field }) => field === undefined).map(({ leadId }) => leadId))
  for (const { leadId, message } of refused) reasonsOf.set(leadId, [...(reasonsOf.get(leadId) ?? []), message])
  const earlier = new Map<string, string>()
  return rows.map(({ index, leadId, lead, outcome }) => {
    const reasons = reasonsOf.get(leadId) ?? []
    if (isGone.has(leadId)) return { index, outcome: 'rejected', reasons }
    reasonsOf.delete(leadId)
    const content = JSON.stringify(lead)
    const before = earlier.get(leadId)
    earlier.set(leadId, content)
    if (before !== undefined) return { index, outcome: before === content ? 'unchanged' : 'updated', reasons }
    if (outcome === 'created') return { index, outcome, reasons }
    return { index, outcome: outcome === 'updated' || touched.has(leadId) ? 'updated' : 'unchanged', reasons }
  })
}
