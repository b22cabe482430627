/**
 * Dates that come round: a date on the lead plus an offset, or the computed date of its next event. SQL finds the few
 * leads whose date is near; the schedule arithmetic of the engine says exactly when, in the lead's own zone.
 */
import { sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import { findField } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { addDays, dateOf, dayMs, dayNumber } from '#engine/schedule/calendar.ts'
import { dateOccurrence } from '#engine/schedule/date-field.ts'
import { toInstant, toLocal, zoneOr } from '#engine/schedule/zone.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { Queryable } from '../client.ts'
import type { AddressedInput } from './inputs.ts'
import { textArray } from './json-rows.ts'
import { livingLead, type LiveTrigger } from './triggers.ts'

/** A lead whose date fell in the interval. */
export interface Occurrence {
  leadId: string
  at: Instant
  /** The local date, which makes the entry unique. */
  on: string
}

/** Whose dates are asked for: all real leads, or those of one test run. */
export type LeadScope = { testRunId: string | null }

type DateTrigger = Extract<Trigger, { kind: 'date_field' | 'computed_date' }>

export interface OccurrenceQuery extends LeadScope {
  trigger: DateTrigger
  /** The journey's, for leads whose own zone is unknown. */
  zone: string
  /** Later than this… */
  after: Instant
  /** …and not later than this. */
  until: Instant
  library: Library
}

/** A local date is at most a day away from the UTC date of its instant; one more for computed fractions of a day. */
const marginDays = 2

/** Every lead whose date falls in (after, until], by id. One statement for the candidates. */
export async function findOccurrences(db: Queryable, query: OccurrenceQuery): Promise<Occurrence[]> {
  return query.trigger.kind === 'date_field'
    ? findDateField(db, query, query.trigger)
    : findComputed(db, query, query.trigger)
}

async function findDateField(
  db: Queryable,
  query: OccurrenceQuery,
  trigger: Extract<Trigger, { kind: 'date_field' }>,
): Promise<Occurrence[]> {
  const { after, until, library } = query
  const field = findField(trigger.field, library)
  if (field === null || (field.type !== 'date' && field.type !== 'datetime')) return []
  // A datetime is held in UTC milliseconds; its date is the one on the lead's wall.
  const isDatetime = field.type === 'datetime'
  const column =
    field.core === undefined
      ? sql`leads.fields->>${field.key}`
      : sql`floor(extract(epoch from ${sql.raw(`leads.${field.core.column}`)}) * 1000)::text`
  const text = isDatetime
    ? sql`to_char(to_timestamp((${column})::float8 / 1000) at time zone 'UTC', 'YYYY-MM-DD')`
    : column
  const days = daysBetween(after - trigger.offsetDays * dayMs, until - trigger.offsetDays * dayMs)
  const near = trigger.yearly
    ? sql`substring(${text} from 6) = any(${textArray([...new Set(days.map((day) => day.slice(5))), ...leapDay(days)])})`
    : sql`${text} between ${days[0]} and ${days.at(-1)}`
  const rows = await db.execute<{ id: string; zone: string | null; value: string }>(sql`
    select leads.id, leads.zone, ${column} as value from leads
     where ${inScope(query)} and ${livingLead} and ${column} is not null and ${near}
     order by leads.id`)
  return rows.flatMap((row): Occurrence[] => {
    const zone = zoneOr(row.zone, query.zone)
    const date = isDatetime ? dateText(toLocal(Number(row.value), zone)) : row.value
    const { offsetDays, time, yearly } = trigger
    const at = dateOccurrence({ date, offsetDays, time, zone, yearly, after })
    return at === null || at > until ? [] : [{ leadId: row.id, at, on: dateText(toLocal(at, zone)) }]
  })
}

/** The latest event plus the average time between this lead's events of that type. */
async function findComputed(
  db: Queryable,
  query: OccurrenceQuery,
  trigger: Extract<Trigger, { kind: 'computed_date' }>,
): Promise<Occurrence[]> {
  const { after, until } = query
  const expected = sql`(extract(epoch from t.last_at) + extract(epoch from t.last_at - t.first_at) / (t.count - 1)) * 1000`
  const low = after - (trigger.offsetDays + marginDays) * dayMs
  const high = until - (trigger.offsetDays - marginDays) * dayMs
  const rows = await db.execute<{ id: string; zone: string | null; expected: number }>(sql`
    select leads.id, leads.zone, (${expected})::float8 as expected
      from event_totals t join leads on leads.id = t.lead_id
     where t.type = ${trigger.event} and t.count >= ${trigger.minEvents}
       and ${inScope(query)} and ${livingLead}
       and ${expected} between ${low} and ${high}
     order by leads.id`)
  return rows.flatMap((row): Occurrence[] => {
    const zone = zoneOr(row.zone, query.zone)
    const [hour = 0, minute = 0] = trigger.time.split(':').map(Number)
    const date = addDays(toLocal(Math.floor(row.expected), zone), trigger.offsetDays)
    const at = toInstant({ ...date, hour, minute }, zone)
    return at <= after || at > until ? [] : [{ leadId: row.id, at, on: dateText(date) }]
  })
}

/**
 * The first occurrence after an instant over all leads in scope, up to `until`: when a test run has to stop for it. Null
 * when there is none.
 */
export async function firstOccurrence(db: Queryable, query: OccurrenceQuery): Promise<Instant | null> {
  const found = await findOccurrences(db, query)
  return found.length === 0 ? null : found.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY)
}

/** The enroll input of an occurrence: the same date never lets a lead in twice. */
export function occurrenceEntry(
  { journeyId, triggerId }: Pick<LiveTrigger, 'journeyId' | 'triggerId'>,
  { leadId, at, on }: Occurrence,
): AddressedInput {
  return { leadId, at, input: { kind: 'enroll', journeyId, triggerId, entryKey: `date:${triggerId}:${on}` } }
}

/** Which leads a sweep of real time, or of one test run, looks at. */
export function inScope({ testRunId }: LeadScope) {
  return testRunId === null ? sql`not leads.is_test` : sql`leads.test_run_id = ${testRunId}`
}

/** Local dates that may belong to instants of the interval, ascending. */
function daysBetween(after: Instant, until: Instant): string[] {
  const first = Math.floor(after / dayMs) - marginDays
  const last = Math.floor(until / dayMs) + marginDays
  return Array.from({ length: last - first + 1 }, (_, index) => dateText(dateOf(first + index)))
}

/** In common years 29 February is kept on the 28th. */
function leapDay(days: readonly string[]): string[] {
  return days.some((day) => day.endsWith('-02-28')) ? ['02-29'] : []
}

function dateText(date: { year: number; month: number; day: number }): string {
  const { year, month, day } = dateOf(dayNumber(date))
  const pad = (value: number, width: number): string => String(value).padStart(width, '0')
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}
