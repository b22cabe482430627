/** What time alone brings in, looked at every five minutes: dates that came round, and segments with time in their rule. */
import { sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Database, Queryable } from '#db/client.ts'
import { findOccurrences, inScope, occurrenceEntry, type LeadScope } from '#db/repositories/date-triggers.ts'
import { guardEntries } from '#db/repositories/entry-guard.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { triggerDependencies } from '#db/repositories/journeys.ts'
import { libraryRevision, type createLibraryCache } from '#db/repositories/library.ts'
import { databaseNow, lockLeads } from '#db/repositories/lead-locks.ts'
import {
  diffMembers,
  livingLead,
  readLiveTriggers,
  segmentEntry,
  timeDependency,
  triggerKey,
  type LiveTrigger,
} from '#db/repositories/triggers.ts'
import { compileRule } from '#db/rules/compile.ts'
import { settings } from '#db/schema/library.ts'
import { journeyTriggers } from '#db/schema/journeys.ts'
import type { Poker } from '../poker.ts'

export interface TriggerSweepDependencies {
  db: Database
  poker: Poker
  libraries: ReturnType<typeof createLibraryCache>
}

/** Dates missed for longer than this (a server that was down, a journey that was paused) are not made up for. */
const catchupMs = 24 * 3_600_000
/** Candidates compared under their locks at a time. */
const chunkSize = 1000
const priority = 4

/**
 * One sweep of all live triggers that time fires, for real leads. Each trigger is a transaction of its own that also
 * moves its `fired_until`, so that a repeat finds nothing left. One trigger's failure does not stop the others; it is
 * reported when all had their turn.
 *
 * @throws {AggregateError} when triggers failed.
 */
export async function sweepTriggers(deps: TriggerSweepDependencies): Promise<{ entered: number }> {
  const { db, libraries } = deps
  const revision = await libraryRevision(db)
  const library = await libraries.get(db, revision)
  await refreshDependencies(db, library, revision)
  const [clock] = await db.execute<{ now: number }>(sql`select ${databaseNow} as now`)
  const now = clock?.now ?? 0
  const triggers = await readLiveTriggers(
    db,
    sql`jt.kind in ('date_field', 'computed_date')
        or (jt.kind = 'segment_entered' and (jt.fired_until is null or ${timeDependency} = any(jt.depends_on)))`,
  )
  let entered = 0
  const failures: Error[] = []
  for (const live of triggers) {
    try {
      if (live.trigger.kind === 'segment_entered') {
        entered += await sweepSegment(deps, live, library, now, { testRunId: null })
        await markFired(db, live, now)
      } else {
        const after = Math.max(live.firedUntil ?? now, now - catchupMs)
        entered += await sweepDates(deps, live, library, { after, until: now }, { testRunId: null })
      }
    } catch (error) {
      failures.push(new Error(`Trigger "${triggerKey(live.journeyId, live.triggerId)}" failed.`, { cause: error }))
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join(' '))
  return { entered }
}

/**
 * Enters the leads whose date fell in the window, and remembers (for real leads) that it was looked at: all or nothing.
 * Those above the journey's entry guard are held. Returns how many entered.
 */
export async function sweepDates(
  { db, poker }: TriggerSweepDependencies,
  live: LiveTrigger,
  library: Library,
  { after, until }: { after: Instant; until: Instant },
  scope: LeadScope,
): Promise<number> {
  const { trigger, zone } = live
  if (trigger.kind !== 'date_field' && trigger.kind !== 'computed_date') return 0
  const found = await findOccurrences(db, { trigger, zone, after, until, library, ...scope })
  const entering: string[] = []
  await db.transaction(async (tx) => {
    for (let start = 0; start < found.length; start += chunkSize) {
      const chunk = found.slice(start, start + chunkSize)
      const allowed = await guardEntries(
        tx,
        chunk.map((occurrence) => occurrenceEntry(live, occurrence)),
      )
      await addInputs(tx, allowed, priority)
      entering.push(...allowed.map(({ leadId }) => leadId))
    }
    if (scope.testRunId === null) await markFired(tx, live, until)
  })
  await poker.poke(entering, { priority })
  return entering.length
}

/**
 * Compares everybody in scope with the remembered members of a watched segment. Who seems to have begun or ceased to
 * match is found in two statements without locks, then compared again under the lead's lock. All are remembered as
 * members; those above the journey's entry guard are held, not entered. Returns how many entered.
 */
export async function sweepSegment(
  { db, poker }: TriggerSweepDependencies,
  live: LiveTrigger,
  library: Library,
  now: Instant,
  scope: LeadScope,
): Promise<number> {
  const { trigger } = live
  if (trigger.kind !== 'segment_entered') return 0
  const key = triggerKey(live.journeyId, live.triggerId)
  const rule = compileRule(trigger.segment, {
    library,
    now: new Date(now),
    zone: live.zone,
    laterEvents: scope.testRunId !== null,
  })
  const rows = await db.execute<{ id: string }>(sql`
    select leads.id from leads
     where ${inScope(scope)} and ${livingLead} and (${rule})
       and not exists (select 1 from trigger_members m where m.trigger_key = ${key} and m.lead_id = leads.id)
    union all
    select leads.id from trigger_members m join leads on leads.id = m.lead_id
     where m.trigger_key = ${key} and ${inScope(scope)} and not (${livingLead} and coalesce((${rule}), false))`)
  const ids = rows.map((row) => row.id).sort()
  let entered = 0
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize)
    const begun = await db.transaction(async (tx) => {
      await lockLeads(tx, chunk)
      const matching = await diffMembers(tx, live, chunk, now, library)
      const allowed = await guardEntries(
        tx,
        matching.map((leadId) => segmentEntry(live, leadId, now)),
      )
      await addInputs(tx, allowed, priority)
      return allowed.map(({ leadId }) => leadId)
    })
    await poker.poke(begun, { priority })
    entered += begun.length
  }
  return entered
}

async function markFired(db: Queryable, live: LiveTrigger, until: Instant): Promise<void> {
  await db
    .update(journeyTriggers)
    .set({ firedUntil: new Date(until) })
    .where(sql`${journeyTriggers.journeyId} = ${live.journeyId} and ${journeyTriggers.triggerId} = ${live.triggerId}`)
}

const sweptRevision = 'segments_swept_revision'

/** After an edit of the library: segments may look at other facts now, and their members are compared once. */
async function refreshDependencies(db: Database, library: Library, revision: number): Promise<void> {
  const [row] = await db
    .select({ value: settings.value })
    .from(settings)
    .where(sql`${settings.key} = ${sweptRevision}`)
  if (Number(row?.value ?? -1) === revision) return
  await db.transaction(async (tx) => {
    for (const live of await readLiveTriggers(tx, sql`jt.kind = 'segment_entered'`)) {
      await tx
        .update(journeyTriggers)
        .set({ dependsOn: triggerDependencies(live.trigger, library), firedUntil: null })
        .where(
          sql`${journeyTriggers.journeyId} = ${live.journeyId} and ${journeyTriggers.triggerId} = ${live.triggerId}`,
        )
    }
    await tx
      .insert(settings)
      .values({ key: sweptRevision, value: revision })
      .onConflictDoUpdate({ target: settings.key, set: { value: revision, updatedAt: sql`now()` } })
  })
}
