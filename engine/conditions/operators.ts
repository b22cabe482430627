/**
 * The operators of a field comparison, each with all its parts; its SQL is in db/rules/operators.ts under the same
 * `Record<CompareOp, …>`, so that an operator cannot exist without one of them.
 */
import type { Field } from '../fields.ts'
import type { Instant } from '../facts.ts'
import type { FieldType } from '../library.ts'
import { failure, success, type Result } from '../result.ts'
import {
  boundAt,
  isWithin,
  noOperand,
  readLength,
  readNumber,
  readSpan,
  readValue,
  readValues,
  type Bound,
  type Comparable,
  type Moment,
  type Operand,
} from './operands.ts'
import type { CompareOp, CountOp, RuleValue } from './schema.ts'

/** What the editor asks for on the right side. */
export type OperatorValue = 'none' | 'one' | 'list' | 'pair' | 'duration'

export interface CompareOperator {
  /** As offered in the editor. */
  label: string
  types: readonly FieldType[]
  value: OperatorValue
  /** What the comparison is for a lead whose field is not known. */
  whenMissing: boolean
  /** The operator that is true exactly when this one is false. */
  opposite?: CompareOp
  /** Resolves the rule's right side, or says what is wrong with it. */
  resolve(field: Field, value: RuleValue | undefined, moment: Moment): Result<Operand>
  /** Compares a known value. */
  test(actual: Comparable, operand: Operand): boolean
  /** Instants at which the outcome changes for a value that counts from `at`, for windows of `lengthMs`. */
  turns?(at: Instant, lengthMs: number): Instant[]
  /** The comparison in words. `value` is already in words. */
  sentence(field: string, value: string): string
}

const scalars: readonly FieldType[] = ['text', 'number', 'boolean', 'enum', 'date']
const listed: readonly FieldType[] = ['text', 'number', 'enum', 'date']
const texts: readonly FieldType[] = ['text']
const numbers: readonly FieldType[] = ['number']
const ordered: readonly FieldType[] = ['number', 'date', 'datetime']
const times: readonly FieldType[] = ['date', 'datetime']
const sets: readonly FieldType[] = ['set']
const all: readonly FieldType[] = ['text', 'number', 'boolean', 'enum', 'set', 'date', 'datetime']

const isListed = (actual: Comparable, { values }: Operand) => values.some((value) => value === actual)
const isContained = (actual: Comparable, { values }: Operand) =>
  values.every((value) => String(actual).includes(String(value)))
const phrase = (words: string) => (field: string, value: string) => `${field} ${words} ${value}`

export const compareOperators = {
  is: {
    label: 'is',
    types: scalars,
    value: 'one',
    whenMissing: false,
    opposite: 'is_not',
    resolve: readValue,
    test: isListed,
    sentence: phrase('is'),
  },
  is_not: {
    label: 'is not',
    types: scalars,
    value: 'one',
    whenMissing: true,
    opposite: 'is',
    resolve: readValue,
    test: (actual, operand) => !isListed(actual, operand),
    sentence: phrase('is not'),
  },
  in: {
    label: 'is one of',
    types: listed,
    value: 'list',
    whenMissing: false,
    opposite: 'not_in',
    resolve: readValues,
    test: isListed,
    sentence: phrase('is one of'),
  },
  not_in: {
    label: 'is none of',
    types: listed,
    value: 'list',
    whenMissing: true,
    opposite: 'in',
    resolve: readValues,
    test: (actual, operand) => !isListed(actual, operand),
    sentence: phrase('is none of'),
  },
  contains: {
    label: 'contains',
    types: texts,
    value: 'one',
    whenMissing: false,
    opposite: 'not_contains',
    resolve: readValue,
    test: isContained,
    sentence: phrase('contains'),
  },
  not_contains: {
    label: 'does not contain',
    types: texts,
    value: 'one',
    whenMissing: true,
    opposite: 'contains',
    resolve: readValue,
    test: (actual, operand) => !isContained(actual, operand),
    sentence: phrase('does not contain'),
  },
  starts_with: {
    label: 'starts with',
    types: texts,
    value: 'one',
    whenMissing: false,
    resolve: readValue,
    test: (actual, { values }) => values.every((value) => String(actual).startsWith(String(value))),
    sentence: phrase('starts with'),
  },
  lt: numberBound('is less than', (value) => ({ min: null, max: { value, inclusive: false } })),
  lte: numberBound('is at most', (value) => ({ min: null, max: { value, inclusive: true } })),
  gt: numberBound('is more than', (value) => ({ min: { value, inclusive: false }, max: null })),
  gte: numberBound('is at least', (value) => ({ min: { value, inclusive: true }, max: null })),
  between: {
    label: 'is between',
    types: ordered,
    value: 'pair',
    whenMissing: false,
    resolve: readPair,
    test: isWithin,
    sentence: phrase('is between'),
  },
  known: {
    label: 'is known',
    types: all,
    value: 'none',
    whenMissing: false,
    opposite: 'unknown',
    resolve: readNothing,
    test: () => true,
    sentence: (field) => `${field} is known`,
  },
  unknown: {
    label: 'is not known',
    types: all,
    value: 'none',
    whenMissing: true,
    opposite: 'known',
    resolve: readNothing,
    test: () => false,
    sentence: (field) => `${field} is not known`,
  },
  before: {
    label: 'is before',
    types: times,
    value: 'one',
    whenMissing: false,
    resolve(field, value, moment) {
      const span = readSpan(field, value, moment)
      return span.ok ? success({ ...noOperand, max: { value: span.value.from, inclusive: false } }) : span
    },
    test: isWithin,
    sentence: phrase('is before'),
  },
  after: {
    label: 'is after',
    types: times,
    value: 'one',
    whenMissing: false,
    resolve(field, value, moment) {
      const span = readSpan(field, value, moment)
      return span.ok ? success({ ...noOperand, min: span.value.until }) : span
    },
    test: isWithin,
    sentence: phrase('is after'),
  },
  within_last: {
    label: 'is within the last',
    types: times,
    value: 'duration',
    whenMissing: false,
    resolve: readWindow((field, lengthMs, { now, zone }) => ({
      min: { value: boundAt(field, now - lengthMs, zone), inclusive: false },
      max: { value: boundAt(field, now, zone), inclusive: true },
    })),
    test: isWithin,
    turns: (at, lengthMs) => [at, at + lengthMs],
    sentence: phrase('is within the last'),
  },
  more_than_ago: {
    label: 'is more than … ago',
    types: times,
    value: 'duration',
    whenMissing: false,
    resolve: readWindow((field, lengthMs, { now, zone }) => ({
      min: null,
      max: { value: boundAt(field, now - lengthMs, zone), inclusive: true },
    })),
    test: isWithin,
    turns: (at, lengthMs) => [at + lengthMs],
    sentence: (field, value) => `${field} is more than ${value} ago`,
  },
  within_next: {
    label: 'is within the next',
    types: times,
    value: 'duration',
    whenMissing: false,
    resolve: readWindow((field, lengthMs, { now, zone }) => ({
      min: { value: boundAt(field, now, zone), inclusive: false },
      max: { value: boundAt(field, now + lengthMs, zone), inclusive: true },
    })),
    test: isWithin,
    turns: (at, lengthMs) => [at - lengthMs, at],
    sentence: phrase('is within the next'),
  },
  has_any: {
    label: 'has any of',
    types: sets,
    value: 'list',
    whenMissing: false,
    resolve: readValues,
    test: (actual, { values }) => Array.isArray(actual) && values.some((value) => actual.includes(String(value))),
    sentence: phrase('has any of'),
  },
  has_all: {
    label: 'has all of',
    types: sets,
    value: 'list',
    whenMissing: false,
    resolve: readValues,
    test: (actual, { values }) => Array.isArray(actual) && values.every((value) => actual.includes(String(value))),
    sentence: phrase('has all of'),
  },
} satisfies Record<CompareOp, CompareOperator>

/** The operator of that name; null when a stored rule names one this code does not have. */
export function findOperator(op: string): CompareOperator | null {
  const operators: Readonly<Record<string, CompareOperator>> = compareOperators
  return Object.hasOwn(operators, op) ? (operators[op] ?? null) : null
}

export interface CountOperator {
  label: string
  opposite: CountOp
  test(count: number, n: number): boolean
}

/** Operators of `count` and `delivered`. */
export const countOperators = {
  eq: { label: 'exactly', opposite: 'ne', test: (count, n) => count === n },
  ne: { label: 'any number but', opposite: 'eq', test: (count, n) => count !== n },
  lt: { label: 'fewer than', opposite: 'gte', test: (count, n) => count < n },
  lte: { label: 'at most', opposite: 'gt', test: (count, n) => count <= n },
  gt: { label: 'more than', opposite: 'lte', test: (count, n) => count > n },
  gte: { label: 'at least', opposite: 'lt', test: (count, n) => count >= n },
} satisfies Record<CountOp, CountOperator>

function numberBound(
  words: string,
  bounds: (value: number) => { min: Bound | null; max: Bound | null },
): CompareOperator {
  return {
    label: words,
    types: numbers,
    value: 'one',
    whenMissing: false,
    resolve(_field, value) {
      const number = readNumber(value)
      return number.ok ? success({ values: [], ...bounds(number.value) }) : number
    },
    test: isWithin,
    sentence: phrase(words),
  }
}

function readNothing(_field: Field, value: RuleValue | undefined): Result<Operand> {
  return value === undefined ? success(noOperand) : failure('This operator takes no value; remove it.')
}

/** Both ends count: whole days for dates, also in a datetime field. */
function readPair(field: Field, value: RuleValue | undefined, moment: Moment): Result<Operand> {
  if (!Array.isArray(value) || value.length !== 2) return failure('Give two values, the lower one first.')
  if (field.type === 'number') {
    const [low, high] = [readNumber(value[0]), readNumber(value[1])]
    if (!low.ok) return low
    if (!high.ok) return high
    return success({
      values: [],
      min: { value: low.value, inclusive: true },
      max: { value: high.value, inclusive: true },
    })
  }
  const [first, last] = [readSpan(field, value[0], moment), readSpan(field, value[1], moment)]
  if (!first.ok) return first
  if (!last.ok) return last
  const { until } = last.value
  return success({
    values: [],
    min: { value: first.value.from, inclusive: true },
    // "After the span" from `until` on, so "up to its end" is the other side of the same bound.
    max: { value: until.value, inclusive: !until.inclusive },
  })
}

function readWindow(
  bounds: (field: Field, lengthMs: number, moment: Moment) => { min: Bound | null; max: Bound | null },
): CompareOperator['resolve'] {
  return (field, value, moment) => {
    const length = readLength(value)
    return length.ok ? success({ values: [], ...bounds(field, length.value, moment) }) : length
  }
}
