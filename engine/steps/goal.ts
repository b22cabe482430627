/** What the journey is for. */
import { z } from 'zod'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .default('Goal reached')
    .meta({ title: 'Goal', description: 'What was reached; shown in reports.' }),
})
type Config = z.infer<typeof configSchema>

/** Ends the journey with its goal met. */
export const goal = defineStep<Config>({
  type: 'goal',
  version: 1,
  title: 'Goal',
  category: 'system',
  icon: 'target',
  description: 'The lead has reached what the journey is for; the journey ends.',
  synonyms: ['success', 'conversion', 'won', 'end'],
  config: configSchema,
  ports: () => [],
  summary: ({ name }) => name,
  rests: () => false,
  run: ({ config: { name } }) => ({ kind: 'end', status: 'completed', reason: name }),
})
