/** What leads did, taken in by the thousand: kept once, counted, and only those it concerns are woken. */
import { sql } from 'drizzle-orm'
import { cleanJson, cleanText, foldProperties } from '#engine/text.ts'
import type { Happening } from '#engine/entry/happening.ts'
import type { Instant, Json } from '#engine/facts.ts'
import { ownActs } from '#engine/own-acts.ts'
import { endOfEvent } from '#engine/tasks/pointless.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { announceChanges, type AnnounceOptions, type FactChange } from './announce.ts'
import { findIdentities, followMerges, identitiesOf, identityKey, type LeadReference } from './identities.ts'
import { addInputs } from './inputs.ts'
import { jsonRows } from './json-rows.ts'
import { lockLeads, type LockedLead } from './lead-locks.ts'
import { closePointless } from './pointless-tasks.ts'

/** An event as a tracker, a form, a webhook or a step reports it. */
export interface IncomingEvent {
  lead: LeadReference
  type: string
  /** In the lead's own clock. Later than now becomes now: clocks of browsers are wrong. @default now */
  occurredAt?: Instant | undefined
  properties?: Record<string, Json>
  /** The sender's id of this event: a second one with it is a duplicate. Absent = it cannot be told. */
  dedupeKey?: string | null | undefined
}

type IngestedEvent =
  | { status: 'recorded'; leadId: string; eventId: number }
  | { status: 'duplicate'; leadId: string }
  /** Nobody is known by that name; nothing was kept. */
  | { status: 'unknown_lead' }

export interface IngestResult {
  /** One per event, in the order given. */
  events: IngestedEvent[]
  /** Leads with new inputs: poke them after the commit. */
  leadIds: string[]
  inputs: number
}

const chunkSize = 1000

/**
 * Records events, in any order and any number of times. Locks the leads in id order. Counters, the lead's last activity,
 * triggers and the waking of those who wait are in the same transaction. About eight statements per 1,000 events; events
 * that no enrollment depends on add no input and no poke.
 */
export async function ingestEvents(
  tx: Transaction,
  events: readonly IncomingEvent[],
  options: AnnounceOptions,
): Promise<IngestResult> {
  const result: IngestResult = { events: [], leadIds: [], inputs: 0 }
  for (let start = 0; start < events.length; start += chunkSize) {
    await ingestChunk(tx, events.slice(start, start + chunkSize), options, result)
  }
  result.leadIds = [...new Set(result.leadIds)].sort()
  return result
}

async function ingestChunk(
  tx: Transaction,
  events: readonly IncomingEvent[],
  options: AnnounceOptions,
  result: IngestResult,
): Promise<void> {
  const { leadOf, locked } = await lockReferenced(
    tx,
    events.map((event) => event.lead),
  )
  const rows = toRows(events, leadOf, locked)
  const eventIds = await insertEvents(tx, rows)
  const recorded = rows.filter((row) => eventIds.has(row.ord))
  await countEvents(tx, recorded)
  const active = await noteActivity(tx, recorded)

  const announced = await announceChanges(tx, toChanges(recorded, eventIds, locked, active), options)
  const endings = recorded.flatMap(({ lead_id: leadId, type }) => {
    const end = endOfEvent(type)
    return end === null ? [] : [{ leadId, at: locked.get(leadId)?.now ?? 0, end }]
  })
  const ended = await closePointless(tx, endings, 'event')
  await addInputs(tx, ended, options.priority)
  result.leadIds.push(...announced.leadIds, ...ended.map(({ leadId }) => leadId))
  result.inputs += announced.inputs + ended.length
  const byOrd = new Map(rows.map((row) => [row.ord, row]))
  for (const ord of events.keys()) {
    const row = byOrd.get(ord)
    const eventId = eventIds.get(ord)
    if (row === undefined) result.events.push({ status: 'unknown_lead' })
    else if (eventId === undefined) result.events.push({ status: 'duplicate', leadId: row.lead_id })
    else result.events.push({ status: 'recorded', leadId: row.lead_id, eventId })
  }
}

/** The lead each reference means, or null: by id, else by the strongest identity that is known; merges are followed. */
export async function resolveLeads(tx: Transaction, references: readonly LeadReference[]): Promise<(string | null)[]> {
  const byName = references.filter((reference) => reference.id === undefined)
  const found = await findIdentities(
    tx,
    byName.flatMap((reference) => identitiesOf(reference)),
  )
  const given = references.flatMap((reference) => (reference.id === undefined ? [] : [reference.id]))
  const survivors = await followMerges(tx, given)
  return references.map((reference) => {
    if (reference.id !== undefined) return survivors.get(reference.id) ?? reference.id
    const owners = identitiesOf(reference).flatMap((identity) => found.get(identityKey(identity)) ?? [])
    return owners[0] ?? null
  })
}

/** Merges that may come in between, one after another; more would be a corrupted chain. */
const mostLooks = 3

/**
 * Resolves and locks. A lead that was merged between the look and the lock is followed to the one it became; that lock is
 * taken out of order, so that a caller must be ready to run again (`transact`).
 */
export async function lockReferenced(
  tx: Transaction,
  references: readonly LeadReference[],
): Promise<{ leadOf: (string | null)[]; locked: Map<string, LockedLead> }> {
  for (let look = 1; ; look += 1) {
    const leadOf = await resolveLeads(tx, references)
    const locked = await lockLeads(
      tx,
      leadOf.filter((id) => id !== null),
    )
    // What is locked and not merged cannot be merged any more before we commit.
    const isSettled = [...locked.values()].every((lead) => lead.row.mergedInto === null)
    if (isSettled || look === mostLooks) return { leadOf, locked }
  }
}

interface EventRow {
  ord: number
  lead_id: string
  type: string
  at: Instant
  properties: Record<string, Json>
  dedupe_key: string | null
}

function toRows(
  events: readonly IncomingEvent[],
  leadOf: readonly (string | null)[],
  locked: ReadonlyMap<string, LockedLead>,
): EventRow[] {
  return events.flatMap((event, ord) => {
    const lead = locked.get(leadOf[ord] ?? '')
    if (lead === undefined || lead.row.erasedAt !== null) return []
    return [
      {
        ord,
        lead_id: lead.row.id,
        type: cleanText(event.type),
        at: Math.min(event.occurredAt ?? lead.now, lead.now),
        properties: cleanJson(event.properties ?? {}),
        dedupe_key: event.dedupeKey ?? null,
      },
    ]
  })
}

/**
 * Inserts those that are not there yet. Returns position → event id of the new ones. Numbered as they were told, so that
 * those of one instant keep their order; inserted by key, so that two senders of the same ones never wait in a circle.
 */
async function insertEvents(tx: Transaction, rows: readonly EventRow[]): Promise<Map<number, number>> {
  if (rows.length === 0) return new Map()
  const source = jsonRows(
    rows.map((row) => ({ ...row, at: new Date(row.at), folded: foldProperties(row.properties) })),
    'r',
    'ord int, lead_id uuid, type text, at timestamptz, properties jsonb, folded jsonb, dedupe_key text',
  )
  const inserted = await tx.execute<{ ord: number; id: number }>(sql`
    with source as materialized (select nextval('events_id_seq') as id, r.* from ${source} order by ord),
    inserted as (
      insert into events (id, lead_id, type, occurred_at, properties, folded, dedupe_key)
      select id, lead_id, type, at, properties, folded, dedupe_key from source order by dedupe_key, ord
      on conflict (dedupe_key) do nothing
      returning id
    )
    select source.ord, source.id::float8 as id from source join inserted using (id)`)
  return new Map(inserted.map((row) => [row.ord, row.id]))
}

async function countEvents(tx: Transaction, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return
  const source = jsonRows(
    rows.map((row) => ({ lead_id: row.lead_id, type: row.type, at: new Date(row.at) })),
    'r',
    'lead_id uuid, type text, at timestamptz',
  )
  await tx.execute(sql`
    insert into event_totals (lead_id, type, count, first_at, last_at)
    select lead_id, type, count(*), min(at), max(at) from ${source} group by lead_id, type order by lead_id, type
    on conflict (lead_id, type) do update
      set count = event_totals.count + excluded.count,
          first_at = least(event_totals.first_at, excluded.first_at),
          last_at = greatest(event_totals.last_at, excluded.last_at)`)
}

/** Moves `last_activity_at` on where it is later. Returns the leads it moved for. */
async function noteActivity(tx: Transaction, rows: readonly EventRow[]): Promise<Set<string>> {
  const acts = rows.filter((row) => !ownActs.has(row.type))
  if (acts.length === 0) return new Set()
  const source = jsonRows(
    acts.map((row) => ({ lead_id: row.lead_id, at: new Date(row.at) })),
    'r',
    'lead_id uuid, at timestamptz',
  )
  const moved = await tx.execute<{ id: string }>(sql`
    update leads set last_activity_at = latest.at
      from (select lead_id, max(at) as at from ${source} group by lead_id) latest
     where leads.id = latest.lead_id and (leads.last_activity_at is null or leads.last_activity_at < latest.at)
    returning leads.id`)
  return new Set(moved.map((row) => row.id))
}

function toChanges(
  rows: readonly EventRow[],
  eventIds: ReadonlyMap<number, number>,
  locked: ReadonlyMap<string, LockedLead>,
  active: ReadonlySet<string>,
): FactChange[] {
  const byLead = new Map<string, { keys: Set<string>; happenings: Happening[] }>()
  for (const { ord, lead_id: leadId, type, at, properties } of rows) {
    const change = byLead.get(leadId) ?? { keys: new Set(), happenings: [] }
    byLead.set(leadId, change)
    change.keys.add(`event:${type}`)
    const survey = properties['survey']
    if (isAnswer(type) && typeof survey === 'string') change.keys.add(`answer:${survey}`)
    if (active.has(leadId)) change.keys.add('field:last_activity_at')
    change.happenings.push({ kind: 'event', key: String(eventIds.get(ord)), at, type, properties })
  }
  return [...byLead].map(([leadId, { keys, happenings }]) => {
    const lead = locked.get(leadId)
    // A late event of a real lead does not turn back time: what it leads to happens now. A test lead's clock may have run
    // on a day while the event travelled; there it counts as it happened, so that a run's speed decides nothing.
    const now = lead?.now ?? 0
    const dated = lead?.row.isTest === true ? happenings : happenings.map((happening) => ({ ...happening, at: now }))
    const at = dated.reduce((latest, happening) => Math.max(latest, happening.at), 0)
    return { leadId, at, keys: [...keys], happenings: dated }
  })
}

function isAnswer(type: string): boolean {
  return type === builtInEvents.surveyAnswered || type === builtInEvents.questionAnswered
}
