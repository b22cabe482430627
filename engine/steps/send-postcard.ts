/** A postcard by direct mail. */
import { z } from 'zod'
import { bodySchema, optionalReferenceField, purposeField, subjectSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkLinked, checkTemplate } from './message-template.ts'
import { checkDuration, checkReference } from './problems.ts'
import { messagePorts, sendingFields, sendMessage } from './send-message.ts'

const configSchema = z.strictObject({
  purpose: purposeField,
  headline: subjectSchema.meta({ title: 'Headline', description: 'One line; may hold variables.' }),
  body: bodySchema
    .max(2000, 'A postcard holds at most 2,000 characters.')
    .meta({ title: 'Text', description: 'What the card says.', picks: 'message' }),
  survey: optionalReferenceField('survey', 'Linked survey', 'A personal short link and QR code lead to it.'),
  asset: optionalReferenceField('asset', 'Linked asset', 'A personal short link and QR code lead to it.'),
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

/** Sends a postcard (PLAYBOOK A5). */
export const sendPostcard = defineStep<Config>({
  type: 'send_postcard',
  version: 1,
  title: 'Send postcard',
  category: 'message',
  icon: 'mailbox',
  description: 'Sends a postcard to the postal address, with a personal link to a survey or an asset.',
  synonyms: ['direct mail', 'print', 'letter', 'qr code'],
  config: configSchema,
  ports: (config) => messagePorts(config),
  summary: ({ headline }) => `Postcard “${headline}”`,
  needs: () => ({ deliveries: true }),
  check: (config, { library }) => [
    ...checkTemplate(config.headline, ['headline'], library),
    ...checkReference(library, 'surveys', config.survey, ['survey']),
    ...checkReference(library, 'assets', config.asset, ['asset']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...checkLinked(config, { asset: config.asset !== undefined, survey: config.survey !== undefined, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { purpose, headline, body, survey, asset } = context.config
    return sendMessage(context, {
      what: 'Postcard',
      channel: 'postcard',
      purpose,
      content: {
        subject: headline,
        body,
        ...(survey === undefined ? {} : { surveyKey: survey }),
        ...(asset === undefined ? {} : { assetKey: asset }),
      },
    })
  },
})
