/**
 * "How many" in SQL. Every question is asked as "at least n" or "exactly n" of one lead, in a form Postgres turns into a
 * semi- or anti-join: leads without a single event have no row to count, and `fewer than n` is "not at least n".
 */
import { sql, type SQL } from 'drizzle-orm'
import { countedStatuses } from '#engine/conditions/references.ts'
import type { CountOp, Rule } from '#engine/conditions/schema.ts'
import type { Instant } from '#engine/facts.ts'
import { durationToMs } from '#engine/schedule/duration.ts'
import { negate, type Leaf } from './operators.ts'
import { instantParam, textParam } from './params.ts'
import { compileProperty } from './properties.ts'

/** Asks for at least or exactly `n` (≥ 1) occurrences; never null. */
type Ask = (comparison: '>=' | '=', n: number) => SQL

export const countSql = {
  eq: (ask, n) => (n === 0 ? negate(total(ask('>=', 1))) : total(ask('=', n))),
  ne: (ask, n) => (n === 0 ? total(ask('>=', 1)) : negate(total(ask('=', n)))),
  lt: (ask, n) => negate(atLeast(ask, n)),
  lte: (ask, n) => negate(atLeast(ask, n + 1)),
  gt: (ask, n) => atLeast(ask, n + 1),
  gte: (ask, n) => atLeast(ask, n),
} satisfies Record<CountOp, (ask: Ask, n: number) => Leaf>

/**
 * Events of a type. Without window or filters the counters answer, and they know when the last one was, which mostly
 * answers "at least once in the window", too. Else they pick the leads that can match at all, and only the events of
 * those are looked at, by the index (lead_id, type, occurred_at).
 * @param laterEvents true when events after `now` may exist (test runs whose clock is behind): the counters know them too
 */
export function compileCount(rule: Extract<Rule, { kind: 'count' }>, now: Instant, laterEvents: boolean): Leaf {
  const filters = (rule.where ?? []).map(({ property, op, value }) => {
    const name = textParam(property)
    return compileProperty({ json: sql`e.properties->${name}`, folded: sql`e.folded->>${name}` }, op, value)
  })
  const since = rule.within === undefined ? null : now - durationToMs(rule.within)
  const type = textParam(rule.event)
  const totals = sql`select 1 from event_totals t where t.lead_id = leads.id and t.type = ${type}`
  if (since === null && filters.length === 0 && !laterEvents) {
    return countSql[rule.op](
      (comparison, n) => sql`exists (${totals} and t.count ${sql.raw(comparison)} ${n}::int)`,
      rule.n,
    )
  }
  const events = sql.join(
    [
      sql`select 1 from events e where e.lead_id = t.lead_id and e.type = ${type} and e.voided_at is null`,
      sql`e.occurred_at <= ${instantParam(now)}`,
      ...(since === null ? [] : [sql`e.occurred_at > ${instantParam(since)}`]),
      ...filters,
    ],
    sql` and `,
  )
  const recent = since === null ? sql`` : sql` and t.last_at > ${instantParam(since)}`
  return countSql[rule.op]((comparison, n) => {
    const looked = counted(events, comparison, n)
    // The last event tells by itself whether there was one in the window, unless it came after the instant asked about
    // (always looked at for test runs: counters of a copied lead know events that the copy, begun earlier, has not).
    const isToldByLast = !laterEvents && since !== null && filters.length === 0 && comparison === '>=' && n === 1
    const told = isToldByLast ? sql`(t.last_at <= ${instantParam(now)} or ${looked})` : looked
    return sql`exists (${totals} and t.count >= ${n}::int${recent} and ${told})`
  }, rule.n)
}

/** Messages sent to the lead, or still to be sent, that count by now; by the index (lead_id, counted_at). */
export function compileDelivered(rule: Extract<Rule, { kind: 'delivered' }>, now: Instant): Leaf {
  const since = rule.within === undefined ? null : now - durationToMs(rule.within)
  const statuses = sql.raw(countedStatuses.map((status) => `'${status}'`).join(', '))
  const deliveries = sql.join(
    [
      sql`select 1 from deliveries d where d.lead_id = leads.id and d.counted_at <= ${instantParam(now)}`,
      ...(since === null ? [] : [sql`d.counted_at > ${instantParam(since)}`]),
      sql`d.status in (${statuses})`,
      rule.channel === undefined ? sql`d.channel <> 'notification'` : sql`d.channel = ${rule.channel}`,
      rule.purpose === undefined ? sql`d.purpose <> 'internal'` : sql`d.purpose = ${rule.purpose}`,
    ],
    sql` and `,
  )
  return countSql[rule.op]((comparison, n) => counted(deliveries, comparison, n), rule.n)
}

/** Counts the rows of a subquery, no further than needed to know. */
function counted(rows: SQL, comparison: '>=' | '=', n: number): SQL {
  if (comparison === '>=' && n === 1) return sql`exists (${rows})`
  const limit = comparison === '=' ? n + 1 : n
  return sql`(select count(*) from (${rows} limit ${limit}::int) counted) ${sql.raw(comparison)} ${n}::int`
}

function atLeast(ask: Ask, n: number): Leaf {
  return total(n <= 0 ? sql`true` : ask('>=', n))
}

function total(condition: SQL): Leaf {
  return { sql: condition, total: true }
}
