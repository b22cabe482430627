/**
 * What a rule says about one lead now, why, and until when. Pure; the clock and the zone are arguments. Its twin in SQL
 * is db/rules/compile.ts; docs/rules.md is the meaning both keep to.
 */
import { EngineError } from '../errors.ts'
import type { Facts, Instant, Json } from '../facts.ts'
import type { Library } from '../library.ts'
import { maxInstant } from '../schedule/calendar.ts'
import { zoneOr } from '../schedule/zone.ts'
import { cleanText } from '../text.ts'
import { resolveComparison } from './comparison.ts'
import { answerCount } from './counting.ts'
import { describeHead } from './describe.ts'
import type { Evaluation, RuleTrace } from './evaluation.ts'
import { ruleNeeds } from './needs.ts'
import { instantOf, readLength, toComparable } from './operands.ts'
import { matchesProperties, testJson } from './properties.ts'
import { circle, countedStatuses, findSegment, lineageOf, own } from './references.ts'
import type { Rule } from './schema.ts'

export interface RuleContext {
  facts: Facts
  library: Library
  now: Instant
  /** IANA zone in which days begin; an unknown name counts as UTC. */
  zone: string
  /** False leaves sentences and `saw` out, for forecasts over thousands of leads. @default true */
  trace?: boolean
}

/**
 * Evaluates a rule on a lead's facts. Two-valued: a comparison with a missing value is false, but for `is_not`,
 * `not_in`, `not_contains` and `unknown`, which are true.
 * @throws {EngineError} RULE_UNCOMPILABLE for an unknown field, operator or segment, a value that does not fit, or
 * segments that name each other in a circle; `validateRule` reports all of these first.
 */
export function evaluate(rule: Rule, context: RuleContext): Evaluation {
  const run: Run = {
    ...context,
    zone: zoneOr(context.zone, 'UTC'),
    segments: new Map(),
    withTrace: context.trace !== false,
  }
  const { value, recheckAt, trace } = visit(rule, run)
  return {
    value,
    trace,
    dependsOn: ruleNeeds(rule, context.library).dependsOn,
    recheckAt: recheckAt <= maxInstant ? recheckAt : null,
  }
}

interface Run extends RuleContext {
  withTrace: boolean
  /** Segments evaluated so far; `null` while one is being evaluated, which is how a circle is seen. */
  segments: Map<string, Verdict | null>
}

interface Verdict {
  value: boolean
  /** Infinity = time alone never changes the value. */
  recheckAt: number
  trace: RuleTrace
}

function visit(rule: Rule, run: Run): Verdict {
  switch (rule.kind) {
    case 'always':
      return leaf(rule, run, true)
    case 'all':
      return group(rule, run, rule.rules, (children) => children.every(({ value }) => value))
    case 'any':
      return group(rule, run, rule.rules, (children) => children.some(({ value }) => value))
    case 'not':
      return group(rule, run, [rule.rule], (children) => children.every(({ value }) => !value))
    case 'compare':
      return compare(rule, run)
    case 'has_tag':
      return leaf(rule, run, Object.hasOwn(run.facts.tags, cleanText(rule.tag)))
    case 'count':
      return countEvents(rule, run)
    case 'answered':
      return answered(rule, run)
    case 'in_segment':
      return inSegment(rule, run)
    case 'received': {
      const at = own(run.facts.received, lineageOf(rule.asset, run.library))
      return leaf(rule, run, at !== undefined, at ?? null)
    }
    case 'delivered':
      return countDeliveries(rule, run)
    default:
      return refuse(rule)
  }
}

function leaf(rule: Rule, run: Run, value: boolean, saw?: Json, recheckAt = Infinity): Verdict {
  if (!run.withTrace) return { value, recheckAt, trace: { sentence: '', value } }
  const sentence = describeHead(rule, run.library)
  return { value, recheckAt, trace: saw === undefined ? { sentence, value } : { sentence, value, saw } }
}

/**
 * A group keeps its value as long as the children that decide it keep theirs: all of them when it takes all to hold it
 * (a true `all`), any one of them when one suffices (a false `all` stays false while one false child does).
 */
function group(rule: Rule, run: Run, rules: readonly Rule[], combine: (children: Verdict[]) => boolean): Verdict {
  const children = rules.map((child) => visit(child, run))
  const value = combine(children)
  const oneSuffices = rule.kind === 'all' ? !value : rule.kind === 'any' && value
  const recheckAt = oneSuffices
    ? Math.max(...children.filter((child) => child.value === value).map((child) => child.recheckAt))
    : Math.min(...children.map((child) => child.recheckAt))
  if (!run.withTrace) return { value, recheckAt, trace: { sentence: '', value } }
  const sentence = describeHead(rule, run.library)
  return { value, recheckAt, trace: { sentence, value, children: children.map(({ trace }) => trace) } }
}

function compare(rule: Extract<Rule, { kind: 'compare' }>, run: Run): Verdict {
  const { field, operator, operand } = resolveComparison(rule, run.library, run)
  const stored = own(run.facts.fields, rule.field)
  const actual = toComparable(field.type, stored)
  if (actual === null) return leaf(rule, run, operator.whenMissing, stored ?? null)
  const value = operator.test(actual, operand)
  return leaf(rule, run, value, stored ?? null, nextTurn())

  function nextTurn(): number {
    if (operator.turns === undefined || actual === null) return Infinity
    const at = instantOf(field, actual, run.zone)
    const length = readLength(rule.value)
    if (at === null || !length.ok) return Infinity
    return Math.min(...operator.turns(at, length.value).filter((turn) => turn > run.now))
  }
}

function countEvents(rule: Extract<Rule, { kind: 'count' }>, run: Run): Verdict {
  const event = cleanText(rule.event)
  const loaded = own(run.facts.events, event) ?? []
  const isFiltered = rule.where !== undefined && rule.where.length > 0
  const matching = isFiltered ? loaded.filter(({ properties }) => matchesProperties(properties, rule.where)) : loaded
  // Only the newest events are loaded; over all time the counter knows the rest.
  const isTotal = !isFiltered && rule.within === undefined
  const uncounted = isTotal ? Math.max((own(run.facts.totals, event)?.count ?? 0) - loaded.length, 0) : 0
  const instants = matching.map(({ occurredAt }) => occurredAt)
  const { value, count, recheckAt } = answerCount(instants, rule, run.now, uncounted)
  return leaf(rule, run, value, count, recheckAt)
}

function countDeliveries(rule: Extract<Rule, { kind: 'delivered' }>, run: Run): Verdict {
  const instants = run.facts.deliveries
    .filter(
      ({ channel, purpose, status }) =>
        countedStatuses.includes(status) &&
        channel !== 'notification' &&
        purpose !== 'internal' &&
        (rule.channel === undefined || channel === rule.channel) &&
        (rule.purpose === undefined || purpose === rule.purpose),
    )
    .map(({ countedAt }) => countedAt)
  const { value, count, recheckAt } = answerCount(instants, rule, run.now)
  return leaf(rule, run, value, count, recheckAt)
}

function answered(rule: Extract<Rule, { kind: 'answered' }>, run: Run): Verdict {
  const answers = own(run.facts.answers, cleanText(rule.survey)) ?? {}
  const answer = own(answers, cleanText(rule.question))
  const value = rule.op === undefined ? answer !== undefined : testJson(answer?.value, rule.op, rule.value)
  return leaf(rule, run, value, answer?.value ?? null)
}

function inSegment(rule: Extract<Rule, { kind: 'in_segment' }>, run: Run): Verdict {
  const segment = findSegment(rule.segment, run.library)
  let verdict = run.segments.get(rule.segment)
  if (verdict === null) throw circle(rule.segment)
  if (verdict === undefined) {
    run.segments.set(rule.segment, null)
    verdict = visit(segment, run)
    run.segments.set(rule.segment, verdict)
  }
  const { value, recheckAt } = verdict
  const { trace } = leaf(rule, run, value)
  return { value, recheckAt, trace: run.withTrace ? { ...trace, children: [verdict.trace] } : trace }
}

function refuse(rule: never): never {
  throw new EngineError('RULE_UNCOMPILABLE', `A rule of kind "${(rule as Rule).kind}" is not known.`)
}
