/**
 * From a step's JSON Schema to what its form is made of: one plan per setting, with the control that writes it. Pure, and
 * blind to step types: what differs between steps is in their schemas and the hints within (engine/steps/form-hints.ts).
 */
import { pickKinds, type FormHints, type PickKind } from '#engine/steps/form-hints.ts'
import { t } from '../i18n/t.ts'
import { resolve, type JsonSchema } from './json-schema.ts'
import { optionsOf, sayKey, type Option } from './option-words.ts'

/** The controls there are; `widgets/index.ts` has one component for each. */
export const widgetKinds = [
  'text',
  'paragraph',
  'email',
  'url',
  'line',
  'message',
  'number',
  'slider',
  'money',
  'offset',
  'switch',
  'decision',
  'choice',
  'choices',
  'words',
  'duration',
  'time',
  'weekdays',
  'window',
  'date',
  'datetime',
  'pick',
  'pickMany',
  'rule',
  'cases',
  'answers',
  'filters',
  'value',
  'scalar',
  'list',
  'group',
  'record',
  'union',
  'hidden',
  'json',
] as const
export type WidgetKind = (typeof widgetKinds)[number]

/** One of the forms a value may have. */
export interface Variant {
  title: string
  description: string
  matches: (value: unknown) => boolean
  /** What choosing it writes. */
  make: () => unknown
  plan: FieldPlan
}

export interface FieldPlan {
  /** Its name in the object around; '' for entries and the whole. */
  key: string
  widget: WidgetKind
  title: string
  description: string
  required: boolean
  nullable: boolean
  /** What an absent value counts as; undefined = nothing. */
  default: unknown
  hints: FormHints
  picks: PickKind | null
  minimum: number | null
  maximum: number | null
  isInteger: boolean
  minLength: number
  maxLength: number | null
  minItems: number
  maxItems: number | null
  /** Of `choice` and `choices`. */
  options: readonly Option[]
  /** Of `group`. */
  fields: readonly FieldPlan[]
  /** Of `list` and `record`: an entry's value. */
  item: FieldPlan | null
  /** Of `record`: an entry's name. */
  name: FieldPlan | null
  /** Of `union`. */
  variants: readonly Variant[]
  /** Why there is no better control, for `json`. */
  schema: JsonSchema
}

const deepest = 12

/** The plan of a whole form: a group of the schema's settings. */
export function planForm(schema: unknown): FieldPlan {
  const root = (typeof schema === 'object' && schema !== null ? schema : {}) as JsonSchema
  return planField(root, { key: '', required: true, root, depth: 0 })
}

interface Place {
  key: string
  required: boolean
  root: JsonSchema
  depth: number
}

function planField(given: JsonSchema, place: Place): FieldPlan {
  const { schema, isNullable } = withoutNull(resolve(given, place.root), place.root)
  const hints = schema.ui ?? {}
  const picks = schema.picks !== undefined && pickKinds.includes(schema.picks) ? schema.picks : null
  const integer = schema.type === 'integer'
  const plan: FieldPlan = {
    key: place.key,
    widget: 'json',
    title: schema.title ?? t(sayKey(place.key)),
    description: schema.description ?? '',
    required: place.required,
    nullable: isNullable,
    default: schema.default,
    hints,
    picks,
    minimum: limit(schema.minimum, schema.exclusiveMinimum, integer ? 1 : 0, integer),
    maximum: limit(schema.maximum, schema.exclusiveMaximum, integer ? -1 : 0, integer),
    isInteger: integer,
    minLength: schema.minLength ?? 0,
    maxLength: schema.maxLength ?? null,
    minItems: schema.minItems ?? 0,
    maxItems: schema.maxItems ?? null,
    options: [],
    fields: [],
    item: null,
    name: null,
    variants: [],
    schema,
  }
  if (place.depth > deepest) return plan
  return { ...plan, ...shapeOf(schema, plan, place) }
}

type Shape = Partial<FieldPlan> & Pick<FieldPlan, 'widget'>

/** Hints first, then what the kind of value suggests. */
function shapeOf(schema: JsonSchema, plan: FieldPlan, place: Place): Shape {
  const { hints, picks } = plan
  if (hints.hidden === true || schema.const !== undefined) return { widget: 'hidden' }
  const picked = picks === null ? null : byPick(schema, picks, place)
  if (picked !== null) return picked
  if (hints.control !== undefined) return { widget: hints.control }
  if (schema.enum !== undefined) return { widget: 'choice', options: optionsOf(schema.enum, hints) }
  const forms = schema.oneOf ?? schema.anyOf
  if (forms !== undefined) return byForms(forms, place, hints)
  const { type } = schema
  if (type === 'boolean')
    return { widget: hints.empty === undefined || plan.default !== undefined ? 'switch' : 'decision' }
  if (type === 'number' || type === 'integer') return { widget: 'number' }
  if (type === 'string') return { widget: byFormat(schema) }
  if (type === 'array') return byItems(schema, place, hints)
  return type === 'object' ? byProperties(schema, place) : { widget: 'json' }
}

const controls: ReadonlySet<PickKind> = new Set<PickKind>([
  'duration',
  'time',
  'weekdays',
  'window',
  'rule',
  'cases',
  'answers',
  'filters',
  'value',
  'message',
  'line',
])

function byPick(schema: JsonSchema, picks: PickKind, place: Place): Shape | null {
  if (controls.has(picks)) {
    if (picks !== 'cases') return { widget: picks as WidgetKind }
    const item = typeof schema.items === 'object' ? planField(schema.items, inside(place)) : null
    return { widget: 'cases', item }
  }
  if (schema.type === 'array') return { widget: 'pickMany' }
  return schema.type === 'string' ? { widget: 'pick' } : null
}

function byFormat({ format, maxLength }: JsonSchema): WidgetKind {
  if (format === 'date') return 'date'
  if (format === 'date-time') return 'datetime'
  if (format === 'uri') return 'url'
  if (format === 'email') return 'email'
  return maxLength !== undefined && maxLength > 500 ? 'paragraph' : 'text'
}

function byItems(schema: JsonSchema, place: Place, hints: FormHints): Shape {
  if (typeof schema.items !== 'object') return { widget: 'json' }
  const items = resolve(schema.items, place.root)
  if (items.enum !== undefined && items.picks === undefined) {
    return { widget: 'choices', options: optionsOf(items.enum, { ...items.ui, ...hints }) }
  }
  const item = planField(items, inside(place))
  if (item.widget === 'text' || (item.widget === 'paragraph' && items.title === undefined)) return { widget: 'words' }
  return item.widget === 'json' ? { widget: 'json' } : { widget: 'list', item }
}

function byProperties(schema: JsonSchema, place: Place): Shape {
  if (schema.properties !== undefined) {
    const required = new Set(schema.required)
    const fields = Object.entries(schema.properties).map(([key, field]) =>
      planField(field, { ...inside(place), key, required: required.has(key) }),
    )
    return { widget: 'group', fields }
  }
  if (typeof schema.additionalProperties === 'object') {
    const item = planField(schema.additionalProperties, inside(place))
    const name = planField(schema.propertyNames ?? { type: 'string' }, { ...inside(place), key: 'name' })
    return item.widget === 'json' ? { widget: 'json' } : { widget: 'record', item, name }
  }
  return { widget: 'json' }
}

/** `oneOf` and `anyOf`: a choice, a plain value of several kinds, or forms to choose from. */
function byForms(forms: readonly JsonSchema[], place: Place, hints: FormHints): Shape {
  const options = forms.map((form) => resolve(form, place.root))
  const consts = options.flatMap(({ const: value, enum: values }) =>
    value === undefined ? [...(values ?? [])] : [value],
  )
  if (options.every((one) => one.const !== undefined || one.enum !== undefined)) {
    const words = Object.fromEntries(
      options.flatMap(({ const: value, title }) => (title === undefined ? [] : [[String(value), title]])),
    )
    return { widget: 'choice', options: optionsOf(consts, { ...hints, options: { ...words, ...hints.options } }) }
  }
  if (
    options.every(({ type, enum: values, format }) => isScalar(type) && values === undefined && format === undefined)
  ) {
    return { widget: 'scalar' }
  }
  const tag = tagOf(options)
  const variants = options.flatMap((option) => variantsOf(option, tag, place))
  return variants.some(({ plan }) => plan.widget === 'json') ? { widget: 'json' } : { widget: 'union', variants }
}

/** The property whose fixed value tells the forms apart: zod writes no `discriminator`, so it is looked for. */
function tagOf(options: readonly JsonSchema[]): string | null {
  const [first] = options
  const found = Object.entries(first?.properties ?? {}).find(([key]) =>
    options.every(({ properties }) => properties?.[key]?.const !== undefined),
  )
  return found?.[0] ?? null
}

function variantsOf(option: JsonSchema, tag: string | null, place: Place): Variant[] {
  const plan = planField(option, inside(place))
  if (option.enum !== undefined) {
    // Each value of a choice is a form of its own beside the others.
    return plan.options.map(({ value, label, help }) => ({
      title: label,
      description: help,
      matches: (given) => given === value,
      make: () => value,
      plan: { ...plan, widget: 'hidden' },
    }))
  }
  const value = tag === null ? undefined : option.properties?.[tag]?.const
  const title =
    option.title ??
    (value === undefined
      ? sayKey(String(option.type ?? 'value'))
      : sayKey(typeof value === 'string' ? value : JSON.stringify(value)))
  const matches = (given: unknown): boolean =>
    tag === null ? hasType(given, option.type) : isRecord(given) && given[tag] === value
  return [
    {
      title,
      description: option.description ?? '',
      matches,
      make: () => (tag === null ? blankOf(plan) : { ...blankObject(plan), [tag]: value }),
      plan: { ...plan, title },
    },
  ]
}

const empty = (): unknown[] => []
const least = ({ minimum }: FieldPlan): number => minimum ?? 0
const blanks: Readonly<Partial<Record<WidgetKind, (plan: FieldPlan) => unknown>>> = {
  group: blankObject,
  window: () => ({ from: '09:00', to: '17:00' }),
  union: ({ variants }) => variants[0]?.make(),
  list: empty,
  words: empty,
  choices: empty,
  pickMany: empty,
  filters: empty,
  answers: empty,
  cases: empty,
  weekdays: () => ['mon', 'tue', 'wed', 'thu', 'fri'],
  number: least,
  slider: least,
  money: least,
  offset: least,
  switch: () => false,
  decision: () => false,
  choice: ({ options }) => options[0]?.value ?? '',
  duration: () => 'P1D',
  time: () => '09:00',
  rule: () => ({ kind: 'always' }),
  record: () => ({}),
}

/** What a new value begins with: what must be there and has no default, as far as it can be guessed. */
export function blankOf(plan: FieldPlan): unknown {
  if (plan.default !== undefined) return structuredClone(plan.default)
  if (plan.schema.const !== undefined) return plan.schema.const
  const blank = blanks[plan.widget]
  if (blank !== undefined) return blank(plan)
  return plan.picks === 'zone' ? Intl.DateTimeFormat().resolvedOptions().timeZone : ''
}

function blankObject(plan: FieldPlan): Record<string, unknown> {
  return Object.fromEntries(
    plan.fields.filter(({ required }) => required).map((field) => [field.key, blankOf(field)] as const),
  )
}

/** Every control of a plan, its own and those within. */
export function widgetsOf(plan: FieldPlan): WidgetKind[] {
  return [
    plan.widget,
    ...plan.fields.flatMap(widgetsOf),
    ...(plan.item === null ? [] : widgetsOf(plan.item)),
    ...plan.variants.flatMap((variant) => widgetsOf(variant.plan)),
  ]
}

function withoutNull(given: JsonSchema, root: JsonSchema): { schema: JsonSchema; isNullable: boolean } {
  const schema = withOneType(given)
  const forms = schema.anyOf
  if (forms === undefined || !forms.some(({ type }) => type === 'null')) return { schema, isNullable: false }
  const { anyOf: _anyOf, ...own } = schema
  const rest = forms.filter(({ type }) => type !== 'null')
  const [only] = rest
  const inner = rest.length === 1 && only !== undefined ? resolve(only, root) : { anyOf: rest }
  return { schema: { ...inner, ...own }, isNullable: true }
}

/** `type: ['string', 'null']`, as zod writes plain unions, is the same as one form for each. */
function withOneType(schema: JsonSchema): JsonSchema {
  if (!Array.isArray(schema.type)) return schema
  const { type, ...own } = schema
  return { ...own, anyOf: (type as readonly string[]).map((one) => ({ type: one })) }
}

function inside(place: Place): Place {
  return { key: '', required: true, root: place.root, depth: place.depth + 1 }
}

/** zod writes the limits of a safe integer where there are none. */
function limit(inclusive: number | undefined, exclusive: number | undefined, step: number, isInteger: boolean) {
  const value = inclusive ?? (exclusive === undefined ? undefined : exclusive + step)
  return value === undefined || (isInteger && Math.abs(value) >= Number.MAX_SAFE_INTEGER) ? null : value
}

function isScalar(type: JsonSchema['type']): boolean {
  return type === 'string' || type === 'number' || type === 'integer' || type === 'boolean'
}

function hasType(value: unknown, type: JsonSchema['type']): boolean {
  if (type === 'object') return isRecord(value)
  if (type === 'array') return Array.isArray(value)
  return typeof value === (type === 'integer' ? 'number' : type)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
