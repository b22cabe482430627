/** Plausible mistakes in each operator, for the test that shows such mistakes are caught. */
import { sql } from 'drizzle-orm'
import { compareSql, type CompareSql, type Leaf } from '#db/rules/operators.ts'
import type { CompareOperator } from '#engine/conditions/operators.ts'
import type { CompareOp } from '#engine/conditions/schema.ts'

/** A condition that may be null. */
export function partial(condition: Leaf['sql']): Leaf {
  return { sql: condition, total: false }
}

/** One plausible mistake in the SQL of each operator: a new operator does not compile without its own. */
export const brokenSql: Record<CompareOp, CompareSql> = {
  is: ({ value, bound }, { values }) => partial(sql`${value}::text like ${bound(String(values[0]))}::text`),
  is_not: (column, { values }) => partial(sql`not ${column.isAnyOf(values)}`),
  in: (column, { values }) => partial(column.isAnyOf(values.slice(0, 1))),
  not_in: (column, { values }) => partial(sql`not ${column.isAnyOf(values)}`),
  contains: ({ value }, { values }) => partial(sql`${value} = ${String(values[0])}::text`),
  not_contains: ({ value }, { values }) => partial(sql`strpos(${value}, ${String(values[0])}::text) = 0`),
  starts_with: ({ value }, { values }) => partial(sql`strpos(${value}, ${String(values[0])}::text) > 0`),
  lt: edge('max', true),
  lte: edge('max', false),
  gt: edge('min', true),
  gte: edge('min', false),
  between: edge('max', false),
  known: () => ({ sql: sql`true`, total: true }),
  unknown: () => ({ sql: sql`false`, total: true }),
  before: edge('max', true),
  after: edge('min', 'other'),
  within_last: edge('min', true),
  more_than_ago: edge('max', false),
  within_next: edge('min', true),
  has_any: ({ value }, { values }) =>
    partial(sql`${value} ?& ${`{${values.map((item) => JSON.stringify(item)).join(',')}}`}::text[]`),
  has_all: (column, { values }) => partial(column.isAnyOf(values)),
}

/** The working SQL with one bound's own value let in (or left out). */
function edge(side: 'min' | 'max', inclusive: boolean | 'other'): CompareSql {
  return (column, operand) => {
    const bound = operand[side]
    if (bound === null) return works(column, operand)
    return works(column, {
      ...operand,
      [side]: { ...bound, inclusive: inclusive === 'other' ? !bound.inclusive : inclusive },
    })
  }
}
const works: CompareSql = compareSql.between

/** The same for the evaluator. */
export const brokenTests: Record<CompareOp, CompareOperator['test']> = {
  is: (actual, { values }) => String(actual).startsWith(String(values[0])),
  is_not: () => true,
  in: (actual, { values }) => actual === values[0],
  not_in: (actual, { values }) => actual !== values[0],
  contains: (actual, { values }) => String(actual).startsWith(String(values[0])),
  not_contains: (actual, { values }) => !String(actual).startsWith(String(values[0])),
  starts_with: (actual, { values }) => String(actual).includes(String(values[0])),
  lt: (actual, { max }) => max !== null && actual <= max.value,
  lte: (actual, { max }) => max !== null && actual < max.value,
  gt: (actual, { min }) => min !== null && actual >= min.value,
  gte: (actual, { min }) => min !== null && actual > min.value,
  between: (actual, { min, max }) => min !== null && max !== null && actual > min.value && actual < max.value,
  known: () => false,
  unknown: () => true,
  before: (actual, { max }) => max !== null && actual <= max.value,
  after: (actual, { min }) => min !== null && actual >= min.value,
  within_last: (actual, { max }) => max !== null && actual <= max.value,
  more_than_ago: (actual, { max }) => max !== null && actual < max.value,
  within_next: (actual, { min }) => min !== null && actual > min.value,
  has_any: (actual, { values }) => Array.isArray(actual) && values.every((value) => actual.includes(String(value))),
  has_all: (actual, { values }) => Array.isArray(actual) && values.some((value) => actual.includes(String(value))),
}
