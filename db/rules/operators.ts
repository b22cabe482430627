/** The SQL of every operator of the registry in engine/conditions/operators.ts: none can exist without it. */
import { sql, type SQL } from 'drizzle-orm'
import type { Operand } from '#engine/conditions/operands.ts'
import type { CompareOp } from '#engine/conditions/schema.ts'
import type { FieldColumn } from './columns.ts'
import { likeParam, textsParam } from './params.ts'

/** A condition in SQL. `total` says it is never null, so that `not` is its opposite. */
export interface Leaf {
  sql: SQL
  total: boolean
}

export type CompareSql = (column: FieldColumn, operand: Operand) => Leaf

/**
 * In a positive place null counts as false already and stays unwrapped, so that indexes can be used; what is true for a
 * missing value wraps itself. Under NOT the compiler wraps what is not total.
 */
export const compareSql = {
  is: isAnyOf,
  is_not: (column, operand) => negate(isAnyOf(column, operand)),
  in: isAnyOf,
  not_in: (column, operand) => negate(isAnyOf(column, operand)),
  contains: contains,
  not_contains: (column, operand) => negate(contains(column, operand)),
  starts_with: (column, { values }) => partial(sql`${column.value} like ${likeParam(String(values[0]), 'start')}`),
  lt: within,
  lte: within,
  gt: within,
  gte: within,
  between: within,
  known: (column) => ({ sql: column.known, total: true }),
  unknown: (column) => ({ sql: sql`not (${column.known})`, total: true }),
  before: within,
  after: within,
  within_last: within,
  more_than_ago: within,
  within_next: within,
  has_any: isAnyOf,
  has_all: (column, { values }) => partial(sql`${column.value} ?& ${textsParam(values.map(String))}`),
} satisfies Record<CompareOp, CompareSql>

/** The opposite of a condition, true where the condition is null. */
export function negate(leaf: Leaf): Leaf {
  return { sql: leaf.total ? sql`not (${leaf.sql})` : sql`(${leaf.sql}) is not true`, total: true }
}

function partial(condition: SQL): Leaf {
  return { sql: condition, total: false }
}

function isAnyOf(column: FieldColumn, { values }: Operand): Leaf {
  return partial(column.isAnyOf(values))
}

function contains(column: FieldColumn, { values }: Operand): Leaf {
  return partial(sql`${column.value} like ${likeParam(String(values[0]), 'anywhere')}`)
}

function within(column: FieldColumn, { min, max }: Operand): Leaf {
  const sides: SQL[] = []
  if (min !== null) sides.push(sql`${column.value} ${sql.raw(min.inclusive ? '>=' : '>')} ${column.bound(min.value)}`)
  if (max !== null) sides.push(sql`${column.value} ${sql.raw(max.inclusive ? '<=' : '<')} ${column.bound(max.value)}`)
  return partial(sides.length === 0 ? sql`true` : sql.join(sides, sql` and `))
}
