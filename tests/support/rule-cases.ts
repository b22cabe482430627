/** Rules to ask of the leads of lead-facts.ts: every registered operator on every field it fits, alone and combined. */
import * as fc from 'fast-check'
import { compareOperators, countOperators } from '#engine/conditions/operators.ts'
import { propertyOperators } from '#engine/conditions/properties.ts'
import type { CompareOp, CountOp, PropertyFilter, Rule, RuleValue } from '#engine/conditions/schema.ts'
import { findField, type Field } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { attentions, stages } from '#engine/vocabulary.ts'
import {
  assetPool,
  dateArb,
  eventPool,
  instantArb,
  interestPool,
  numberPool,
  questionPool,
  tagPool,
  textPools,
  tierPool,
} from './lead-facts.ts'

const fieldKeys = [
  'company',
  'title',
  'city',
  'stage',
  'attention',
  'score',
  'do_not_email',
  'created_at',
  'last_activity_at',
  'note',
  'amount',
  'vip',
  'tier',
  'interests',
  'birthday',
  'renewed_at',
  'constructor',
]
export const allCompareOps = Object.keys(compareOperators) as CompareOp[]
export const allCountOps = Object.keys(countOperators) as CountOp[]
export const allPropertyOps = Object.keys(propertyOperators) as PropertyFilter['op'][]

const durationArb = fc.constantFrom('PT1H', 'PT36H', 'P1D', 'P3D', 'P1M', 'P2Y', 'P8Y', 'PT90M', 'P9999Y')

/** Windows of counts: half of them long, so that something is in them. */
const windowArb = fc.oneof(durationArb, fc.constantFrom('P2Y', 'P8Y', 'P20Y', 'P9999Y'))

/** A text of the pool, as somebody else might write it, whole or in part. */
function askedText(pool: readonly string[], part: 'whole' | 'part' | 'start'): fc.Arbitrary<string> {
  const changed = fc.tuple(fc.constantFrom(...pool), fc.nat(3)).map(([text, how]) => {
    if (how === 0) return text.toUpperCase()
    if (how === 1) return text.normalize('NFD')
    return how === 2 ? `${text}\0` : text
  })
  if (part === 'whole') return changed
  const cut = fc
    .tuple(changed, fc.nat(3), fc.integer({ min: 1, max: 3 }))
    .map(([text, start, length]) => text.slice(part === 'start' ? 0 : start, (part === 'start' ? 0 : start) + length))
  const odd = fc.constantFrom('%', '_', '\\', "'", 'a', 'i', '\ud83d', 'ß', 's')
  return fc.oneof({ arbitrary: cut, weight: 4 }, odd).filter((text) => text.replaceAll('\0', '') !== '')
}

function valueArb(field: Field, op: CompareOp): fc.Arbitrary<RuleValue | undefined> {
  const operator = compareOperators[op]
  if (operator.value === 'none') return fc.constant(undefined)
  if (operator.value === 'duration') return durationArb
  const one = scalarArb(field, op)
  if (operator.value === 'one') return one
  if (operator.value === 'list') return fc.array(one as fc.Arbitrary<string>, { minLength: 1, maxLength: 4 })
  return fc.tuple(one, one).map(([a, b]) => (a < b ? [a, b] : [b, a]) as string[])
}

function scalarArb(field: Field, op: CompareOp): fc.Arbitrary<string | number | boolean> {
  switch (field.type) {
    case 'text': {
      const pool = (Object.hasOwn(textPools, field.key) ? textPools[field.key] : undefined) ?? ['a', 'B', 'Object']
      return askedText(
        pool,
        op === 'starts_with' ? 'start' : op === 'contains' || op === 'not_contains' ? 'part' : 'whole',
      )
    }
    case 'number':
      return fc.constantFrom(...numberPool)
    case 'boolean':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom<string>(
        ...(field.key === 'stage' ? stages : field.key === 'attention' ? attentions : tierPool),
      )
    case 'set':
      return fc.constantFrom(...interestPool)
    case 'date':
      return dateArb
    case 'datetime': {
      const exact = instantArb.map((at) => new Date(at).toISOString())
      const local = exact.map((text) => text.slice(0, 19))
      return fc.oneof(exact, local, dateArb)
    }
    default:
      return field.type satisfies never
  }
}

/** Every operator on every field it fits, `each` times with other values. */
export function compareRules(library: Library, each: number, seed: number): Rule[] {
  return allCompareOps.flatMap((op, opIndex) => {
    const fields = fieldKeys.map((key) => findField(key, library)).filter((field) => field !== null)
    return fields
      .filter((field) => (compareOperators[op].types as readonly string[]).includes(field.type))
      .flatMap((field, index) =>
        fc
          .sample(valueArb(field, op), { numRuns: each, seed: seed + opIndex * 100 + index })
          .map((value): Rule => ({ kind: 'compare', field: field.key, op, ...(value === undefined ? {} : { value }) })),
      )
  })
}

type Filter = { op: PropertyFilter['op']; value?: RuleValue }

/** A condition on a property or an answer that mostly holds texts, or mostly numbers. */
function filterArb(op: PropertyFilter['op'], mostly: 'text' | 'number'): fc.Arbitrary<Filter> {
  const operator = propertyOperators[op]
  const texts = fc.constantFrom('ACME', 'acme', 'aCMÉ', '100%', 'a_b', 'A_B', 'aXb', '%')
  const numbers = fc.constantFrom(...numberPool)
  const usual = mostly === 'text' ? texts : numbers
  const any = fc.oneof({ arbitrary: usual as fc.Arbitrary<string | number>, weight: 6 }, texts, numbers)
  if (operator.value === 'none') return fc.constant({ op })
  if (operator.value === 'list') return fc.array(any, { minLength: 1, maxLength: 5 }).map((value) => ({ op, value }))
  if (op === 'contains' || op === 'starts_with') {
    return fc.constantFrom('a', 'A', '1', '100%', '%', '_', '\\', 'Acme').map((value) => ({ op, value }))
  }
  const isEquality = op === 'is' || op === 'is_not'
  return (isEquality ? fc.oneof({ arbitrary: any, weight: 6 }, fc.boolean()) : numbers).map((value) => ({ op, value }))
}

/** Where a filter finds what it asks for: texts in "asset" and "p'x", numbers in "amount". */
function flavour(op: PropertyFilter['op']): fc.Arbitrary<'text' | 'number'> {
  if (op === 'contains' || op === 'starts_with') return fc.constant('text')
  return ['lt', 'lte', 'gt', 'gte'].includes(op) ? fc.constant('number') : fc.constantFrom('text', 'text', 'number')
}

function whereArb(op: PropertyFilter['op']): fc.Arbitrary<PropertyFilter> {
  return flavour(op).chain((mostly) => {
    const property = fc.constantFrom(...(mostly === 'text' ? ['asset', "p'x"] : ['amount']))
    return fc.tuple(property, filterArb(op, mostly)).map(([name, filter]) => ({ property: name, ...filter }))
  })
}

/** A count: of all events, in a window, with filters, or both. */
export function countArb(op: CountOp): fc.Arbitrary<Rule> {
  return fc
    .record({
      event: fc.constantFrom('downloaded', 'invited', 'invited', ...eventPool, 'never'),
      within: fc.option(windowArb, { nil: undefined }),
      where: fc.option(fc.array(fc.constantFrom(...allPropertyOps).chain(whereArb), { maxLength: 2 }), {
        nil: undefined,
      }),
      n: fc.constantFrom(0, 1, 1, 2, 2, 3, 5, 8),
    })
    .map(({ within, where, ...rest }): Rule => ({
      kind: 'count',
      op,
      ...rest,
      ...(within === undefined ? {} : { within }),
      ...(where === undefined ? {} : { where }),
    }))
}

/** A count of deliveries. */
export function deliveredArb(op: CountOp): fc.Arbitrary<Rule> {
  return fc
    .record({
      channel: fc.option(fc.constantFrom('email', 'postcard'), { nil: undefined }),
      purpose: fc.option(fc.constantFrom('transactional', 'nurture', 'promotional'), { nil: undefined }),
      within: fc.option(windowArb, { nil: undefined }),
      n: fc.constantFrom(0, 1, 1, 2, 3, 5),
    })
    .map(({ n, ...rest }): Rule => {
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
      return { kind: 'delivered', op, n, ...given }
    })
}

/** A condition on an answer; without an operator, whether there is one. */
export function answeredArb(op: PropertyFilter['op'] | undefined): fc.Arbitrary<Rule> {
  const survey = fc.constantFrom('why', 'nps')
  if (op === undefined) {
    return fc
      .tuple(survey, fc.constantFrom(...questionPool))
      .map(([key, question]) => ({ kind: 'answered', survey: key, question }))
  }
  return flavour(op).chain((mostly) =>
    fc.tuple(survey, filterArb(op, mostly)).map(([key, filter]): Rule => ({
      kind: 'answered',
      survey: key,
      question: mostly === 'text' ? 'reason' : 'amount',
      ...filter,
    })),
  )
}

const plainArb: fc.Arbitrary<Rule> = fc.oneof(
  fc.constant<Rule>({ kind: 'always' }),
  fc.constantFrom(...tagPool).map((tag): Rule => ({ kind: 'has_tag', tag })),
  fc.constantFrom(...assetPool).map((asset): Rule => ({ kind: 'received', asset })),
)

/** Conditions that are not comparisons: each operator `each` times. */
export function otherRules(each: number, seed: number): Rule[] {
  const sample = (arb: fc.Arbitrary<Rule>, salt: number) => fc.sample(arb, { numRuns: each, seed: seed + salt })
  return [
    ...allCountOps.flatMap((op, index) => sample(countArb(op), index)),
    ...allCountOps.flatMap((op, index) => sample(deliveredArb(op), 100 + index)),
    ...[undefined, ...allPropertyOps].flatMap((op, index) => sample(answeredArb(op), 200 + index)),
    ...allPropertyOps.flatMap((op, index) => sample(filteredCount(op), 300 + index)),
    ...sample(plainArb, 400),
    ...sample(plainArb, 401),
  ]
}

/** A count that one filter decides. */
function filteredCount(op: PropertyFilter['op']): fc.Arbitrary<Rule> {
  return fc
    .tuple(whereArb(op), fc.constantFrom('downloaded', 'invited', 'Clicked'), fc.constantFrom('gte', 'gte', 'lt'))
    .map(([filter, event, count]): Rule => ({ kind: 'count', event, where: [filter], op: count, n: 1 }))
}

/** Rules made of others: all, any, not, nested up to `depth`, with segments by name. */
export function combine(leaves: readonly Rule[], segments: readonly string[], count: number, seed: number): Rule[] {
  const leaf = fc.oneof(
    { arbitrary: fc.constantFrom(...leaves), weight: 6 },
    ...(segments.length === 0
      ? []
      : [fc.constantFrom(...segments).map((segment): Rule => ({ kind: 'in_segment', segment }))]),
  )
  const { rule } = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((rules): Rule => ({ kind: 'all', rules })),
      fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((rules): Rule => ({ kind: 'any', rules })),
      tie('rule').map((inner): Rule => ({ kind: 'not', rule: inner })),
    ),
  }))
  return fc.sample(rule, { numRuns: count, seed })
}

/** A library with segments built on each other: `s0` of conditions only, each later one naming earlier ones. */
export function withSegments(library: Library, leaves: readonly Rule[], seed: number): Library {
  const segments: Record<string, Rule> = {}
  for (let index = 0; index < 6; index += 1) {
    const earlier = Object.keys(segments)
    const [first, second] = combine(leaves, earlier, 2, seed + index)
    const named = earlier.at(-1)
    const rules = [first, second, named === undefined ? undefined : { kind: 'in_segment' as const, segment: named }]
    const present = rules.filter((rule) => rule !== undefined)
    segments[`s${index}`] =
      index % 2 === 0 ? { kind: 'any', rules: present } : { kind: 'not', rule: { kind: 'all', rules: present } }
  }
  return { ...library, segments }
}
