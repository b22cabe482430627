/** What is wrong with a rule, all of it, each at its path; what passes here never throws when it is evaluated. */
import { findField, type Field } from '../fields.ts'
import type { Issue } from '../issues.ts'
import type { Library } from '../library.ts'
import { durationToMs, parseDuration } from '../schedule/duration.ts'
import { cleanText } from '../text.ts'
import { findOperator, type CompareOperator } from './operators.ts'
import { findPropertyOperator } from './properties.ts'
import { own } from './references.ts'
import type { CompareOp, PropertyFilter, Rule, RuleValue } from './schema.ts'

/** Conditions a rule may have, those of the segments it names counted each time they are named: about 1 MB of SQL. */
export const maxRuleSize = 5000
/** How deep groups and segments may be nested: far more than a person can read, far less than a stack holds. */
const maxRuleDepth = 100

export type RuleIssue = Omit<Issue, 'nodeId'>
type Path = (string | number)[]

/** Checks a rule against the library. Empty = it can be evaluated and compiled to SQL. */
export function validateRule(rule: Rule, library: Library): RuleIssue[] {
  const issues: RuleIssue[] = []
  const { size, depth } = measure(rule, library, [])
  if (size > maxRuleSize || depth > maxRuleDepth) {
    const message = `The rule has ${count(size)} conditions nested ${depth} deep, its segments included; use at most ${count(maxRuleSize)} and ${maxRuleDepth}.`
    return [error('RULE_VALUE_INVALID', [], message)]
  }
  check(rule, [], library, issues)
  return issues
}

function check(rule: Rule, path: Path, library: Library, issues: RuleIssue[]): void {
  switch (rule.kind) {
    case 'always':
      return
    case 'all':
    case 'any':
      rule.rules.forEach((child, index) => check(child, [...path, 'rules', index], library, issues))
      return
    case 'not':
      check(rule.rule, [...path, 'rule'], library, issues)
      return
    case 'compare':
      issues.push(...checkComparison(rule, path, library))
      return
    case 'has_tag':
      issues.push(...checkName(rule.tag, [...path, 'tag'], 'tag'))
      return
    case 'count':
      issues.push(...checkName(rule.event, [...path, 'event'], 'event'))
      rule.where?.forEach((filter, index) => {
        issues.push(...checkName(filter.property, [...path, 'where', index, 'property'], 'property'))
        issues.push(...checkFilter(filter, [...path, 'where', index]))
      })
      issues.push(...checkWindow(rule.within, [...path, 'within']))
      return
    case 'answered':
      issues.push(...checkAnswer(rule, path, library))
      return
    case 'in_segment':
      issues.push(...checkSegment(rule.segment, [...path, 'segment'], library))
      return
    case 'received':
      if (own(library.assets, rule.asset) === undefined) {
        issues.push(
          error('REFERENCE_MISSING', [...path, 'asset'], `There is no asset "${rule.asset}"; choose another.`),
        )
      }
      return
    case 'delivered':
      issues.push(...checkWindow(rule.within, [...path, 'within']))
      return
    default:
      rule satisfies never
  }
}

function checkComparison(rule: Extract<Rule, { kind: 'compare' }>, path: Path, library: Library): RuleIssue[] {
  const field = findField(rule.field, library)
  if (field === null) {
    const message = `There is no field "${rule.field}"; choose another or add it to the lead fields.`
    return [error('FIELD_UNKNOWN', [...path, 'field'], message)]
  }
  const operator = findOperator(rule.op)
  if (operator === null) return [error('OPERATOR_UNKNOWN', [...path, 'op'], `There is no operator "${rule.op}".`)]
  if (!operator.types.includes(field.type)) {
    const message = `"${operator.label}" does not fit the field "${field.label}" (${field.type}); choose another operator.`
    return [error('OPERATOR_NOT_FOR_TYPE', [...path, 'op'], message)]
  }
  return checkValue(rule.op, operator, field, rule.value, [...path, 'value'])
}

function checkValue(
  op: CompareOp,
  operator: CompareOperator,
  field: Field,
  value: RuleValue | undefined,
  path: Path,
): RuleIssue[] {
  if (operator.value === 'duration') {
    if (typeof value !== 'string') return [error('DURATION_INVALID', path, `Give how long, for example P3D.`)]
    return checkWindow(value, path)
  }
  const operand = operator.resolve(field, value, { now: 0, zone: 'UTC' })
  if (!operand.ok) return [error('RULE_VALUE_INVALID', path, operand.message)]
  const { min, max } = operand.value
  if (op === 'between' && min !== null && max !== null && min.value > max.value) {
    return [error('RULE_VALUE_INVALID', path, 'The first value is above the second; put the lower one first.')]
  }
  const options = field.options ?? []
  const strange = options.length === 0 ? [] : operand.value.values.filter((item) => !options.includes(String(item)))
  return strange.map((item) => {
    const message = `"${String(item)}" is not an option of the field "${field.label}"; choose one of its options.`
    return error('RULE_VALUE_INVALID', path, message)
  })
}

function checkFilter({ op, value }: Pick<PropertyFilter, 'op' | 'value'>, path: Path): RuleIssue[] {
  const operator = findPropertyOperator(op)
  if (operator === null) return [error('OPERATOR_UNKNOWN', [...path, 'op'], `There is no operator "${op}".`)]
  const values = operator.resolve(value)
  return values.ok ? [] : [error('RULE_VALUE_INVALID', [...path, 'value'], values.message)]
}

function checkAnswer(rule: Extract<Rule, { kind: 'answered' }>, path: Path, library: Library): RuleIssue[] {
  const survey = own(library.surveys, rule.survey)
  const issues: RuleIssue[] = []
  if (survey === undefined) {
    const message = `There is no survey "${rule.survey}"; choose another.`
    issues.push(error('REFERENCE_MISSING', [...path, 'survey'], message))
  } else if (!survey.questions.some(({ id }) => id === rule.question)) {
    const message = `The survey "${survey.title}" has no question "${rule.question}"; choose another.`
    issues.push(error('REFERENCE_MISSING', [...path, 'question'], message))
  }
  if (rule.op !== undefined) return [...issues, ...checkFilter({ op: rule.op, value: rule.value }, path)]
  if (rule.value === undefined) return issues
  return [...issues, error('RULE_VALUE_INVALID', [...path, 'value'], 'A value needs an operator; choose one.')]
}

function checkSegment(segment: string, path: Path, library: Library): RuleIssue[] {
  if (own(library.segments, segment) === undefined) {
    return [error('REFERENCE_MISSING', path, `There is no segment "${segment}"; choose another.`)]
  }
  const problem = findProblem(segment, library)
  return problem === null ? [] : [{ ...problem, path }]
}

/** What is wrong inside a segment, or inside one it names, told where the segment is used. Null when nothing is. */
function findProblem(segment: string, library: Library): RuleIssue | null {
  const seen = new Set<string>()
  const pending = [segment]
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (seen.has(key)) continue
    seen.add(key)
    if (isCircular(key, library)) {
      return error('SEGMENT_CYCLE', [], `The segment "${key}" is defined by itself; change one of its conditions.`)
    }
    const rule = own(library.segments, key)
    const inner: RuleIssue[] = []
    if (rule === undefined) inner.push(error('REFERENCE_MISSING', [], `There is no segment "${key}".`))
    else check(withoutSegments(rule), [], library, inner)
    const [first] = inner
    if (first !== undefined) return { ...first, message: `In the segment "${key}": ${first.message}` }
    if (rule !== undefined) pending.push(...segmentsIn(rule))
  }
  return null
}

function isCircular(segment: string, library: Library): boolean {
  const seen = new Set<string>()
  const pending = [segment]
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const rule = own(library.segments, key)
    for (const next of rule === undefined ? [] : segmentsIn(rule)) {
      if (next === segment) return true
      if (!seen.has(next)) pending.push(next)
      seen.add(next)
    }
  }
  return false
}

function segmentsIn(rule: Rule): string[] {
  if (rule.kind === 'in_segment') return [rule.segment]
  if (rule.kind === 'not') return segmentsIn(rule.rule)
  return rule.kind === 'all' || rule.kind === 'any' ? rule.rules.flatMap(segmentsIn) : []
}

/** The rule with its segments taken as fine: `findProblem` looks into each of them once. */
function withoutSegments(rule: Rule): Rule {
  if (rule.kind === 'in_segment') return { kind: 'always' }
  if (rule.kind === 'not') return { kind: 'not', rule: withoutSegments(rule.rule) }
  return rule.kind === 'all' || rule.kind === 'any' ? { ...rule, rules: rule.rules.map(withoutSegments) } : rule
}

interface Size {
  size: number
  depth: number
}

/** Size and depth with segments written out; a circle counts once, and counting stops when it is too much anyway. */
function measure(rule: Rule, library: Library, open: readonly string[], known = new Map<string, Size>()): Size {
  if (rule.kind === 'all' || rule.kind === 'any' || rule.kind === 'not') {
    const parts = (rule.kind === 'not' ? [rule.rule] : rule.rules).map((part) => measure(part, library, open, known))
    return {
      size: parts.reduce((sum, part) => sum + part.size, 1),
      depth: 1 + parts.reduce((most, part) => Math.max(most, part.depth), 0),
    }
  }
  if (rule.kind === 'count') return { size: 1 + (rule.where?.length ?? 0), depth: 1 }
  if (rule.kind !== 'in_segment' || open.includes(rule.segment)) return { size: 1, depth: 1 }
  const segment = own(library.segments, rule.segment)
  if (segment === undefined) return { size: 1, depth: 1 }
  const size = known.get(rule.segment) ?? measure(segment, library, [...open, rule.segment], known)
  known.set(rule.segment, size)
  return size
}

function checkWindow(within: string | undefined, path: Path): RuleIssue[] {
  if (within === undefined) return []
  if (parseDuration(within) === null) {
    return [error('DURATION_INVALID', path, `"${within}" is not a duration; write it in ISO 8601, for example P3D.`)]
  }
  return durationToMs(within) > 0
    ? []
    : [error('DURATION_INVALID', path, `"${within}" is no time at all; give at least one second.`)]
}

function checkName(name: string, path: Path, what: string): RuleIssue[] {
  return cleanText(name) === '' ? [error('RULE_VALUE_INVALID', path, `The ${what} has no name; give one.`)] : []
}

function error(code: Issue['code'], path: Path, message: string): RuleIssue {
  return { code, severity: 'error', path, message }
}

function count(n: number): string {
  return n > 1_000_000 ? 'millions of' : n.toLocaleString('en-US')
}
