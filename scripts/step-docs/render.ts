/** docs/steps.md, made from the catalogue. */
import { z } from 'zod'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import { stepCategories, type StepType } from '#engine/steps/contract.ts'
import type { FormHints } from '#engine/steps/form-hints.ts'
import { leastConfigs } from './samples.ts'

interface Schema {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  default?: unknown
  title?: string
  description?: string
  picks?: string
  ui?: FormHints
  $ref?: string
}

/** The whole page. */
export function renderStepDocs(): string {
  const sections = stepCategories.flatMap((category) => {
    const steps = builtInSteps.filter((step) => step.category === category)
    return steps.length === 0 ? [] : [`## ${titleOf(category)}`, ...steps.map(renderStep)]
  })
  return `${[
    '# Steps',
    'What a journey can be made of. Written from the code by `npm run docs:steps`: change the step, not this page.',
    'A message step that may not send leaves by `skipped`; when that leads nowhere, by `next`. A way out marked as optional may stay unconnected: the path then ends there.',
    ...sections,
  ].join('\n\n')}\n`
}

function renderStep(step: StepType): string {
  const schema = z.toJSONSchema(step.config, { io: 'input' }) as Schema
  const ports = step.ports(step.config.parse(leastConfigs[step.type] ?? {}))
  const settings = Object.entries(schema.properties ?? {}).map(([key, field]) =>
    renderSetting(key, field, schema.required?.includes(key) ?? false),
  )
  return [
    `### ${step.title}`,
    `\`${step.type}\`: ${step.description}`,
    ports.length === 0
      ? 'Ways out: none, the journey ends here.'
      : `Ways out: ${ports.map(({ id, label, optional }) => `\`${id}\` (${label}${optional === true ? ', optional' : ''})`).join(', ')}.`,
    ...(settings.length === 0 ? [] : [settings.join('\n')]),
  ].join('\n\n')
}

function renderSetting(key: string, field: Schema, required: boolean): string {
  const facts = [
    describeType(field),
    ...(required ? ['needed'] : []),
    ...(field.default === undefined ? [] : [`otherwise ${describeDefault(field.default)}`]),
  ]
  const words = field.title === undefined ? '' : ` ${field.title}.`
  const more = field.description === undefined ? '' : ` ${field.description}`
  return `- \`${key}\` (${facts.join('; ')})${words}${more}`
}

/** Hints that name a control of the form: what is written is told by the kind of value. */
const controls: ReadonlySet<string> = new Set(['weekdays', 'window', 'filters', 'cases', 'answers', 'value', 'line'])

function describeType(field: Schema): string {
  if (field.picks !== undefined && !controls.has(field.picks))
    return field.type === 'array' ? `list of: ${field.picks}` : field.picks
  if (field.enum !== undefined) return field.enum.map((value) => describeOption(String(value), field)).join(' or ')
  const options = field.anyOf ?? field.oneOf
  if (options !== undefined) return [...new Set(options.map(describeType))].join(' or ')
  if (field.type === 'array') return `list of: ${describeType(field.items ?? {})}`
  if (field.type === 'object') return Object.keys(field.properties ?? {}).join(', ') || 'names and values'
  return field.type === 'integer' ? 'whole number' : field.type === 'string' ? 'text' : String(field.type ?? 'rule')
}

/** `leave` (Leave by “Not known”): the value, and its words where the form has any. */
function describeOption(value: string, { ui }: Schema): string {
  const words = ui?.options?.[value]
  const label = typeof words === 'string' ? words : words?.label
  return label === undefined || label.toLowerCase() === value ? `\`${value}\`` : `\`${value}\` (${label})`
}

function describeDefault(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? 'see the form' : `\`${text}\``
}

function titleOf(category: string): string {
  return category.charAt(0).toUpperCase() + category.slice(1)
}
