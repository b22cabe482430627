/** Takes in what trackers report about visitors and users, many at a time. */
import type { Database, Transaction } from '#db/client.ts'
import { ingestEvents, lockReferenced, type IncomingEvent } from '#db/repositories/events.ts'
import type { LockedLead } from '#db/repositories/lead-locks.ts'
import { upsertLeads, type IncomingLead } from '#db/repositories/upsert-leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { transact } from '#db/transact.ts'
import type { FieldValue, Json } from '#engine/facts.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { mergeLeads } from '../leads/merge-leads.ts'
import type { Poker } from '../poker.ts'
import { resolveNames, websiteSource, type Names } from './who.ts'

/** One message, already understood. */
export interface IngestMessage {
  names: Names
  /** What it tells of the person. */
  fields: Record<string, FieldValue>
  /** What the person did; null when it only tells who they are. */
  event: { type: string; dedupeKey: string; properties: Record<string, Json>; occurredAt: number } | null
}

export interface IngestRequest {
  messages: readonly IngestMessage[]
  /** The key can be read by anybody: it fills in what is not known and changes nothing that is. */
  isPublic: boolean
  actor: string
  batchId: string
}

export type IngestOutcome =
  | { status: 'taken' | 'duplicate'; leadId: string }
  | { status: 'refused'; code: string; message: string }

interface IngestDeps {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

/** A first look finds who is known; messages that name each other's new leads settle in the second. */
const mostLooks = 3

/**
 * One result per message, in order. The events and facts are one transaction; that an anonymous visitor became a known
 * lead is one of its own before it, so that a repeat finds it done. Sent again, events are recorded once.
 */
export async function ingestMessages(deps: IngestDeps, request: IngestRequest): Promise<IngestOutcome[]> {
  const { db, poker } = deps
  const { messages, actor } = request
  const library = await deps.library()
  for (let look = 1; ; look += 1) {
    const { names, merges } = await resolveNames(
      db,
      messages.map((message) => message.names),
      request.isPublic,
    )
    for (const merge of merges) await mergeLeads({ db, poker }, { ...merge, actor })
    const { outcomes, leadIds } = await transact(db, (tx) => write(tx, request, names, library))
    const isUnsettled = outcomes.some((outcome) => outcome.status === 'refused' && outcome.code === 'IDENTITY_CONFLICT')
    if (isUnsettled && look < mostLooks) continue
    await poker.poke(leadIds, { priority: 3 })
    return outcomes
  }
}

async function write(
  tx: Transaction,
  { messages, isPublic, actor, batchId }: IngestRequest,
  names: readonly Names[],
  library: Library,
): Promise<{ outcomes: IngestOutcome[]; leadIds: string[] }> {
  const options = { library, actor, priority: 3 as const }
  const rows = await toRows(tx, messages, names, isPublic, library)
  const upserted = await upsertLeads(
    tx,
    rows.map(({ lead }) => lead),
    options,
  )
  const rowOf = new Map(rows.flatMap(({ indexes }, row) => indexes.map((index) => [index, upserted.rows[row]])))
  const events: IncomingEvent[] = []
  for (const [index, { event }] of messages.entries()) {
    const leadId = rowOf.get(index)?.leadId
    if (event !== null && leadId != null) events.push({ lead: { id: leadId }, ...event })
  }
  const ingested = await ingestEvents(tx, events, options)
  const recorded = ingested.events[Symbol.iterator]()
  const outcomes = messages.map(({ event }, index): IngestOutcome => {
    const row = rowOf.get(index)
    if (row?.leadId == null) {
      return { status: 'refused', code: 'IDENTITY_CONFLICT', message: row?.message ?? 'It names nobody.' }
    }
    if (event === null) return { status: 'taken', leadId: row.leadId }
    const outcome = recorded.next().value
    if (outcome === undefined || outcome.status === 'unknown_lead') {
      return { status: 'refused', code: 'LEAD_NOT_FOUND', message: 'The lead was erased; nothing was recorded.' }
    }
    return { status: outcome.status === 'recorded' ? 'taken' : 'duplicate', leadId: outcome.leadId }
  })
  const count = (status: string) => outcomes.filter((outcome) => outcome.status === status).length
  await tx.insert(auditLog).values({
    actor,
    action: 'ingest',
    subjectKind: 'request',
    subjectId: batchId,
    after: { messages: messages.length, taken: count('taken'), duplicates: count('duplicate') },
  })
  return { outcomes, leadIds: [...upserted.leadIds, ...ingested.leadIds] }
}

interface Row {
  lead: IncomingLead
  /** Messages that are about it. */
  indexes: number[]
}

/** One row per set of names, in the order of the messages; what comes later overwrites what came before. */
async function toRows(
  tx: Transaction,
  messages: readonly IngestMessage[],
  names: readonly Names[],
  isPublic: boolean,
  library: Library,
): Promise<Row[]> {
  const rows = new Map<string, Row>()
  for (const [index, { fields }] of messages.entries()) {
    const { externalId, email, anonymousId } = names[index] ?? {}
    const key = JSON.stringify([externalId, email, anonymousId])
    const row = rows.get(key) ?? { lead: { externalId, email, anonymousId, fields: {} }, indexes: [] }
    rows.set(key, row)
    row.indexes.push(index)
    const { email: _, ...others } = fields
    row.lead.fields = { ...row.lead.fields, ...others }
  }
  const all = [...rows.values()]
  return isPublic ? fillOnly(tx, all, library) : all
}

/** Keeps of each row what is not known yet. Locks the leads, so that it stays so. */
async function fillOnly(tx: Transaction, rows: readonly Row[], library: Library): Promise<Row[]> {
  const { leadOf, locked } = await lockReferenced(
    tx,
    rows.map(({ lead: { externalId, email, anonymousId } }) => ({ externalId, email, anonymousId })),
  )
  return rows.map(({ lead, indexes }, index) => {
    const current = locked.get(leadOf[index] ?? '')
    if (current === undefined) {
      return { lead: { ...lead, fields: { source: websiteSource, ...lead.fields } }, indexes }
    }
    const fields = Object.entries(lead.fields ?? {}).filter(([key]) => !isKnown(current, key, library))
    // A lead that has an address is found by the one it has, so that another spelling of it changes nothing.
    const email = current.row.email ?? lead.email
    return { lead: { ...lead, email, fields: Object.fromEntries(fields) }, indexes }
  })
}

function isKnown({ row }: LockedLead, key: string, library: Library): boolean {
  const field = findField(key, library)
  if (field === null) return true
  const columns: Readonly<Record<string, unknown>> = row
  const value = field.core === undefined ? row.fields[key] : columns[field.core.property]
  return value !== null && value !== undefined && value !== '' && value !== false
}
