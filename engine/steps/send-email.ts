/** An email whose text the author wrote. */
import { z } from 'zod'
import { bodySchema, optionalReferenceField, purposeField, subjectSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkLinked } from './message-template.ts'
import { letterContent, letterFields } from './message-variants.ts'
import { checkDuration, checkReference } from './problems.ts'
import { messagePorts, sendingFields, sendMessage } from './send-message.ts'

const configSchema = z.strictObject({
  purpose: purposeField,
  subject: subjectSchema.meta({
    title: 'Subject',
    description: 'One line. Type {{ to insert something about the lead.',
  }),
  body: bodySchema.meta({
    title: 'Text',
    description: 'Plain paragraphs, or HTML or MJML. Type {{ to insert something about the lead.',
    picks: 'message',
  }),
  ...letterFields,
  asset: optionalReferenceField(
    'asset',
    'Linked asset',
    'The text may link it as {{ asset.url }}. It does not count as received.',
    { section: 'Links' },
  ),
  survey: optionalReferenceField('survey', 'Linked survey', 'The text may link it as {{ survey.url }}.', {
    section: 'Links',
  }),
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

/** Sends one email. */
export const sendEmail = defineStep<Config>({
  type: 'send_email',
  version: 1,
  title: 'Send email',
  category: 'message',
  icon: 'mail',
  description: 'Sends an email with a text of your own.',
  synonyms: ['mail', 'message', 'newsletter', 'thank you'],
  config: configSchema,
  ports: (config) => messagePorts(config),
  summary: ({ subject }) => `“${subject}”`,
  needs: () => ({ deliveries: true }),
  check: (config, { library }) => [
    ...checkReference(library, 'assets', config.asset, ['asset']),
    ...checkReference(library, 'surveys', config.survey, ['survey']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...checkLinked(config, { asset: config.asset !== undefined, survey: config.survey !== undefined, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { purpose, subject, body, asset, survey } = context.config
    return sendMessage(context, {
      what: 'Email',
      channel: 'email',
      purpose,
      content: {
        subject,
        body,
        ...letterContent(context.config),
        ...(asset === undefined ? {} : { assetKey: asset }),
        ...(survey === undefined ? {} : { surveyKey: survey }),
      },
    })
  },
})
