/** A rule in plain words: on branch edges, in diffs, in a lead's history. */
import { findField, type Field } from '../fields.ts'
import type { Library } from '../library.ts'
import { describeDuration, parseDuration } from '../schedule/duration.ts'
import { countOperators, findOperator } from './operators.ts'
import { findPropertyOperator } from './properties.ts'
import type { CountOp, PropertyFilter, Rule, RuleValue } from './schema.ts'

/**
 * The sentence of a rule, such as `Score is at least 50 and "downloaded" happened exactly once`. Total: fields, surveys
 * and segments that do not exist are shown by their keys.
 */
export function describeRule(rule: Rule, library: Library): string {
  switch (rule.kind) {
    case 'all':
      return join(rule.rules, 'and', library)
    case 'any':
      return join(rule.rules, 'or', library)
    case 'not':
      return `not (${describeRule(rule.rule, library)})`
    case 'always':
      return 'everyone'
    case 'compare':
    case 'has_tag':
    case 'count':
    case 'answered':
    case 'in_segment':
    case 'received':
    case 'delivered':
      return describeCondition(rule, library)
    default:
      return rule satisfies never
  }
}

/** The sentence of one condition; of a group only its head ("all of:"), for explanations that list the parts. */
export function describeHead(rule: Rule, library: Library): string {
  if (rule.kind === 'all') return 'all of:'
  if (rule.kind === 'any') return 'any of:'
  return rule.kind === 'not' ? 'not:' : describeRule(rule, library)
}

type Condition = Exclude<Rule, { kind: 'always' | 'all' | 'any' | 'not' }>

function describeCondition(rule: Condition, library: Library): string {
  switch (rule.kind) {
    case 'compare':
      return describeComparison(rule, library)
    case 'has_tag':
      return `has the tag ${quote(rule.tag)}`
    case 'count': {
      const where = (rule.where ?? []).map((filter) => ` with ${quote(filter.property)} that ${describeFilter(filter)}`)
      return `${quote(rule.event)}${where.join(' and')} ${happened(rule.op, rule.n)}${inTheLast(rule.within)}`
    }
    case 'answered': {
      const survey = Object.hasOwn(library.surveys, rule.survey) ? library.surveys[rule.survey] : undefined
      const question = survey?.questions.find(({ id }) => id === rule.question)?.text ?? rule.question
      const answer = `the answer to ${quote(question)} (${survey?.title ?? rule.survey})`
      return rule.op === undefined
        ? `${answer} was given`
        : `${answer} ${describeFilter({ op: rule.op, value: rule.value })}`
    }
    case 'in_segment':
      return `is in the segment ${quote(rule.segment)}`
    case 'received': {
      const asset = Object.hasOwn(library.assets, rule.asset) ? library.assets[rule.asset] : undefined
      return `received ${quote(asset?.title ?? rule.asset)}`
    }
    case 'delivered': {
      const what = [rule.purpose, rule.channel ?? 'message'].filter((word) => word !== undefined).join(' ')
      return `was sent ${amount(rule.op, rule.n)} ${what}${rule.n === 1 ? '' : 's'}${inTheLast(rule.within)}`
    }
    default:
      return rule satisfies never
  }
}

function describeComparison(rule: Extract<Rule, { kind: 'compare' }>, library: Library): string {
  const field = findField(rule.field, library)
  const label = field?.label ?? rule.field
  const operator = findOperator(rule.op)
  if (operator === null) return `${label} ${rule.op} ${showValue(rule.value, field)}`
  if (operator.value !== 'duration') return operator.sentence(label, showValue(rule.value, field))
  return operator.sentence(label, rule.op === 'more_than_ago' ? showLength(rule.value) : showWindow(rule.value))
}

function describeFilter({ op, value }: Pick<PropertyFilter, 'op' | 'value'>): string {
  const label = findPropertyOperator(op)?.label ?? op
  return value === undefined ? label : `${label} ${showValue(value, null)}`
}

function join(rules: readonly Rule[], word: 'and' | 'or', library: Library): string {
  const parts = rules.map((rule) => {
    const text = describeRule(rule, library)
    const isGroup = (rule.kind === 'all' || rule.kind === 'any') && rule.rules.length > 1
    return isGroup && rules.length > 1 ? `(${text})` : text
  })
  return parts.join(` ${word} `)
}

function happened(op: CountOp, n: number): string {
  if (n === 0 && (op === 'eq' || op === 'lte')) return 'never happened'
  if (n === 1 && op === 'eq') return 'happened exactly once'
  if (n === 1 && op === 'gte') return 'happened at least once'
  return `happened ${amount(op, n)} ${n === 1 ? 'time' : 'times'}`
}

function amount(op: CountOp, n: number): string {
  return `${countOperators[op].label} ${n}`
}

function inTheLast(within: string | undefined): string {
  return within === undefined ? '' : ` in the last ${showWindow(within)}`
}

/** "the last day", not "the last 1 day". */
function showWindow(value: RuleValue | undefined): string {
  return showLength(value).replace(/^1 (\w+)$/, '$1')
}

function showLength(value: RuleValue | undefined): string {
  return typeof value === 'string' && parseDuration(value) !== null ? describeDuration(value) : showValue(value, null)
}

function showValue(value: RuleValue | undefined, field: Field | null): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) {
    const word =
      field !== null && (field.type === 'number' || field.type === 'date') && value.length === 2 ? 'and' : 'or'
    const shown = value.slice(0, 10).map((item) => showValue(item, field))
    if (value.length > shown.length) return `${shown.join(', ')}, … (${value.length} values)`
    const last = shown.pop() ?? ''
    return shown.length === 0 ? last : `${shown.join(', ')} ${word} ${last}`
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number' || field?.type === 'date' || field?.type === 'datetime') return String(value)
  return quote(field?.type === 'enum' && field.core !== undefined ? value.replaceAll('_', ' ') : value)
}

function quote(text: string): string {
  return `"${text}"`
}
