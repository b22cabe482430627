/** What leads may choose in the preference centre: topics × cadence, as the company offers them (PLAYBOOK A12, B4). */
import { z } from 'zod'
import type { FieldValue } from './facts.ts'
import { durationSchema } from './graph/schema.ts'
import { keySchema } from './keys.ts'
import { foldText } from './text.ts'

const words = z.string().min(1).max(200)

const topicSchema = z.strictObject({ key: keySchema, label: words, description: z.string().max(500).default('') })

const cadenceSchema = z.strictObject({
  key: keySchema,
  label: words,
  /** At most so many nurture and promotional messages in any such time. Absent: only the company's own caps bind. */
  atMost: z.strictObject({ max: z.int().min(1), within: durationSchema }).optional(),
})

const isUnique = (list: { key: string }[]): boolean => new Set(list.map((one) => one.key)).size === list.length
const twice = 'The same key stands here twice; give each its own.'

export const preferencesSchema = z.strictObject({
  /** Empty: leads are not asked for topics. */
  topics: z.array(topicSchema).max(50).refine(isUnique, twice).default([]),
  /** From often to seldom; the first is what a lead has that never chose. Empty: leads are not asked. */
  cadences: z
    .array(cadenceSchema)
    .max(10)
    .refine(isUnique, twice)
    .default([
      { key: 'all', label: 'As it comes' },
      { key: 'weekly', label: 'At most once a week', atMost: { max: 1, within: 'P7D' } },
      { key: 'monthly', label: 'At most once a month', atMost: { max: 1, within: 'P1M' } },
    ]),
})
export type Preferences = z.infer<typeof preferencesSchema>

/** Lead fields that hold what was chosen, so that rules, journeys and imports know them like any other. */
export const preferenceFields = {
  topics: 'topics',
  refusedTopics: 'refused_topics',
  cadence: 'cadence',
  pausedUntil: 'paused_until',
} as const

/** The definitions of those fields. `paused_until` is the first day (in the lead's zone) on which we write again. */
export function preferenceFieldDefinitions({ topics, cadences }: Preferences) {
  return [
    {
      key: preferenceFields.topics,
      label: 'Topics of interest',
      type: 'set' as const,
      options: topics.map((one) => one.key),
    },
    // Without options: a no outlives the company's offer of the topic.
    { key: preferenceFields.refusedTopics, label: 'Wants nothing about', type: 'set' as const },
    {
      key: preferenceFields.cadence,
      label: 'How often',
      type: 'enum' as const,
      options: cadences.map((one) => one.key),
    },
    { key: preferenceFields.pausedUntil, label: 'Paused until', type: 'date' as const },
  ]
}

/** The lead's no to topics, as it stands in the field. */
export function refusedTopics(fields: Readonly<Record<string, FieldValue>>): string[] {
  const value = fields[preferenceFields.refusedTopics]
  return Array.isArray(value) ? value : []
}

/** True when any of the topics is one that the lead refused, however it is written. */
export function isRefused(topics: readonly string[], fields: Readonly<Record<string, FieldValue>>): boolean {
  const refused = new Set(refusedTopics(fields).map(foldTopic))
  return refused.size > 0 && topics.some((topic) => refused.has(foldTopic(topic)))
}

/** Two spellings of one topic are equal when folded. */
export function foldTopic(topic: string): string {
  return foldText(topic).trim()
}

/**
 * What somebody else's word (an import, say) makes of a lead's own wish: a no is never lifted, a pause never shortened, a
 * chosen cadence never replaced. Other fields take the new value; interests (`topics`) are no limit and are one of them.
 */
export function tightenWish(field: string, current: FieldValue, incoming: FieldValue): FieldValue {
  const keptIf = (stands: boolean): FieldValue => (stands ? current : incoming)
  switch (field) {
    case 'objected':
    case 'do_not_email':
    case 'do_not_mail':
    case 'do_not_call':
      return keptIf(current === true)
    case preferenceFields.pausedUntil:
      return keptIf(typeof current === 'string' && (typeof incoming !== 'string' || incoming < current))
    case preferenceFields.refusedTopics:
      return Array.isArray(current) && Array.isArray(incoming)
        ? [...new Set([...current, ...incoming])]
        : keptIf(Array.isArray(current))
    case preferenceFields.cadence:
      return keptIf(current !== null)
    default:
      return incoming
  }
}
