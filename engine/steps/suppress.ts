/** Never contact the lead again, on some channels. */
import { z } from 'zod'
import { contactChannels } from '../vocabulary.ts'
import { reasonField } from './config-fields.ts'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  channels: z
    .array(z.enum(contactChannels))
    .min(1, 'Choose at least one channel.')
    .default([...contactChannels])
    .meta({ title: 'Channels', description: 'What the lead is no longer contacted by, in every journey.' }),
  reason: reasonField('The lead asked not to be contacted.'),
})
type Config = z.infer<typeof configSchema>

/** Suppresses channels for good: only a person can lift it (PLAYBOOK A3). */
export const suppress = defineStep<Config>({
  type: 'suppress',
  version: 1,
  title: 'Suppress',
  category: 'lead',
  icon: 'ban',
  description: 'Stops all contact on the chosen channels, everywhere and for good.',
  synonyms: ['unsubscribe', 'opt out', 'do not contact', 'stop'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ channels }) => `No more ${channels.join(', ')}`,
  rests: () => false,
  run: ({ config: { channels, reason } }) => ({
    kind: 'leave',
    port: 'next',
    reason: `No more ${channels.join(', ')}: ${reason}`,
    commands: [{ kind: 'suppress', channels, reason }],
  }),
})
