/** Creates leads, or finds them by what other systems call them and brings them up to date. Set-based. */
import { inArray, sql } from 'drizzle-orm'
import type { FieldValue, Instant } from '#engine/facts.ts'
import type { Attention, Stage } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { leadIdentities, leads, type LeadClock } from '../schema/leads.ts'
import { announceChanges } from './announce.ts'
import { findIdentities, identitiesOf, identityKey, recordIdentities, type Identity } from './identities.ts'
import {
  applyLeadChanges,
  recallSuppressions,
  type LeadChange,
  type LeadChangeOptions,
  type RefusedChange,
} from './lead-changes.ts'
import { applyToDraft, startDraft, type LeadDraft } from './lead-draft.ts'
import { databaseNow } from './lead-locks.ts'
import { insertLeads, writeTags } from './lead-writes.ts'

/** A lead as an import, a form or an API call brings it. */
export interface IncomingLead {
  externalId?: string | undefined
  email?: string | undefined
  anonymousId?: string | undefined
  /** Core and custom fields by key. Null clears a field of a known lead; absent leaves it. */
  fields?: Record<string, FieldValue>
  tags?: readonly string[]
  stage?: Stage
  attention?: Attention
  /** The score to have (not to add). For a new lead only. */
  score?: number
  /** For a new lead only. @default now */
  createdAt?: Instant
  lastActivityAt?: Instant
  /** Makes a test lead of this run, with the run's clock. Its identities live apart from those of real leads. */
  test?: { runId: string; clock: LeadClock }
}

export interface UpsertOptions extends LeadChangeOptions {
  /** What to do with a lead that is known. @default 'update' */
  onExisting?: 'update' | 'skip'
  /** What leads asked for themselves is only made stricter (`tightenWish`): for senders that know less than the lead. */
  onlyTighten?: boolean
  /** Names this import: `import` triggers fire once per lead and import. Absent = they do not fire. */
  importKey?: string
}

export interface UpsertedLead {
  /** Null when refused. */
  leadId: string | null
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped' | 'refused'
  /** Why it was refused. */
  message?: string
}

export interface UpsertResult {
  /** One per row, in the order given. */
  rows: UpsertedLead[]
  /** Leads with new inputs: poke them after the commit. */
  leadIds: string[]
  inputs: number
  /** Single changes that were not made; the rest of their row was. */
  refused: RefusedChange[]
}

const chunkSize = 1000

/**
 * Rows with the same identity, in one call or ever, are one lead; a row without any identity is always a new one. A row
 * whose identities belong to two leads is refused: merging is a person's decision. A concurrent writer of the same
 * identity wins or loses cleanly; there are never two leads for one. About fifteen statements per 1,000 rows.
 */
export async function upsertLeads(
  tx: Transaction,
  rows: readonly IncomingLead[],
  options: UpsertOptions,
): Promise<UpsertResult> {
  const result: UpsertResult = { rows: [], leadIds: [], inputs: 0, refused: [] }
  for (let start = 0; start < rows.length; start += chunkSize) {
    await upsertChunk(tx, rows.slice(start, start + chunkSize), options, result)
  }
  result.leadIds = [...new Set(result.leadIds)].sort()
  return result
}

interface PlannedRow {
  row: IncomingLead
  identities: Identity[]
  leadId: string
}

async function upsertChunk(
  tx: Transaction,
  rows: readonly IncomingLead[],
  options: UpsertOptions,
  result: UpsertResult,
): Promise<void> {
  const offset = result.rows.length
  const found = await findIdentities(
    tx,
    rows.flatMap((row) => rowIdentities(row)),
  )
  const planned = new Map<number, PlannedRow>()
  const fresh = new Map<string, LeadDraft>()
  const [clock] = await tx.execute<{ now: number }>(sql`select ${databaseNow} as now`)
  const now = options.at ?? clock?.now ?? 0
  for (const [index, row] of rows.entries()) {
    const identities = rowIdentities(row)
    const owners = [...new Set(identities.flatMap((identity) => found.get(identityKey(identity)) ?? []))]
    if (owners.length > 1) {
      const message = `What names this lead belongs to different leads ("${owners.join('", "')}"); merge them first.`
      result.rows[offset + index] = { leadId: null, outcome: 'refused', message }
      continue
    }
    const leadId = owners[0] ?? newId()
    if (owners.length === 0) fresh.set(leadId, startNewLead(leadId, row, now))
    for (const identity of identities) found.set(identityKey(identity), leadId)
    planned.set(index, { row, identities, leadId })
  }
  await insertFresh(tx, planned, fresh, options)
  await recallSuppressions(tx, [...fresh.values()])

  const changes: LeadChange[] = []
  const isKnown = new Set<string>()
  for (const [index, { row, leadId }] of planned) {
    const isCreated = fresh.has(leadId)
    const outcome = isCreated ? 'created' : options.onExisting === 'skip' ? 'skipped' : 'unchanged'
    result.rows[offset + index] = { leadId, outcome }
    if (isCreated || outcome === 'skipped') continue
    isKnown.add(leadId)
    changes.push(...toChanges(leadId, row, options.onlyTighten))
  }
  const changed = await applyLeadChanges(tx, changes, options)
  const touched = new Set(changed.changedLeadIds)
  for (const [index] of planned) {
    const row = result.rows[offset + index]
    if (row?.outcome === 'unchanged' && row.leadId !== null && touched.has(row.leadId)) row.outcome = 'updated'
  }
  const announced = await announceArrivals(tx, fresh, isKnown, now, options)
  result.leadIds.push(...changed.leadIds, ...announced.leadIds)
  result.inputs += changed.inputs + announced.inputs
  result.refused.push(...changed.refused, ...[...fresh.values()].flatMap((draft) => draft.refused))
}

/** Inserts the new leads and their identities. Who lost a race for an identity becomes the lead that won it. */
async function insertFresh(
  tx: Transaction,
  planned: ReadonlyMap<number, PlannedRow>,
  fresh: Map<string, LeadDraft>,
  { library, onlyTighten }: UpsertOptions,
): Promise<void> {
  for (const { row, leadId } of planned.values()) {
    const draft = fresh.get(leadId)
    if (draft !== undefined)
      for (const change of toChanges(leadId, row, onlyTighten)) applyToDraft(draft, change, '', library)
  }
  await insertLeads(tx, [...fresh.values()])
  const taken = await recordIdentities(
    tx,
    [...planned.values()].flatMap(({ identities, leadId }) => identities.map((identity) => ({ ...identity, leadId }))),
  )
  const lost = new Map(taken.filter(({ leadId }) => fresh.has(leadId)).map(({ leadId, owner }) => [leadId, owner]))
  if (lost.size === 0) return
  await tx.delete(leadIdentities).where(inArray(leadIdentities.leadId, [...lost.keys()]))
  await tx.delete(leads).where(inArray(leads.id, [...lost.keys()]))
  for (const leadId of lost.keys()) fresh.delete(leadId)
  for (const row of planned.values()) row.leadId = lost.get(row.leadId) ?? row.leadId
}

async function announceArrivals(
  tx: Transaction,
  fresh: ReadonlyMap<string, LeadDraft>,
  known: ReadonlySet<string>,
  now: Instant,
  options: UpsertOptions,
): Promise<{ leadIds: string[]; inputs: number }> {
  const drafts = [...fresh.values()]
  for (const draft of drafts) draft.happenings = []
  await writeTags(tx, drafts, options.actor)
  const { importKey } = options
  const arrived = (at: Instant) => (importKey === undefined ? [] : [{ kind: 'import' as const, key: importKey, at }])
  return announceChanges(
    tx,
    [
      ...drafts.map((draft) => ({
        leadId: draft.leadId,
        at: draft.at,
        keys: [...draft.keys],
        happenings: [...draft.happenings, ...arrived(draft.at)],
        isNew: true,
      })),
      ...(importKey === undefined ? [] : [...known]).map((leadId) => ({
        leadId,
        at: now,
        keys: [],
        happenings: arrived(now),
      })),
    ],
    options,
  )
}

function rowIdentities(row: IncomingLead): Identity[] {
  const fieldEmail = row.fields?.['email']
  const email = row.email ?? (typeof fieldEmail === 'string' ? fieldEmail : undefined)
  return identitiesOf({ ...row, email }, row.test?.runId ?? null)
}

/** Stage, attention and score a lead arrives with are its beginning, not a change: no history, no trigger. */
function startNewLead(leadId: string, row: IncomingLead, now: Instant): LeadDraft {
  const at = row.test === undefined ? now : row.test.clock.virtualStart
  return startDraft(
    {
      now: at,
      row: {
        ...emptyColumns,
        id: leadId,
        stage: row.stage ?? 'new',
        attention: row.attention ?? 'cool',
        score: row.score ?? 0,
        isTest: row.test !== undefined,
        testRunId: row.test?.runId ?? null,
        clock: row.test?.clock ?? null,
        lastActivityAt: row.lastActivityAt === undefined ? null : new Date(row.lastActivityAt),
        createdAt: new Date(row.createdAt ?? at),
        updatedAt: new Date(at),
      },
    },
    at,
  )
}

const emptyColumns = {
  email: null,
  phone: null,
  firstName: null,
  lastName: null,
  company: null,
  title: null,
  addressLine1: null,
  city: null,
  region: null,
  postalCode: null,
  country: null,
  language: null,
  zone: null,
  source: null,
  ownerId: null,
  objected: false,
  doNotEmail: false,
  doNotMail: false,
  doNotCall: false,
  replyHeldUntil: null,
  fields: {},
  folded: {},
  mergedInto: null,
  erasedAt: null,
}

function toChanges(leadId: string, row: IncomingLead, onlyTighten = false): LeadChange[] {
  const fields = { ...(row.email === undefined ? {} : { email: row.email.trim() }), ...row.fields }
  return [
    ...Object.entries(fields).map(([field, value]) => ({
      leadId,
      kind: 'set_field' as const,
      field,
      value,
      onlyTighten,
    })),
    ...(row.tags ?? []).map((tag) => ({ leadId, kind: 'add_tag' as const, tag })),
    ...(row.stage === undefined ? [] : [{ leadId, kind: 'set_stage' as const, stage: row.stage }]),
    ...(row.attention === undefined ? [] : [{ leadId, kind: 'set_attention' as const, attention: row.attention }]),
  ]
}
