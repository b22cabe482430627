/** Write a lead field. */
import { z } from 'zod'
import { findField, parseFieldValue } from '../fields.ts'
import type { Library } from '../library.ts'
import { referenceField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { problem, type StepIssue } from './problems.ts'

const configSchema = z.strictObject({
  field: referenceField('field', 'Field', 'The lead field to write.', { writable: true }),
  value: z
    .union([z.string().max(10_000), z.number(), z.boolean(), z.array(z.string().max(10_000)).max(1000)])
    .nullable()
    .default(null)
    .meta({
      title: 'Value',
      description: 'Dates as YYYY-MM-DD. Empty: the field becomes "not known".',
      picks: 'value',
      ui: { of: 'field' },
    }),
})
type Config = z.infer<typeof configSchema>

function checkField({ field, value }: Config, library: Library): StepIssue[] {
  const found = findField(field, library)
  if (found === null)
    return [problem('FIELD_UNKNOWN', ['field'], `There is no lead field "${field}"; define it or choose another.`)]
  if (found.readOnly) {
    return [
      problem(
        'FIELD_READ_ONLY',
        ['field'],
        `The field "${field}" cannot be written here; use its own step (promote, demote, score).`,
      ),
    ]
  }
  const parsed = parseFieldValue(found, value)
  return parsed.ok ? [] : [problem('STEP_CONFIG_INVALID', ['value'], parsed.message)]
}

/** Sets or clears a field. */
export const setField = defineStep<Config>({
  type: 'set_field',
  version: 1,
  title: 'Set field',
  category: 'lead',
  icon: 'forms',
  description: 'Writes or clears a field of the lead.',
  synonyms: ['update', 'property', 'attribute', 'change'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ field, value }) =>
    value === null ? `Clear ${field}` : `${field} = ${Array.isArray(value) ? value.join(', ') : String(value)}`,
  check: (config, { library }) => checkField(config, library),
  rests: () => false,
  run: ({ config: { field, value }, library }) => {
    const found = findField(field, library)
    const parsed = found === null ? null : parseFieldValue(found, value)
    // The field may have been removed or retyped since the journey was published; nothing unreadable is stored.
    if (parsed === null || !parsed.ok) {
      return { kind: 'leave', port: 'next', reason: `"${field}" cannot take this value any more; left as it is.` }
    }
    return {
      kind: 'leave',
      port: 'next',
      reason: value === null ? `"${field}" cleared.` : `"${field}" set.`,
      commands: [{ kind: 'set_field', field, value: parsed.value }],
    }
  },
})
