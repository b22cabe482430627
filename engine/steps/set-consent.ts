/** Record what the lead agreed to. */
import { z } from 'zod'
import { contactChannels } from '../vocabulary.ts'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  purpose: z
    .enum(['nurture', 'promotional'])
    .default('nurture')
    .meta({ title: 'Purpose', description: 'What the consent is for.' }),
  channel: z.enum(contactChannels).default('email').meta({ title: 'Channel', description: 'What it is contacted by.' }),
  state: z
    .enum(['granted', 'denied'])
    .default('granted')
    .meta({ title: 'Consent', description: 'Granted, or denied (also when withdrawn).' }),
  wording: z.string().min(1, 'The wording the lead agreed to is needed as proof.').max(5000).meta({
    title: 'Wording',
    description: 'What the lead was shown and agreed to; kept as proof (GDPR Art. 7).',
  }),
})
type Config = z.infer<typeof configSchema>

/** Writes a line of the consent ledger. */
export const setConsent = defineStep<Config>({
  type: 'set_consent',
  version: 1,
  title: 'Record consent',
  category: 'lead',
  icon: 'rubber-stamp',
  description: 'Records that the lead granted or denied a consent, with its wording.',
  synonyms: ['opt in', 'opt out', 'gdpr', 'permission'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ purpose, channel, state }) => `Consent ${state}: ${purpose} by ${channel}`,
  rests: () => false,
  run: ({ config: { purpose, channel, state, wording } }) => ({
    kind: 'leave',
    port: 'next',
    reason: `Consent ${state}: ${purpose} by ${channel}.`,
    commands: [{ kind: 'set_consent', purpose, channel, state, wording }],
  }),
})
