/**
 * The blast guard: more entries into a journey within an hour than its settings allow wait until a person agrees. It
 * counts entries whatever brought them in; a lead's own act (one lead at a time) is never held.
 */
import { and, eq, sql } from 'drizzle-orm'
import { newId } from '../ids.ts'
import type { Queryable } from '../client.ts'
import { leadInputs } from '../schema/inputs.ts'
import { sweeps } from '../schema/journeys.ts'
import { auditLog } from '../schema/tasks.ts'
import type { AddressedInput, LeadInput } from './inputs.ts'
import { uuidArray } from './json-rows.ts'

/** From this many leads at once on, what sets off entries is a bulk job and not people's own acts. */
export const bulkSize = 50

type Entry = AddressedInput & { input: Extract<LeadInput, { kind: 'enroll' }> }

/** Real leads that entered a journey within the last hour, and those that are on their way in. Stops at `most`. */
export async function entriesInLastHour(db: Queryable, journeyId: string, most = 10_000_000): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    select (
      (select count(*) from (
        select 1 from enrollments
         where journey_id = ${journeyId} and entered_at > now() - interval '1 hour' and not is_test
         limit ${most}) entered)
      + (select count(*) from (
        select 1 from lead_inputs i join leads l on l.id = i.lead_id and not l.is_test
         where i.consumed_at is null and i.kind = 'enroll' and i.payload->>'journeyId' = ${journeyId}
         limit ${most}) coming)
    )::int as count`)
  return row?.count ?? 0
}

/**
 * Of a bulk job's inputs, those that may be written now. Entries above a journey's guard are put aside instead: as inputs
 * that no turn looks at, under a held sweep of their trigger, which `releaseSweep` brings in. Test leads are never held.
 * Call inside the transaction that writes what is returned.
 */
export async function guardEntries(tx: Queryable, inputs: readonly AddressedInput[]): Promise<AddressedInput[]> {
  const byJourney = new Map<string, Entry[]>()
  for (const entry of inputs) {
    if (!isEntry(entry)) continue
    const list = byJourney.get(entry.input.journeyId)
    if (list === undefined) byJourney.set(entry.input.journeyId, [entry])
    else list.push(entry)
  }
  if (byJourney.size === 0) return [...inputs]
  const limits = await readGuards(tx, [...byJourney.keys()])
  const held = new Set<AddressedInput>()
  for (const [journeyId, entries] of byJourney) {
    const perHour = limits.get(journeyId)
    if (perHour === undefined) continue
    const entered = await entriesInLastHour(tx, journeyId, perHour)
    const room = Math.max(0, perHour - entered)
    if (entries.length <= room) continue
    const isTest = await readTestLeads(tx, entries)
    const over = entries.filter((entry) => !isTest.has(entry.leadId)).slice(room)
    await hold(tx, journeyId, over, { reason: 'entry guard', entriesInLastHour: entered, entryGuardPerHour: perHour })
    for (const entry of over) held.add(entry)
  }
  return inputs.filter((input) => !held.has(input))
}

/**
 * Brings in the next of a released sweep's entries, at this instant; of one that waits for nothing there are none. The
 * caller has locked the sweep. Returns their leads.
 */
export async function takeHeldEntries(tx: Queryable, sweepId: string, limit: number): Promise<string[]> {
  const rows = await tx.execute<{ lead_id: string }>(sql`
    update lead_inputs set consumed_at = null, outcome = null,
           at = greatest(at, date_trunc('milliseconds', clock_timestamp()))
     where id in (select id from lead_inputs
                   where outcome like 'held: %' and outcome = ${outcomeOf(sweepId)} order by id limit ${limit})
    returning lead_id`)
  return [...new Set(rows.map((row) => row.lead_id))].sort()
}

function isEntry(input: AddressedInput): input is Entry {
  return input.input.kind === 'enroll'
}

function outcomeOf(sweepId: string): string {
  return `held: ${sweepId}`
}

async function readGuards(tx: Queryable, journeyIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.execute<{ id: string; per_hour: number | null }>(sql`
    select j.id, (v.definition->'settings'->>'entryGuardPerHour')::int as per_hour
      from journeys j join journey_versions v on v.journey_id = j.id and v.version = j.live_version
     where j.id = any(${uuidArray(journeyIds)})`)
  return new Map(rows.flatMap((row) => (row.per_hour === null ? [] : [[row.id, row.per_hour] as const])))
}

async function readTestLeads(tx: Queryable, entries: readonly Entry[]): Promise<Set<string>> {
  const ids = [...new Set(entries.map((entry) => entry.leadId))]
  const rows = await tx.execute<{ id: string }>(sql`select id from leads where id = any(${uuidArray(ids)}) and is_test`)
  return new Set(rows.map((row) => row.id))
}

async function hold(
  tx: Queryable,
  journeyId: string,
  entries: readonly Entry[],
  detail: Record<string, string | number>,
): Promise<void> {
  const byTrigger = new Map<string, Entry[]>()
  for (const entry of entries) {
    const list = byTrigger.get(entry.input.triggerId)
    if (list === undefined) byTrigger.set(entry.input.triggerId, [entry])
    else list.push(entry)
  }
  for (const [triggerId, list] of byTrigger) {
    const sweepId = await heldSweep(tx, { journeyId, triggerId }, list.length, detail)
    await tx.insert(leadInputs).values(
      list.map(({ leadId, at, input: { kind, ...payload } }) => ({
        leadId,
        kind,
        at: new Date(at),
        payload,
        consumedAt: sql`now()`,
        outcome: outcomeOf(sweepId),
      })),
    )
  }
}

/** The trigger's sweep that is held already (nobody can release it before this transaction ends), or a new one. */
async function heldSweep(
  tx: Queryable,
  { journeyId, triggerId }: { journeyId: string; triggerId: string },
  count: number,
  detail: Record<string, string | number>,
): Promise<string> {
  const [known] = await tx
    .update(sweeps)
    .set({ matched: sql`${sweeps.matched} + ${count}`, updatedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(sweeps.journeyId, journeyId),
        eq(sweeps.triggerId, triggerId),
        eq(sweeps.status, 'held'),
        sql`${sweeps.source}->>'kind' = 'held'`,
      ),
    )
    .returning({ id: sweeps.id })
  if (known !== undefined) return known.id
  const id = `${journeyId}:${triggerId}:held:${newId()}`
  const firesAt = sql`date_trunc('milliseconds', clock_timestamp())`
  await tx
    .insert(sweeps)
    .values({ id, journeyId, triggerId, firesAt, source: { kind: 'held' }, status: 'held', matched: count })
  await tx
    .insert(auditLog)
    .values({ actor: 'system', action: 'sweep.held', subjectKind: 'sweep', subjectId: id, after: detail })
  return id
}
