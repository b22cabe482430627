/**
 * What the world does where nobody says: each step's `simulate` results, drawn by their weights, and made-up facts that
 * bring them about (an event that fits a filter, answers to a survey, fields that make a rule true).
 */
import { evaluate } from '../conditions/evaluate.ts'
import type { PropertyFilter, Rule, RuleValue } from '../conditions/schema.ts'
import { findField } from '../fields.ts'
import type { Facts, FieldValue, Instant, Json } from '../facts.ts'
import { draw } from '../interpreter/draw.ts'
import type { Library } from '../library.ts'
import { addDays, dayNumber, dateOf, formatLocalDate } from '../schedule/calendar.ts'
import { toLocal } from '../schedule/zone.ts'
import type { SimulatedResult, StepType } from '../steps/contract.ts'
import { lookUp } from '../steps/lookup.ts'
import { scaleOf, valuesOf } from '../surveys/answers.ts'
import { follow } from '../surveys/flow.ts'
import type { Question } from '../surveys/schema.ts'
import type { Attention, Stage } from '../vocabulary.ts'
import type { WorldAct } from './types.ts'

/**
 * The results a step may have as it is configured. An author who named outcomes of a task differently from those the step
 * type knows gets them all, equally likely, after the time the type says.
 */
export function resultsOf(type: StepType, config: unknown): SimulatedResult[] {
  const simulate = type.simulate ?? []
  const ports = type.ports(config).map(({ id }) => id)
  const outcomes = ports.filter((id) => id.startsWith('outcome:'))
  const known = simulate.filter(({ port }) => ports.includes(port))
  if (outcomes.length === 0 || simulate.length === 0) return known
  const fits = outcomes.length === known.length && known.every(({ port }) => outcomes.includes(port))
  const after = simulate[0]?.after
  return fits ? known : outcomes.map((port) => ({ port, weight: 1, ...(after === undefined ? {} : { after }) }))
}

/** One of them: the most likely, or by its weight. `salt` makes the draw this lead's and this visit's. */
export function pick(results: readonly SimulatedResult[], how: 'likely' | 'chance', salt: string) {
  if (how === 'likely') return results.toSorted((one, other) => other.weight - one.weight)[0]
  let at = draw(salt) * results.reduce((sum, { weight }) => sum + weight, 0)
  return results.find(({ weight }) => (at -= weight) < 0) ?? results.at(-1)
}

/** How likely a result is among the others, in per cent. */
export function shareOf(result: SimulatedResult, results: readonly SimulatedResult[]): number {
  const total = results.reduce((sum, { weight }) => sum + weight, 0)
  return total === 0 ? 0 : Math.round((result.weight / total) * 100)
}

/** Properties that pass the filters. */
export function imagineProperties(filters: readonly PropertyFilter[]): Record<string, Json> {
  const properties: Record<string, Json> = {}
  for (const { property, op, value } of filters) {
    const made = imagineValue(op, value)
    if (made !== undefined) properties[property] = made
  }
  return properties
}

function imagineValue(op: PropertyFilter['op'], value: RuleValue | undefined): Json | undefined {
  const first = Array.isArray(value) ? value[0] : value
  switch (op) {
    case 'unknown':
      return undefined
    case 'known':
      return 'yes'
    case 'is_not':
      return typeof first === 'number' ? first + 1 : `not ${String(first ?? '')}`
    case 'lt':
      return typeof first === 'number' ? first - 1 : (first ?? 0)
    case 'gt':
      return typeof first === 'number' ? first + 1 : (first ?? 0)
    case 'is':
    case 'in':
    case 'contains':
    case 'starts_with':
    case 'lte':
    case 'gte':
      return first ?? 'yes'
  }
}

/** Answers to every question that is asked, drawn from what can be chosen. Empty when there is no such survey. */
export function imagineAnswers(
  library: Library,
  survey: string,
  only: string | null,
  salt: string,
): Record<string, Json> {
  const questions = lookUp(library.surveys, survey)?.questions ?? []
  let answers: Record<string, Json> = {}
  for (const question of questions) {
    if (only !== null && question.id !== only) continue
    const answer = imagineAnswer(question, (more) => draw(`${salt}:${question.id}:${more}`))
    answers[question.id] = answer
    // A question that these answers hide is not asked, and what was thought of for it does not count.
    if (only === null) answers = follow(questions, answers).kept
  }
  return answers
}

function imagineAnswer(question: Question, random: (salt: string) => number): Json {
  const choose = (values: readonly string[]): string => values[Math.floor(random('choice') * values.length)] ?? ''
  switch (question.type) {
    case 'single':
    case 'yes_no':
      return choose(valuesOf({ ...question, other: undefined }))
    case 'multi': {
      const values = valuesOf({ ...question, other: undefined })
      const chosen = values.filter((value) => random(value) < 0.4)
      return chosen.length === 0 ? values.slice(0, 1) : chosen
    }
    case 'ranking':
      return valuesOf(question)
    case 'number':
      return question.min ?? 1
    case 'scale':
    case 'rating':
    case 'nps': {
      const { from, to } = scaleOf(question)
      return from + Math.floor(random('scale') * (to - from + 1))
    }
    case 'date':
      return '2030-01-15'
    case 'email':
      return 'sample@example.com'
    case 'phone':
      return '+44 20 7946 0000'
    case 'text':
    case 'long_text':
      return 'A sample answer'
    case 'matrix':
      return {}
  }
}

/** What would have to happen for the rule to be true at `now`; null when nothing that can be thought of would do. */
export function actsThatSatisfy(
  rule: Rule,
  context: { facts: Facts; library: Library; now: Instant; zone: string },
): WorldAct[] | null {
  if (evaluate(rule, context).value) return []
  switch (rule.kind) {
    case 'always':
      return []
    case 'all': {
      const parts = rule.rules.map((part) => actsThatSatisfy(part, context))
      return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? [])
    }
    case 'any': {
      for (const part of rule.rules) {
        const acts = actsThatSatisfy(part, context)
        if (acts !== null) return acts
      }
      return null
    }
    case 'not':
      return rule.rule.kind === 'has_tag' ? [{ kind: 'remove_tag', tag: rule.rule.tag }] : null
    case 'has_tag':
      return [{ kind: 'add_tag', tag: rule.tag }]
    case 'in_segment': {
      const segment = lookUp(context.library.segments, rule.segment)
      return segment === undefined ? null : actsThatSatisfy(segment, context)
    }
    case 'answered': {
      const value = rule.op === undefined ? 'yes' : imagineValue(rule.op, rule.value)
      return value === undefined
        ? null
        : [{ kind: 'answers', survey: rule.survey, answers: { [rule.question]: value }, asked: 'question' }]
    }
    case 'count': {
      const wanted = { eq: rule.n, gte: rule.n, gt: rule.n + 1, ne: rule.n + 1, lt: 0, lte: 0 }[rule.op]
      const present = context.facts.totals[rule.event]?.count ?? 0
      if (wanted === 0 || wanted > 1000) return null
      const properties = imagineProperties(rule.where ?? [])
      const missing = rule.where === undefined && rule.within === undefined ? wanted - present : wanted
      return missing <= 0
        ? null
        : Array.from({ length: missing }, () => ({ kind: 'event' as const, type: rule.event, properties }))
    }
    case 'compare':
      return actsThatCompare(rule, context)
    case 'received':
    case 'delivered':
      return null
  }
}

function actsThatCompare(
  { field, op, value }: Extract<Rule, { kind: 'compare' }>,
  { facts, library, now, zone }: { facts: Facts; library: Library; now: Instant; zone: string },
): WorldAct[] | null {
  const first = Array.isArray(value) ? value[0] : value
  if (field === 'stage' || field === 'attention') {
    if ((op !== 'is' && op !== 'in') || typeof first !== 'string') return null
    return [
      field === 'stage'
        ? { kind: 'set_stage', stage: first as Stage }
        : { kind: 'set_attention', attention: first as Attention },
    ]
  }
  const wanted = valueFor(field, op, value, { library, now, zone })
  if (wanted === undefined) return null
  if (field === 'score') return typeof wanted === 'number' ? [{ kind: 'add_score', delta: wanted - facts.score }] : null
  return [{ kind: 'set_field', field, value: wanted }]
}

function valueFor(
  key: string,
  op: Extract<Rule, { kind: 'compare' }>['op'],
  value: RuleValue | undefined,
  { library, now, zone }: { library: Library; now: Instant; zone: string },
): FieldValue | undefined {
  const field = findField(key, library)
  if (field === null || field.readOnly) return undefined
  const first = Array.isArray(value) ? value[0] : value
  const isDate = field.type === 'date' || field.type === 'datetime'
  const today = dayNumber(toLocal(now, zone))
  const day = (offset: number): FieldValue =>
    field.type === 'date' ? formatLocalDate(dateOf(today + offset)) : now + offset * 86_400_000
  const around = (text: unknown, offset: number): FieldValue | undefined => {
    if (typeof text !== 'string' || !isDate) return undefined
    const at = Date.parse(text)
    if (Number.isNaN(at)) return undefined
    return field.type === 'date' ? formatLocalDate(addDays(toLocal(at, 'UTC'), offset)) : at + offset * 86_400_000
  }
  switch (op) {
    case 'is':
    case 'in':
      return field.type === 'set' ? (typeof first === 'string' ? [first] : undefined) : first
    case 'contains':
    case 'starts_with':
      return field.type === 'set' ? [String(first ?? '')] : first
    case 'lte':
    case 'gte':
      return first
    case 'between':
      return first
    case 'lt':
      return typeof first === 'number' ? first - 1 : undefined
    case 'gt':
      return typeof first === 'number' ? first + 1 : undefined
    case 'known':
      return isDate
        ? day(30)
        : { text: 'yes', number: 1, boolean: true, enum: field.options?.[0] ?? 'yes', set: ['yes'] }[
            field.type as 'text'
          ]
    case 'unknown':
    case 'is_not':
    case 'not_in':
    case 'not_contains':
      return null
    case 'before':
      return around(first, -1)
    case 'after':
      return around(first, 1)
    case 'within_last':
      return isDate ? day(0) : undefined
    case 'within_next':
      return isDate ? day(1) : undefined
    case 'more_than_ago':
      return isDate ? day(-400) : undefined
    case 'has_any':
    case 'has_all':
      return Array.isArray(value) ? value.map(String) : typeof first === 'string' ? [first] : undefined
  }
}
