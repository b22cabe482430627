import { expect, test } from 'vitest'
import { z } from 'zod'
import { settingsSchema } from '#engine/graph/schema.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import { crmLookup } from '../../../examples/activities/crm-lookup.ts'
import { planForm, widgetKinds, widgetsOf, type FieldPlan } from '../../../builder/src/forms/plan.ts'

const schemas = [
  ...builtInSteps.map(({ type, config }) => ({ name: type, schema: config })),
  { name: 'the journey itself', schema: settingsSchema },
  { name: 'crm_lookup, a custom activity', schema: crmLookup.config },
]

test.each(schemas)('$name has a control for every setting, and none is JSON', ({ schema }) => {
  const plan = planForm(z.toJSONSchema(schema, { io: 'input' }))
  const widgets = widgetsOf(plan)
  expect(widgets.filter((widget) => !widgetKinds.includes(widget))).toEqual([])
  expect(widgets).not.toContain('json')
})

test.each(schemas)('$name reads like words: every label begins with a capital and is no key', ({ schema }) => {
  const labels = labelsOf(planForm(z.toJSONSchema(schema, { io: 'input' })))
  expect(labels.filter(({ title }) => title !== '' && !/^[A-Z][^_{}]*$/.test(title))).toEqual([])
  // A key that was merely put into words has no `title` in its schema.
  expect(labels.filter(({ isNamed }) => !isNamed).map(({ key }) => key)).toEqual([])
})

/** Settings that are asked for, with their names; ids are hidden, entries without a name are called by their list. */
function labelsOf(plan: FieldPlan): { key: string; title: string; isNamed: boolean }[] {
  return [
    ...plan.fields.flatMap((field) => [
      ...(field.widget === 'hidden'
        ? []
        : [{ key: field.key, title: field.title, isNamed: field.schema.title !== undefined }]),
      ...labelsOf(field),
    ]),
    ...(plan.item === null ? [] : labelsOf(plan.item)),
    ...plan.variants.flatMap((variant) => labelsOf(variant.plan)),
  ]
}

test('kinds of value suggest their control, hints decide', () => {
  const schema = z.strictObject({
    text: z.string(),
    long: z.string().max(5000),
    paragraph: z.string().meta({ ui: { control: 'paragraph' } }),
    number: z.int(),
    share: z
      .number()
      .min(0)
      .max(100)
      .meta({ ui: { control: 'slider' } }),
    price: z.number().meta({ ui: { control: 'money', currency: 'CHF' } }),
    on: z.boolean(),
    maybe: z
      .boolean()
      .optional()
      .meta({ ui: { empty: 'As before' } }),
    one: z.enum(['a', 'b']),
    several: z.array(z.enum(['a', 'b'])),
    words: z.array(z.string()),
    day: z.iso.date(),
    instant: z.iso.datetime(),
    address: z.url(),
    mail: z.email(),
    asset: z.string().meta({ picks: 'asset' }),
    fields: z.array(z.string()).meta({ picks: 'field' }),
    object: z.strictObject({ inner: z.string() }),
    list: z.array(z.strictObject({ inner: z.string() })),
    record: z.record(z.string(), z.string()),
    tagged: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), x: z.string() }),
      z.strictObject({ kind: z.literal('b') }),
    ]),
    untagged: z.union([z.enum(['x', 'y']), z.strictObject({ z: z.string() })]),
    scalar: z.union([z.string(), z.number(), z.boolean()]),
    nullable: z.string().nullable(),
    literals: z.union([z.literal('p'), z.literal('q')]),
    fixed: z.literal(1),
  })
  const { fields } = planForm(z.toJSONSchema(schema, { io: 'input' }))
  expect(Object.fromEntries(fields.map(({ key, widget }) => [key, widget]))).toEqual({
    text: 'text',
    long: 'paragraph',
    paragraph: 'paragraph',
    number: 'number',
    share: 'slider',
    price: 'money',
    on: 'switch',
    maybe: 'decision',
    one: 'choice',
    several: 'choices',
    words: 'words',
    day: 'date',
    instant: 'datetime',
    address: 'url',
    mail: 'email',
    asset: 'pick',
    fields: 'pickMany',
    object: 'group',
    list: 'list',
    record: 'record',
    tagged: 'union',
    untagged: 'union',
    scalar: 'scalar',
    nullable: 'text',
    literals: 'choice',
    fixed: 'hidden',
  })
  expect(fields.find(({ key }) => key === 'nullable')?.nullable).toBe(true)
  expect(fields.find(({ key }) => key === 'untagged')?.variants.map(({ title }) => title)).toEqual(['X', 'Y', 'Object'])
})

test('what no control can write is JSON, and says so instead of failing', () => {
  const schema = z.strictObject({ anything: z.json(), deep: z.array(z.array(z.json())) })
  const { fields } = planForm(z.toJSONSchema(schema, { io: 'input' }))
  expect(fields.map(({ widget }) => widget)).toEqual(['json', 'json'])
  for (const strange of [null, 5, {}, { type: 'string' }, { $ref: '#/$defs/nothing' }, { anyOf: [] }]) {
    expect(() => planForm(strange)).not.toThrow()
  }
})
