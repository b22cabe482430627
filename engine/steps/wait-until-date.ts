/** Wait for a date that is known of the lead: a birthday, the end of a lease. */
import { z } from 'zod'
import type { FieldValue, Instant } from '../facts.ts'
import { findField } from '../fields.ts'
import { formatLocalDate, parseLocalDate } from '../schedule/calendar.ts'
import { dateOccurrence } from '../schedule/date-field.ts'
import { toLocal } from '../schedule/zone.ts'
import { referenceField, timeOfDayField, zoneField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { lookUp } from './lookup.ts'
import { checkZone, problem } from './problems.ts'
import { describeOffset, quoteKey } from './summary-words.ts'

const configSchema = z.strictObject({
  field: referenceField('field', 'Date', 'The lead field that holds the date.'),
  offsetDays: z
    .int()
    .min(-3650)
    .max(3650)
    .default(0)
    .meta({
      title: 'Days after (or before)',
      description: '0 = on the date.',
      ui: { control: 'offset', unit: 'days' },
    }),
  time: timeOfDayField,
  zone: zoneField,
  yearly: z.boolean().default(false).meta({ title: 'Every year', description: 'The next anniversary of the date.' }),
  ifMissing: z
    .enum(['leave', 'wait'])
    .default('leave')
    .meta({
      title: 'When the date is not known',
      description: 'Not every lead has it.',
      ui: { options: { leave: 'Leave by “Not known”', wait: 'Wait until it is known' } },
    }),
  ifPast: z
    .enum(['continue', 'leave'])
    .default('continue')
    .meta({
      title: 'When the date is already past',
      description: 'It may have gone by when the lead comes here.',
      ui: { options: { continue: 'Go on at once', leave: 'Leave by “Already past”' } },
    }),
})
type Config = z.infer<typeof configSchema>

/** A date or datetime field as `YYYY-MM-DD`; null when it is not known or not a date. */
function asDate(value: FieldValue | undefined, zone: string): string | null {
  if (typeof value === 'string') return parseLocalDate(value) === null ? null : value
  return typeof value === 'number' && Number.isFinite(value) ? formatLocalDate(toLocal(value, zone)) : null
}

function dueAt(config: Config, date: string, zone: string, after: Instant): Instant | null {
  return dateOccurrence({ date, offsetDays: config.offsetDays, time: config.time, zone, yearly: config.yearly, after })
}

/**
 * Waits for a date field plus or minus some days. A date that changes meanwhile moves the end of the wait. The date
 * stands for itself: it does not move with the message before it.
 */
export const waitUntilDate = defineStep<Config>({
  type: 'wait_until_date',
  version: 1,
  title: 'Wait until a date',
  category: 'time',
  icon: 'calendar-event',
  description: "Waits for one of the lead's dates, or some days before or after it.",
  synonyms: ['birthday', 'anniversary', 'renewal', 'lease', 'deadline'],
  config: configSchema,
  ports: ({ ifMissing, ifPast }) => [
    { id: 'next', label: 'On the date' },
    ...(ifMissing === 'leave' ? [{ id: 'missing', label: 'Not known' }] : []),
    ...(ifPast === 'leave' ? [{ id: 'past', label: 'Already past' }] : []),
  ],
  summary: ({ field, offsetDays, time, yearly }) => {
    const offset = describeOffset(offsetDays)
    return `Wait until ${offset === null ? '' : `${offset} `}${quoteKey(field)}, ${time}${yearly ? ', every year' : ''}`
  },
  check: (config, { library }) => {
    const issues = checkZone(config.zone)
    const field = findField(config.field, library)
    if (field === null) {
      issues.push(
        problem('FIELD_UNKNOWN', ['field'], `There is no lead field "${config.field}"; define it or choose another.`),
      )
    } else if (field.type !== 'date' && field.type !== 'datetime') {
      issues.push(
        problem(
          'STEP_CONFIG_INVALID',
          ['field'],
          `The field "${config.field}" holds no date but ${field.type}; choose a date field.`,
        ),
      )
    }
    return issues
  },
  rests: ({ yearly, ifMissing }) => yearly && ifMissing === 'wait',
  run: ({ config, facts, now, enteredAt, zone: leadZone }) => {
    const zone = config.zone ?? leadZone
    const date = asDate(lookUp(facts.fields, config.field), zone)
    const rest = { kind: 'rest', on: [`field:${config.field}`], memory: null } as const
    if (date === null) {
      if (config.ifMissing === 'wait')
        return { ...rest, on: [...rest.on], wakeAt: null, reason: `Waits until "${config.field}" is known.` }
      return { kind: 'leave', port: 'missing', reason: `"${config.field}" is not known.` }
    }
    const due = dueAt(config, date, zone, enteredAt)
    if (due === null) {
      const reason = `"${config.field}" (${date}) was already past.`
      return { kind: 'leave', port: config.ifPast === 'leave' ? 'past' : 'next', reason, detail: { date } }
    }
    if (now < due) return { ...rest, on: [...rest.on], wakeAt: due, reason: `Waits for "${config.field}" (${date}).` }
    return { kind: 'leave', port: 'next', reason: `"${config.field}" (${date}) is reached.`, detail: { date } }
  },
})
