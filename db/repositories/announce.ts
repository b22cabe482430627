/**
 * What follows from changed facts, for all writers alike: whoever waits on them is woken, and the triggers they answer
 * bring leads in. A few statements whatever the number of leads. See ADR 0006.
 */
import { sql } from 'drizzle-orm'
import type { Happening } from '#engine/entry/happening.ts'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Queryable } from '../client.ts'
import { bulkSize, guardEntries } from './entry-guard.ts'
import { addInputs, type AddressedInput, type InputPriority } from './inputs.ts'
import { jsonRows } from './json-rows.ts'
import { diffMembers, entriesFor, readConcernedTriggers, segmentEntry } from './triggers.ts'

/** What changed about one lead. */
export interface FactChange {
  leadId: string
  /** In the lead's own clock. */
  at: Instant
  /** Dependencies that changed: `field:<key>`, `tag:<tag>`, `event:<type>`, `answer:<survey>`, `suppression:<channel>`, `received`, `delivery`. */
  keys: readonly string[]
  happenings?: readonly Happening[]
  /** A lead that is new: compared with every watched segment, since a rule may hold for want of something, too. */
  isNew?: boolean
}

export interface AnnounceOptions {
  library: Library
  /** @default 3 */
  priority?: InputPriority
  /**
   * True inside a turn: the turn itself re-runs the lead's enrollments, so that no `fact` input is written for them.
   * Triggers and segments are looked at all the same. @default false
   */
  skipWaiting?: boolean
  /**
   * False: nobody enters a journey because of this (history being loaded). Segment membership is still remembered, so
   * that those leads do not "enter" at a later, unrelated change. @default true
   */
  enroll?: boolean
}

export interface Announced {
  /** Leads with new inputs: poke them after the commit. Sorted. */
  leadIds: string[]
  inputs: number
}

/**
 * The caller holds the leads' locks (`lockLeads`) and has written the facts in the same transaction. Entries that a bulk
 * job (priority 4 and 5, or more than 50 leads at once) causes above a journey's guard are held, see entry-guard.ts.
 */
export async function announceChanges(
  tx: Queryable,
  changes: readonly FactChange[],
  { library, priority = 3, skipWaiting = false, enroll = true }: AnnounceOptions,
): Promise<Announced> {
  const inputs: AddressedInput[] = []
  if (!skipWaiting) inputs.push(...(await wakeWaiting(tx, changes)))

  const keys = changes.some((change) => change.isNew)
    ? 'all'
    : [...new Set(changes.flatMap((change) => [...change.keys]))]
  const happenings = enroll ? changes.flatMap((change) => [...(change.happenings ?? [])]) : []
  const triggers = await readConcernedTriggers(tx, happenings, keys)
  if (enroll && triggers.length > 0) {
    for (const change of changes) {
      inputs.push(...entriesFor(change.leadId, change.happenings ?? [], triggers))
    }
  }
  for (const live of triggers.filter(({ trigger }) => trigger.kind === 'segment_entered')) {
    const touched = changes.filter((change) => change.isNew || change.keys.some((key) => live.dependsOn.includes(key)))
    // Rules are evaluated at an instant; real leads of one call share it, test leads have their run's.
    for (const [at, leadIds] of groupByInstant(touched)) {
      const entered = await diffMembers(tx, live, leadIds, at, library)
      if (enroll) inputs.push(...entered.map((leadId) => segmentEntry(live, leadId, at)))
    }
  }

  const isBulk = priority >= 4 || changes.length > bulkSize
  const allowed = isBulk ? await guardEntries(tx, inputs) : inputs
  await addInputs(tx, allowed, priority)
  return { leadIds: [...new Set(allowed.map((input) => input.leadId))].sort(), inputs: allowed.length }
}

/** One look at the active enrollments of these leads: an input for each lead that rests on something that changed, naming it. */
export async function wakeWaiting(tx: Queryable, changes: readonly FactChange[]): Promise<AddressedInput[]> {
  const rows = changes.filter((change) => change.keys.length > 0 && change.isNew !== true)
  if (rows.length === 0) return []
  const woken = await tx.execute<{ lead_id: string; keys: string[]; at: number }>(sql`
    select c.lead_id, c.at, array_agg(distinct key order by key) as keys
      from ${jsonRows(
        rows.map(({ leadId, at, keys }) => ({ lead_id: leadId, at, keys })),
        'c',
        'lead_id uuid, at float8, keys text[]',
      )}
      join enrollments e on e.lead_id = c.lead_id and e.status = 'active' and e.depends_on && c.keys
     cross join lateral unnest(e.depends_on) as key
     where key = any(c.keys)
     group by c.lead_id, c.at
     order by c.lead_id`)
  return woken.map((row) => {
    const type = row.keys.length === 1 && row.keys[0]?.startsWith('event:') ? row.keys[0].slice('event:'.length) : null
    return {
      leadId: row.lead_id,
      at: row.at,
      input: type === null ? { kind: 'fact' as const, keys: row.keys } : { kind: 'event' as const, type },
    }
  })
}

function groupByInstant(changes: readonly FactChange[]): Map<Instant, string[]> {
  const groups = new Map<Instant, string[]>()
  for (const { leadId, at } of changes) {
    const group = groups.get(at)
    if (group === undefined) groups.set(at, [leadId])
    else group.push(leadId)
  }
  return groups
}
