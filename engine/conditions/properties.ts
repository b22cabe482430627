/**
 * Conditions on JSON without a declared type: an event's properties and survey answers. A text compares with texts
 * (folded) and, exactly, with the members of a list; a number with numbers; nothing is converted.
 */
import { EngineError } from '../errors.ts'
import type { Json } from '../facts.ts'
import { failure, success, type Result } from '../result.ts'
import { cleanText, foldText } from '../text.ts'
import { isBlank, type Scalar } from './operands.ts'
import type { PropertyFilter, RuleValue } from './schema.ts'
import type { OperatorValue } from './operators.ts'

export interface PropertyOperator {
  label: string
  value: OperatorValue
  /** What the condition is for a property that is absent, null, `""` or `[]`. */
  whenMissing: boolean
  opposite?: PropertyFilter['op']
  resolve(value: RuleValue | undefined): Result<readonly Scalar[]>
  /** Tests a property that is there. */
  test(actual: Json, values: readonly Scalar[]): boolean
}

export const propertyOperators = {
  is: { label: 'is', value: 'one', whenMissing: false, opposite: 'is_not', resolve: readOne, test: isAnyOf },
  is_not: {
    label: 'is not',
    value: 'one',
    whenMissing: true,
    opposite: 'is',
    resolve: readOne,
    test: (actual, values) => !isAnyOf(actual, values),
  },
  in: { label: 'is one of', value: 'list', whenMissing: false, resolve: readList, test: isAnyOf },
  contains: {
    label: 'contains',
    value: 'one',
    whenMissing: false,
    resolve: readText,
    test: (actual, values) =>
      typeof actual === 'string'
        ? values.every((value) => foldText(actual).includes(foldText(String(value))))
        : isAnyOf(actual, values),
  },
  starts_with: {
    label: 'starts with',
    value: 'one',
    whenMissing: false,
    resolve: readText,
    test: (actual, values) =>
      typeof actual === 'string' && values.every((value) => foldText(actual).startsWith(foldText(String(value)))),
  },
  lt: numeric('is less than', (actual, value) => actual < value),
  lte: numeric('is at most', (actual, value) => actual <= value),
  gt: numeric('is more than', (actual, value) => actual > value),
  gte: numeric('is at least', (actual, value) => actual >= value),
  known: {
    label: 'is known',
    value: 'none',
    whenMissing: false,
    opposite: 'unknown',
    resolve: readNone,
    test: () => true,
  },
  unknown: {
    label: 'is not known',
    value: 'none',
    whenMissing: true,
    opposite: 'known',
    resolve: readNone,
    test: () => false,
  },
} satisfies Record<PropertyFilter['op'], PropertyOperator>

/** The operator of that name; null when a stored rule names one this code does not have. */
export function findPropertyOperator(op: string): PropertyOperator | null {
  const operators: Readonly<Record<string, PropertyOperator>> = propertyOperators
  return Object.hasOwn(operators, op) ? (operators[op] ?? null) : null
}

/**
 * Whether an event's properties meet every filter; true when there are none.
 * @throws {EngineError} RULE_UNCOMPILABLE when a filter's operator or value is not valid (`validateRule` reports it first).
 */
export function matchesProperties(
  properties: Readonly<Record<string, Json>>,
  filters: readonly PropertyFilter[] | undefined,
): boolean {
  return (filters ?? []).every((filter) => {
    const name = cleanText(filter.property)
    return testJson(Object.hasOwn(properties, name) ? properties[name] : undefined, filter.op, filter.value)
  })
}

/** Tests one JSON value. Throws as `matchesProperties` does. */
export function testJson(actual: Json | undefined, op: PropertyFilter['op'], value: RuleValue | undefined): boolean {
  const { operator, values } = resolveProperty(op, value)
  return isBlank(actual) ? operator.whenMissing : operator.test(actual, values)
}

/**
 * A condition's operator and the values it compares with.
 * @throws {EngineError} RULE_UNCOMPILABLE when the operator is unknown or the value does not fit it.
 */
export function resolveProperty(
  op: PropertyFilter['op'],
  value: RuleValue | undefined,
): { operator: PropertyOperator; values: readonly Scalar[] } {
  const operator = findPropertyOperator(op)
  if (operator === null) throw new EngineError('RULE_UNCOMPILABLE', `"${op}" is not an operator of a property.`, { op })
  const values = operator.resolve(value)
  if (!values.ok) throw new EngineError('RULE_UNCOMPILABLE', `Operator "${op}": ${values.message}`, { op })
  return { operator, values: values.value }
}

function isAnyOf(actual: Json, values: readonly Scalar[]): boolean {
  return values.some((value) => isOne(actual, value))
}

function isOne(actual: Json, value: Scalar): boolean {
  if (Array.isArray(actual)) return actual.includes(typeof value === 'string' ? cleanText(value) : value)
  if (typeof value === 'string') return typeof actual === 'string' && foldText(actual) === foldText(value)
  return actual === value
}

function numeric(label: string, compare: (actual: number, value: number) => boolean): PropertyOperator {
  return {
    label,
    value: 'one',
    whenMissing: false,
    resolve: (value) =>
      typeof value === 'number' && Number.isFinite(value) ? success([value]) : failure('Give a number.'),
    test: (actual, values) => typeof actual === 'number' && values.every((value) => compare(actual, Number(value))),
  }
}

function readOne(value: RuleValue | undefined): Result<readonly Scalar[]> {
  if (value === undefined || Array.isArray(value) || (typeof value === 'string' && foldText(value) === '')) {
    return failure('Give one value that is not empty (for empty ones ask "is not known").')
  }
  return success([value])
}

function readList(value: RuleValue | undefined): Result<readonly Scalar[]> {
  if (!Array.isArray(value) || value.length === 0) return failure('Give a list of at least one value.')
  return value.some((item) => typeof item === 'string' && foldText(item) === '')
    ? failure('A value of the list is empty; remove it.')
    : success(value)
}

function readText(value: RuleValue | undefined): Result<readonly Scalar[]> {
  return typeof value === 'string' && foldText(value) !== ''
    ? success([value])
    : failure('Give a text that is not empty.')
}

function readNone(value: RuleValue | undefined): Result<readonly Scalar[]> {
  return value === undefined ? success([]) : failure('This operator takes no value; remove it.')
}
