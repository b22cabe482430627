/** The end of a path. */
import { z } from 'zod'
import { reasonField } from './config-fields.ts'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({ reason: reasonField('Reached the end of the path.') })
type Config = z.infer<typeof configSchema>

/** Ends the journey here. */
export const exit = defineStep<Config>({
  type: 'exit',
  version: 1,
  title: 'Exit',
  category: 'system',
  icon: 'logout',
  description: 'The journey ends here for the lead.',
  synonyms: ['end', 'stop', 'finish'],
  config: configSchema,
  ports: () => [],
  summary: ({ reason }) => (reason === '' ? 'End' : reason),
  rests: () => false,
  run: ({ config: { reason } }) => ({
    kind: 'end',
    status: 'completed',
    reason: reason === '' ? 'Reached the end of the path.' : reason,
  }),
})
