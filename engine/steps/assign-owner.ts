/** Give the lead to a salesperson. */
import { z } from 'zod'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  owners: z
    .array(
      z.strictObject({
        id: z
          .string()
          .min(1)
          .max(200)
          .meta({ title: 'Person', description: 'Becomes the owner of the lead.', picks: 'person' }),
        weight: z
          .number()
          .min(0)
          .max(1000)
          .default(1)
          .meta({ title: 'Share', description: 'Twice the share, twice the leads. 0 = none for now.' }),
      }),
    )
    .min(1, 'At least one person is needed.')
    .max(500)
    .meta({ title: 'People', description: 'Leads are divided among them by their shares.' }),
  keepExisting: z
    .boolean()
    .default(true)
    .meta({ title: 'Keep an owner', description: 'A lead that has an owner keeps it.' }),
})
type Config = z.infer<typeof configSchema>

/**
 * Divides leads among people by shares, the same lead always to the same person. It knows neither how much each has to
 * do nor who is away: people are not part of what a journey may look at yet.
 */
export const assignOwner = defineStep<Config>({
  type: 'assign_owner',
  version: 1,
  title: 'Assign owner',
  category: 'sales',
  icon: 'user-share',
  description: 'Gives the lead to one of several people, by shares.',
  synonyms: ['round robin', 'salesperson', 'route', 'distribute'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ owners }) =>
    owners.length === 1 ? `Owner: ${owners[0]?.id ?? ''}` : `Owner: one of ${owners.length} people`,
  rests: () => false,
  run: ({ config: { owners, keepExisting }, facts, stepId, draw }) => {
    const current = facts.fields['owner_id']
    if (keepExisting && typeof current === 'string' && current !== '') {
      return { kind: 'leave', port: 'next', reason: `Keeps its owner ${current}.` }
    }
    const total = owners.reduce((sum, { weight }) => sum + weight, 0)
    let at = draw(`owner:${stepId}`) * total
    const chosen = owners.find(({ weight }) => (at -= weight) < 0)
    if (chosen === undefined) return { kind: 'leave', port: 'next', reason: 'Nobody takes leads at the moment.' }
    return {
      kind: 'leave',
      port: 'next',
      reason: `Given to ${chosen.id}.`,
      commands: [{ kind: 'set_field', field: 'owner_id', value: chosen.id }],
    }
  },
})
