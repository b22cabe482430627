/** The SQL of conditions on JSON without a declared type; its twin is engine/conditions/properties.ts. */
import { sql, type SQL } from 'drizzle-orm'
import type { Scalar } from '#engine/conditions/operands.ts'
import { resolveProperty } from '#engine/conditions/properties.ts'
import type { PropertyFilter, RuleValue } from '#engine/conditions/schema.ts'
import { foldText } from '#engine/text.ts'
import { jsonsParam, likeParam, numberParam, textsParam } from './params.ts'

/** A JSON value: itself, and its folded text when it is one (else null). */
export interface JsonColumn {
  json: SQL
  folded: SQL
}

/** What every operator is for a value that is there; whether it holds without one is the registry's `whenMissing`. */
export const propertySql = {
  is: isAnyOf,
  is_not: (column, values) => sql`(${isAnyOf(column, values)}) is not true`,
  in: isAnyOf,
  contains: (column, values) =>
    sql`(${column.folded} like ${likeParam(foldText(String(values[0])), 'anywhere')} or ${hasMember(column, values)})`,
  starts_with: (column, values) => sql`${column.folded} like ${likeParam(foldText(String(values[0])), 'start')}`,
  lt: numeric('<'),
  lte: numeric('<='),
  gt: numeric('>'),
  gte: numeric('>='),
  known: isKnown,
  unknown: (column) => sql`not (${isKnown(column)})`,
} satisfies Record<PropertyFilter['op'], (column: JsonColumn, values: readonly Scalar[]) => SQL>

/**
 * A condition on one JSON value, true or not (null counts as not).
 * @throws {EngineError} RULE_UNCOMPILABLE when the operator is unknown or the value does not fit it.
 */
export function compileProperty(column: JsonColumn, op: PropertyFilter['op'], value: RuleValue | undefined): SQL {
  return propertySql[op](column, resolveProperty(op, value).values)
}

function isAnyOf(column: JsonColumn, values: readonly Scalar[]): SQL {
  const texts = values.filter((value) => typeof value === 'string')
  const others = values.filter((value) => typeof value !== 'string')
  const parts: SQL[] = []
  if (texts.length > 0) {
    parts.push(sql`${column.folded} = any(${textsParam(texts.map(foldText))})`, hasMember(column, texts))
  }
  // `@>` holds for the value itself and for a list with it.
  if (others.length > 0) parts.push(sql`${column.json} @> any(${jsonsParam(others)})`)
  return sql`(${sql.join(parts, sql` or `)})`
}

function hasMember({ json }: JsonColumn, values: readonly Scalar[]): SQL {
  return sql`(jsonb_typeof(${json}) = 'array' and ${json} ?| ${textsParam(values.map(String))})`
}

function isKnown({ json }: JsonColumn): SQL {
  return sql`(${json} is not null and ${json} not in ('null', '""', '[]'))`
}

function numeric(operator: '<' | '<=' | '>' | '>='): (column: JsonColumn, values: readonly Scalar[]) => SQL {
  return ({ json }, values) =>
    sql`(case when jsonb_typeof(${json}) = 'number' then (${json} #>> '{}')::float8 end) ${sql.raw(operator)} ${numberParam(Number(values[0]))}`
}
