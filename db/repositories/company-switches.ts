/** Switches of the whole company: is mail really sent, is everything held, and has Postgres gone back in time. */
import { eq, inArray, sql } from 'drizzle-orm'
import { allowListEntrySchema, allowListSchema, type AllowList } from '#engine/allow-list.ts'
import type { Json } from '#engine/facts.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'

export interface CompanySwitches {
  /** Off until an owner turns it on: mail goes to the built-in mailbox. @default false */
  liveSending: boolean
  /** While on, nothing is sent to real leads; test leads go on. @default false */
  hold: boolean
  /** Why it is held; null when it is not. */
  holdReason: string | null
  /** Whom real mail reaches while live sending is off. */
  allowList: AllowList
}

/** Reads the switches; one indexed look. */
export async function readSwitches(db: Queryable): Promise<CompanySwitches> {
  const rows = await db
    .select({ key: settings.key, value: settings.value })
    .from(settings)
    .where(inArray(settings.key, ['live_sending', 'hold', 'allow_list']))
  const values = new Map(rows.map((row) => [row.key, row.value]))
  const hold = asHold(values.get('hold'))
  return {
    liveSending: values.get('live_sending') === true,
    hold: hold.on,
    holdReason: hold.on ? hold.reason : null,
    allowList: allowListSchema.parse(values.get('allow_list')),
  }
}

/** True while nothing goes out to real leads. */
export async function isOnHold(db: Queryable): Promise<boolean> {
  return (await readSwitches(db)).hold
}

/**
 * Holds or releases everything that would go out to real leads. Binds from its commit on: the mailroom looks again right
 * before each provider call. Call in a transaction; audited.
 */
export async function setHold(tx: Queryable, change: { on: boolean; reason: string; actor: string }): Promise<void> {
  const before = await readSwitches(tx)
  await writeSetting(tx, 'hold', { on: change.on, reason: change.reason })
  await tx.insert(auditLog).values({
    actor: change.actor,
    action: change.on ? 'company.hold' : 'company.release',
    subjectKind: 'company',
    subjectId: 'hold',
    before: { on: before.hold, reason: before.holdReason },
    after: { on: change.on, reason: change.reason },
  })
}

/** Turns real sending on or off. Off, mail still goes to the built-in mailbox. Call in a transaction; audited. */
export async function setLiveSending(tx: Queryable, change: { on: boolean; actor: string }): Promise<void> {
  const before = await readSwitches(tx)
  await writeSetting(tx, 'live_sending', change.on)
  await tx.insert(auditLog).values({
    actor: change.actor,
    action: change.on ? 'company.live_sending_on' : 'company.live_sending_off',
    subjectKind: 'company',
    subjectId: 'live_sending',
    before: before.liveSending,
    after: change.on,
  })
}

/**
 * Puts addresses and domains on the allow-list and takes others off. Binds from its commit on. Call in a transaction;
 * audited. Returns the new list.
 * @throws {ZodError} when an entry is neither an address nor a domain, or there are too many.
 */
export async function changeAllowList(
  tx: Transaction,
  change: { add?: readonly string[]; remove?: readonly string[]; actor: string },
): Promise<AllowList> {
  // Locked, so that two changes at once do not lose one.
  await tx.insert(settings).values({ key: 'allow_list', value: [] }).onConflictDoNothing()
  const [row] = await tx
    .select({ value: settings.value })
    .from(settings)
    .where(eq(settings.key, 'allow_list'))
    .for('update')
  const before = allowListSchema.parse(row?.value)
  const add = (change.add ?? []).map((entry) => allowListEntrySchema.parse(entry))
  const remove = new Set((change.remove ?? []).map((entry) => entry.trim().toLowerCase()))
  const after = allowListSchema.parse(
    [...new Set([...before, ...add])].filter((entry) => !remove.has(entry)).toSorted(),
  )
  await writeSetting(tx, 'allow_list', after)
  await tx.insert(auditLog).values({
    actor: change.actor,
    action: 'company.allow_list_changed',
    subjectKind: 'company',
    subjectId: 'allow_list',
    before,
    after,
  })
  return after
}

/** What releasing the hold would let out. Counts of real leads only. */
export interface HoldPreview {
  /** Messages already written, by journey and channel: those due now, and those with a later instant. */
  messages: { journeyId: string; journey: string; channel: Channel; due: number; later: number }[]
  /** Leads whose next step is overdue: what their journeys do next may add messages. */
  overdue: { journeyId: string; journey: string; leads: number }[]
}

/** Counts what waits behind the hold: two scans of partial indexes. */
export async function holdPreview(db: Queryable): Promise<HoldPreview> {
  const messages = await db.execute<{
    journeyId: string
    journey: string
    channel: Channel
    due: number
    later: number
  }>(sql`
    select d.journey_id as "journeyId", coalesce(j.name, '') as journey, d.channel,
           count(*) filter (where d.claimable_at <= now())::int as due,
           count(*) filter (where d.claimable_at > now())::int as later
    from deliveries d left join journeys j on j.id = d.journey_id
    where d.status = 'queued' and not d.is_test
    group by d.journey_id, j.name, d.channel
    order by j.name, d.channel`)
  const overdue = await db.execute<{ journeyId: string; journey: string; leads: number }>(sql`
    select e.journey_id as "journeyId", j.name as journey, count(distinct e.lead_id)::int as leads
    from enrollments e join journeys j on j.id = e.journey_id
    where e.status = 'active' and e.due_at is not null and e.due_at <= now() and not e.is_test
    group by e.journey_id, j.name
    order by j.name`)
  return { messages: [...messages], overdue: [...overdue] }
}

/**
 * How far sending has come, as a counter that only rises. `databaseId` tells one database from another, so that a fresh
 * database is not taken for a restored one.
 */
export interface HighWater {
  databaseId: string
  mark: number
}

/** The present mark, begun at 0 when the database has none: every backup then knows which database it is of. */
export async function ensureHighWater(db: Queryable): Promise<HighWater> {
  await db
    .insert(settings)
    .values({ key: 'high_water', value: { databaseId: newId(), mark: 0 } })
    .onConflictDoNothing()
  const rows = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, 'high_water'))
  return asHighWater(rows[0]?.value)
}

/** Raises the mark in the transaction of a claim; it is copied outside Postgres before anything is handed over. */
export async function raiseHighWater(tx: Transaction): Promise<HighWater> {
  const raised = await tx
    .update(settings)
    .set({
      value: sql`jsonb_set(${settings.value}, '{mark}', to_jsonb((${settings.value} ->> 'mark')::bigint + 1))`,
      updatedAt: sql`now()`,
    })
    .where(eq(settings.key, 'high_water'))
    .returning({ value: settings.value })
  if (raised[0] !== undefined) return asHighWater(raised[0].value)
  await ensureHighWater(tx)
  return raiseHighWater(tx)
}

/** Lifts a mark that a restore has set back. */
export async function raiseHighWaterTo(tx: Transaction, mark: number): Promise<void> {
  await tx
    .update(settings)
    .set({ value: sql`jsonb_set(${settings.value}, '{mark}', to_jsonb(${mark}::bigint))`, updatedAt: sql`now()` })
    .where(eq(settings.key, 'high_water'))
}

function asHighWater(value: Json | undefined): HighWater {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { databaseId, mark } = value
    if (typeof databaseId === 'string' && typeof mark === 'number') return { databaseId, mark }
  }
  throw new Error(`The setting "high_water" is "${JSON.stringify(value)}"; delete the row to begin it anew.`)
}

function asHold(value: Json | undefined): { on: boolean; reason: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { on: value === true, reason: '' }
  return { on: value['on'] === true, reason: typeof value['reason'] === 'string' ? value['reason'] : '' }
}

async function writeSetting(tx: Queryable, key: string, value: Json): Promise<void> {
  await tx
    .insert(settings)
    .values({ key, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
}
