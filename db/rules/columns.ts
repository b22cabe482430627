/** Where a lead field lives in SQL: a column of `leads`, `leads.folded` for text, or `leads.fields`. */
import { sql, type SQL } from 'drizzle-orm'
import { EngineError } from '#engine/errors.ts'
import type { Field } from '#engine/fields.ts'
import type { Scalar } from '#engine/conditions/operands.ts'
import type { FieldType } from '#engine/library.ts'
import { instantParam, jsonsParam, numberParam, numbersParam, textParam, textsParam } from './params.ts'

/** A field as the operators see it. Every expression is null when the value is missing or not of the field's type. */
export interface FieldColumn {
  type: FieldType
  /** The value as it compares: folded text, an enum's text, a double, a date's text, an instant. */
  value: SQL
  /** True exactly when the value is known; never null. */
  known: SQL
  /** The value is one of these; null or false when missing. */
  isAnyOf: (values: readonly Scalar[]) => SQL
  /** A bound of the value's own type. */
  bound: (value: string | number) => SQL
}

/**
 * The SQL of a field.
 * @throws {EngineError} RULE_UNCOMPILABLE when its key could not be a key: keys are written into the SQL, so that
 * expression indexes match.
 */
export function fieldColumn(field: Field): FieldColumn {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(field.key)) {
    throw new EngineError('RULE_UNCOMPILABLE', `"${field.key}" is not a field key.`, { field: field.key })
  }
  if (field.type === 'text') return textColumn(field)
  return field.core === undefined ? customColumn(field) : coreColumn(field, field.core.column)
}

function textColumn(field: Field): FieldColumn {
  const value = sql`leads.folded->>${key(field)}`
  return {
    type: 'text',
    value: sql`(${value})`,
    known: sql`coalesce(${value}, '') <> ''`,
    isAnyOf: (values) => anyText(sql`(${value})`, values),
    bound: (bound) => textParam(String(bound)),
  }
}

function coreColumn(field: Field, column: string): FieldColumn {
  const value = sql.raw(`leads.${column}`)
  const known = sql`${value} is not null`
  switch (field.type) {
    case 'enum': {
      const options = field.options ?? []
      return {
        type: 'enum',
        value: sql`${value}::text`,
        known,
        // The column's type knows no other values; naming one would be an error instead of false.
        isAnyOf: (values) =>
          or(values.filter((option) => options.includes(String(option))).map((option) => sql`${value} = ${option}`)),
        bound: (bound) => textParam(String(bound)),
      }
    }
    case 'boolean':
      return {
        type: 'boolean',
        value,
        known,
        isAnyOf: (values) => or(values.map((flag) => (flag === true ? sql`${value}` : sql`not ${value}`))),
        bound: (bound) => textParam(String(bound)),
      }
    case 'number':
      return { type: 'number', value, known, isAnyOf: (values) => anyNumber(value, values), bound: numberBound }
    case 'datetime':
      return {
        type: 'datetime',
        value,
        known,
        isAnyOf: () => sql`false`,
        bound: (bound) => instantParam(Number(bound)),
      }
    case 'text':
    case 'set':
    case 'date':
      throw new EngineError('RULE_UNCOMPILABLE', `Field "${field.key}" has no column of its type.`, {
        field: field.key,
      })
    default:
      return field.type satisfies never
  }
}

function customColumn(field: Field): FieldColumn {
  const json = sql`leads.fields->${key(field)}`
  const text = sql`leads.fields->>${key(field)}`
  const isA = (type: string) => sql`coalesce(jsonb_typeof(${json}), '') = ${sql.raw(`'${type}'`)}`
  const anyJson = (values: readonly Scalar[]) => sql`${json} = any(${jsonsParam(values)})`
  switch (field.type) {
    case 'number':
    case 'datetime': {
      const value = sql`(case when jsonb_typeof(${json}) = 'number' then (${text})::float8 end)`
      return {
        type: field.type,
        value,
        known: isA('number'),
        isAnyOf: (values) => anyNumber(value, values),
        bound: numberBound,
      }
    }
    case 'boolean':
      return { type: 'boolean', value: sql`(${json})`, known: isA('boolean'), isAnyOf: anyJson, bound: numberBound }
    case 'date': {
      const value = sql`(case when ${text} like '____-__-__' then ${text} end)`
      return {
        type: 'date',
        value,
        known: sql`${value} is not null`,
        isAnyOf: (values) => anyText(value, values),
        // Compared as text by code point: that is their order in time, whatever the database's collation.
        bound: (bound) => sql`${textParam(String(bound))} collate "C"`,
      }
    }
    case 'set':
      return {
        type: 'set',
        value: sql`(case when jsonb_typeof(${json}) = 'array' then ${json} end)`,
        known: sql`(${isA('array')} and ${json} <> '[]')`,
        isAnyOf: (values) => sql`(jsonb_typeof(${json}) = 'array' and ${json} ?| ${textsParam(values.map(String))})`,
        bound: numberBound,
      }
    case 'enum':
    case 'text':
      return {
        type: field.type,
        value: sql`(${text})`,
        known: sql`(${isA('string')} and ${json} <> '""')`,
        isAnyOf: anyJson,
        bound: (bound) => textParam(String(bound)),
      }
    default:
      return field.type satisfies never
  }
}

const numberBound = (bound: string | number) => numberParam(Number(bound))

/** The key as an SQL literal; `fieldColumn` has checked that it holds letters, digits and "_" only. */
function key(field: Field): SQL {
  return sql.raw(`'${field.key}'`)
}

function anyText(value: SQL, values: readonly Scalar[]): SQL {
  const [only, ...more] = values.map(String)
  if (only === undefined) return sql`false`
  return more.length === 0 ? sql`${value} = ${only}` : sql`${value} = any(${textsParam([only, ...more])})`
}

function anyNumber(value: SQL, values: readonly Scalar[]): SQL {
  const [only, ...more] = values.map(Number)
  if (only === undefined) return sql`false`
  return more.length === 0
    ? sql`${value} = ${numberParam(only)}`
    : sql`${value} = any(${numbersParam([only, ...more])})`
}

function or(parts: readonly SQL[]): SQL {
  if (parts.length === 0) return sql`false`
  return sql`(${sql.join([...parts], sql` or `)})`
}
