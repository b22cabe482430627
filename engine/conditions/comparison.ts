/** A `compare` made ready: its field, operator and resolved right side. One way in for the evaluator and for SQL. */
import { EngineError } from '../errors.ts'
import { findField, type Field } from '../fields.ts'
import type { Library } from '../library.ts'
import type { Moment, Operand } from './operands.ts'
import { findOperator, type CompareOperator } from './operators.ts'
import type { Rule } from './schema.ts'

export interface Comparison {
  field: Field
  operator: CompareOperator
  operand: Operand
}

/**
 * Resolves a comparison.
 * @throws {EngineError} RULE_UNCOMPILABLE when the field or operator does not exist, does not fit, or its value is not
 * valid: a condition is never dropped. `validateRule` reports all of these as data first.
 */
export function resolveComparison(
  rule: Extract<Rule, { kind: 'compare' }>,
  library: Library,
  moment: Moment,
): Comparison {
  const field = findField(rule.field, library)
  if (field === null) throw uncompilable(rule, `Field "${rule.field}" does not exist.`)
  const operator = findOperator(rule.op)
  if (operator === null) throw uncompilable(rule, `Operator "${rule.op}" does not exist.`)
  if (!operator.types.includes(field.type)) {
    throw uncompilable(rule, `Operator "${rule.op}" does not fit the field "${rule.field}", which is a ${field.type}.`)
  }
  const operand = operator.resolve(field, rule.value, moment)
  if (!operand.ok) throw uncompilable(rule, `The value of "${rule.op}" does not fit the field "${rule.field}".`)
  return { field, operator, operand: operand.value }
}

function uncompilable(rule: Extract<Rule, { kind: 'compare' }>, message: string): EngineError {
  return new EngineError('RULE_UNCOMPILABLE', message, { field: rule.field, op: rule.op })
}
