/** A postcard by direct mail. */
import { z } from 'zod'
import { bodySchema, optionalReferenceField, purposeField, subjectSchema } from './config-fields.ts'
import { defineStep, type DeliveryContent } from './contract.ts'
import { checkLinked, checkTemplate } from './message-template.ts'
import { languageTagSchema } from './message-variants.ts'
import { checkDuration, checkReference, problem } from './problems.ts'
import { messagePorts, sendingFields, sendMessage } from './send-message.ts'

const postcardText = bodySchema.max(2000, 'A postcard holds at most 2,000 characters.')

const configSchema = z.strictObject({
  purpose: purposeField,
  headline: subjectSchema.meta({
    title: 'Headline',
    description: 'One line. Type {{ to insert something about the lead.',
  }),
  body: postcardText.meta({ title: 'Text', description: 'What the card says.', picks: 'message' }),
  survey: optionalReferenceField('survey', 'Linked survey', 'A personal short link and QR code lead to it.'),
  asset: optionalReferenceField('asset', 'Linked asset', 'A personal short link and QR code lead to it.'),
  image: z
    .url({ protocol: /^https?$/, error: 'Web addresses begin with https:// or http://.' })
    .max(2000)
    .optional()
    .meta({
      title: 'Picture',
      description:
        'A PNG or JPEG that fills the front, best 1875 × 1275 pixels (300 dpi with bleed). Empty: the company’s colour.',
      ui: { advanced: true },
    }),
  variants: z
    .record(
      languageTagSchema,
      z.strictObject({
        headline: subjectSchema.meta({ title: 'Headline' }),
        body: postcardText.meta({ title: 'Text', picks: 'message' }),
      }),
    )
    .optional()
    .meta({
      title: 'In other languages',
      description:
        'By language, for example de or de-AT. A lead reads its own language, else the part before the "-", else the company’s, else the text above.',
      ui: { entry: 'language' },
    }),
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
    ...Object.entries(config.variants ?? {}).flatMap(([language, { headline }]) =>
      checkTemplate(headline, ['variants', language, 'headline'], library),
    ),
    ...(config.survey !== undefined && config.asset !== undefined
      ? [problem('STEP_CONFIG_INVALID', ['asset'], 'A postcard has one short link: choose the survey or the asset.')]
      : []),
    ...checkReference(library, 'surveys', config.survey, ['survey']),
    ...checkReference(library, 'assets', config.asset, ['asset']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...checkLinked(config, { asset: config.asset !== undefined, survey: config.survey !== undefined, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { purpose, headline, body, survey, asset, image, variants } = context.config
    return sendMessage(context, {
      what: 'Postcard',
      channel: 'postcard',
      purpose,
      content: {
        subject: headline,
        body,
        ...(survey === undefined ? {} : { surveyKey: survey }),
        ...(asset === undefined ? {} : { assetKey: asset }),
        ...(image === undefined ? {} : { image }),
        ...(variants === undefined ? {} : { variants: asMessages(variants) }),
      },
    })
  },
})

/** A headline is what other messages call a subject: one mechanism chooses the language of both. */
function asMessages(variants: NonNullable<Config['variants']>): NonNullable<DeliveryContent['variants']> {
  return Object.fromEntries(
    Object.entries(variants).map(([language, { headline, body }]) => [language, { subject: headline, body }]),
  )
}
