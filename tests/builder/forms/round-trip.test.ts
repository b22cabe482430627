/** What the controls can write, the engine accepts: for every step, whatever is chosen and typed. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { settingsSchema, weekdays } from '#engine/graph/schema.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import { durationUnits, writeDuration } from '../../../builder/src/forms/duration-value.ts'
import { blankOf, planForm, type FieldPlan } from '../../../builder/src/forms/plan.ts'
import { throughDefaults } from '../../../builder/src/forms/plan-path.ts'
import { getAt, setAt } from '../../../builder/src/forms/values.ts'

const schemas = [
  ...builtInSteps.map(({ type, config }) => ({ name: type, schema: config as z.ZodType })),
  { name: 'the journey itself', schema: settingsSchema as z.ZodType },
]

test.each(schemas)('$name', ({ schema }) => {
  const plan = planForm(z.toJSONSchema(schema, { io: 'input' }))
  fc.assert(
    fc.property(valueOf(plan), (drawn) => {
      // As it is stored: JSON knows no −0.
      const config: unknown = JSON.parse(JSON.stringify(drawn))
      const parsed = schema.safeParse(config)
      expect(parsed.error?.issues ?? []).toEqual([])
      // Through storage, and through the engine: the form shows the same again.
      expect(schema.parse(JSON.parse(JSON.stringify(config)))).toEqual(parsed.data)
      expect(schema.parse(parsed.data)).toEqual(parsed.data)
    }),
    { numRuns: 60 },
  )
})

test.each(schemas)('$name: setting by setting, in any order, is the same as all at once', ({ schema }) => {
  const plan = planForm(z.toJSONSchema(schema, { io: 'input' }))
  fc.assert(
    fc.property(
      valueOf(plan),
      fc.infiniteStream(fc.nat(100)).map((stream) => stream),
      (config, order) => {
        const keys = Object.keys(config as object).toSorted(() => (order.next().value > 50 ? 1 : -1))
        const written = keys.reduce<unknown>((all, key) => setAt(all, [key], getAt(config, [key])), {})
        expect(written).toEqual(config)
      },
    ),
    { numRuns: 20 },
  )
})

test('a change within a list that is only there by default keeps the rest of it', () => {
  const split = builtInSteps.find(({ type }) => type === 'split')
  const plan = planForm(z.toJSONSchema(split?.config ?? z.never(), { io: 'input' }))
  const { path, value } = throughDefaults(plan, {}, ['ways', 1, 'percent'], 30)
  expect(setAt({}, path, value)).toEqual({
    ways: [
      { id: 'a', name: 'A', percent: 50 },
      { id: 'b', name: 'B', percent: 30 },
    ],
  })
  expect(throughDefaults(plan, { ways: [{ id: 'x' }] }, ['ways', 0, 'name'], 'X')).toEqual({
    path: ['ways', 0, 'name'],
    value: 'X',
  })
})

test('what a new entry begins with has everything that must be there', () => {
  const { fields } = planForm(z.toJSONSchema(builtInSteps[0]?.config ?? z.never(), { io: 'input' }))
  const triggers = fields.find(({ key }) => key === 'triggers')
  for (const variant of triggers?.item?.variants ?? []) {
    const blank = variant.make() as Record<string, unknown>
    for (const { key, required } of variant.plan.fields) if (required) expect(blank).toHaveProperty(key)
  }
  expect(blankOf(planForm({ type: 'object', properties: {} }))).toEqual({})
})

/** Anything the control of a plan can leave behind, problems of meaning aside. */
function valueOf(plan: FieldPlan): fc.Arbitrary<unknown> {
  switch (plan.widget) {
    case 'group':
      return groupOf(plan)
    case 'hidden':
      return plan.schema.const === undefined
        ? fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/)
        : fc.constant(plan.schema.const)
    case 'text':
    case 'paragraph':
    case 'line':
    case 'message':
    case 'pick':
      return textOf(plan)
    case 'email':
      return fc.constantFrom('anna@example.org', 'sales+x@trellis.example')
    case 'url':
      return fc.constantFrom('https://example.org/', 'https://hooks.example.org/a?b=c')
    case 'number':
    case 'slider':
    case 'money':
    case 'offset':
      return plan.isInteger
        ? fc.integer({ min: plan.minimum ?? -1000, max: plan.maximum ?? 1000 })
        : fc.double({ min: plan.minimum ?? -1000, max: plan.maximum ?? 1000, noNaN: true })
    case 'switch':
    case 'decision':
      return fc.boolean()
    case 'choice':
      return fc.constantFrom(...plan.options.map(({ value }) => value))
    case 'choices':
      return fc.subarray(
        plan.options.map(({ value }) => value),
        { minLength: plan.minItems },
      )
    case 'weekdays':
      return fc.subarray([...weekdays], { minLength: 1 })
    case 'words':
    case 'pickMany':
      return fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: plan.minItems, maxLength: plan.maxItems ?? 5 })
    case 'duration':
      return fc
        .tuple(fc.nat(1000), fc.constantFrom(...durationUnits))
        .map(([amount, unit]) => writeDuration({ amount, unit }))
    case 'time':
      return clock
    case 'window':
      return fc.record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: clock, to: clock })
    case 'date':
      return day
    case 'datetime':
      return fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
        .map((date) => date.toISOString())
    case 'rule':
      return rule
    case 'scalar':
      return fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.boolean())
    case 'value':
      return fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null))
    case 'answers':
      return fc.array(fc.oneof(fc.stringMatching(/^[a-z]{1,10}$/), fc.integer()), { minLength: 1, maxLength: 4 })
    case 'filters':
      return fc.array(
        fc.record({
          property: fc.stringMatching(/^[a-z]{1,10}$/),
          op: fc.constantFrom('is', 'gte', 'contains'),
          value: fc.oneof(fc.string({ maxLength: 10 }), fc.integer()),
        }),
        { maxLength: 3 },
      )
    case 'list':
    case 'cases':
      return fc.array(plan.item === null ? fc.constant({}) : valueOf(plan.item), {
        minLength: Math.max(plan.minItems, 0),
        maxLength: Math.max(plan.minItems, 3),
      })
    case 'record':
      return fc.dictionary(
        fc.constantFrom('de', 'fr', 'it'),
        plan.item === null ? fc.constant('') : valueOf(plan.item),
        { maxKeys: 3 },
      )
    case 'union':
      return fc.oneof(
        ...plan.variants.map((variant) =>
          variant.plan.fields.length === 0
            ? fc.constant(variant.make())
            : valueOf({ ...variant.plan, widget: 'group' }),
        ),
      )
    case 'json':
      throw new Error('No built-in step needs JSON.')
  }
}

/** Settings that need not be there are there now and then. */
function groupOf(plan: FieldPlan): fc.Arbitrary<Record<string, unknown>> {
  const entries = plan.fields.map((field) => [field.key, valueOf(field)] as const)
  const required = plan.fields.filter(({ required: must }) => must).map(({ key }) => key)
  return fc.record(Object.fromEntries(entries), { requiredKeys: required })
}

function textOf({ minLength, maxLength }: FieldPlan): fc.Arbitrary<string> {
  return fc
    .string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength ?? 40, 40) })
    .map((text) => text.replaceAll(/[\r\n\p{Cc}]/gu, ' ').slice(0, maxLength ?? 40))
    .filter((text) => text.length >= minLength)
}

const two = (number: number): string => String(number).padStart(2, '0')
const clock = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${two(hour)}:${two(minute)}`)
const day = fc
  .tuple(fc.integer({ min: 1980, max: 2080 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([year, month, date]) => `${String(year)}-${two(month)}-${two(date)}`)
const rule = fc.constantFrom(
  { kind: 'always' },
  { kind: 'has_tag', tag: 'x' },
  { kind: 'all', rules: [{ kind: 'compare', field: 'score', op: 'gte', value: 50 }] },
)
