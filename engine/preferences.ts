/** What leads may choose in the preference centre: topics × cadence, as the company offers them (PLAYBOOK A12, B4). */
import { z } from 'zod'
import { durationSchema } from './graph/schema.ts'
import { keySchema } from './keys.ts'

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
export const preferenceFields = { topics: 'topics', cadence: 'cadence', pausedUntil: 'paused_until' } as const

/** The definitions of those fields. `paused_until` is the first day (in the lead's zone) on which we write again. */
export function preferenceFieldDefinitions({ topics, cadences }: Preferences) {
  return [
    {
      key: preferenceFields.topics,
      label: 'Topics of interest',
      type: 'set' as const,
      options: topics.map((one) => one.key),
    },
    {
      key: preferenceFields.cadence,
      label: 'How often',
      type: 'enum' as const,
      options: cadences.map((one) => one.key),
    },
    { key: preferenceFields.pausedUntil, label: 'Paused until', type: 'date' as const },
  ]
}
