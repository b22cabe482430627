/** Record what the lead agreed to. */
import { z } from 'zod'
import { durationSchema } from '../graph/schema.ts'
import { addDuration } from '../schedule/duration.ts'
import { consentBases, contactChannels } from '../vocabulary.ts'
import { defineStep } from './contract.ts'
import { checkDuration } from './problems.ts'

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
  wording: z
    .string()
    .min(1, 'The wording the lead agreed to is needed as proof.')
    .max(5000)
    .meta({
      title: 'Wording',
      description: 'What the lead was shown and agreed to; kept as proof (GDPR Art. 7).',
      ui: { control: 'paragraph' },
    }),
  wordingVersion: z
    .string()
    .max(100)
    .default('')
    .meta({
      title: 'Version of the wording',
      description: 'Which version of that text it was.',
      ui: { advanced: true },
    }),
  basis: z
    .enum(consentBases)
    .default('consent')
    .meta({
      title: 'Ground',
      ui: {
        showWhen: { setting: 'state', is: ['granted'] },
        options: {
          consent: 'A consent',
          soft_opt_in: 'A customer who was told',
          legitimate_interest: 'A legitimate interest',
          implied_purchase: 'A purchase',
          implied_inquiry: 'An inquiry',
        },
      },
      description:
        'On what a granted one stands: a consent, an existing customer who was told, an interest, a purchase or an inquiry.',
    }),
  lastsFor: durationSchema.optional().meta({
    title: 'Lasts for',
    ui: { showWhen: { setting: 'state', is: ['granted'] }, empty: 'As long as the ground lasts' },
    description:
      'Empty: as long as the ground lasts; a purchase counts two years and an inquiry six months (CASL s. 10).',
    picks: 'duration',
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
  check: ({ lastsFor }) => checkDuration(lastsFor, ['lastsFor']),
  run: ({ config, now, settings }) => {
    const { purpose, channel, state, wording, wordingVersion, basis, lastsFor } = config
    const lasts = state === 'granted' && lastsFor !== undefined
    return {
      kind: 'leave',
      port: 'next',
      reason: `Consent ${state}: ${purpose} by ${channel}.`,
      commands: [
        {
          kind: 'set_consent',
          purpose,
          channel,
          state,
          wording,
          wordingVersion,
          basis,
          mechanism: 'journey',
          ...(lasts ? { expiresAt: addDuration(now, lastsFor, settings.zone) } : {}),
        },
      ],
    }
  },
})
