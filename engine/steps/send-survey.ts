/** A whole survey, by email. */
import { z } from 'zod'
import { bodySchema, purposeField, referenceField, subjectSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkLinked } from './message-template.ts'
import { letterContent, letterFields } from './message-variants.ts'
import { checkDuration, checkReference } from './problems.ts'
import { messagePorts, sendingFields, sendMessage } from './send-message.ts'

const configSchema = z.strictObject({
  survey: referenceField(
    'survey',
    'Survey',
    'The lead gets a personal link to it; its answer arrives as the event survey_answered.',
  ),
  purpose: purposeField,
  subject: subjectSchema
    .default('{{ survey.title }}')
    .meta({ title: 'Subject', description: 'One line. Type {{ to insert something about the lead.' }),
  body: bodySchema
    .default('Hello {{ lead.first_name }},\n\nmay we ask you a few questions?\n\n[Answer them]({{ survey.url }})\n')
    .meta({
      title: 'Text',
      description: 'Plain paragraphs, or HTML or MJML. Type {{ to insert something about the lead.',
      picks: 'message',
    }),
  ...letterFields,
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

/** Sends a survey by email. */
export const sendSurvey = defineStep<Config>({
  type: 'send_survey',
  version: 1,
  title: 'Send survey',
  category: 'survey',
  icon: 'clipboard-list',
  description: 'Sends a survey by email; wait for its answer with "Wait for an event" (survey_answered).',
  synonyms: ['questionnaire', 'feedback', 'poll', 'nps'],
  config: configSchema,
  ports: (config) => messagePorts(config),
  summary: ({ survey }) => `Send survey ${survey}`,
  needs: ({ survey }) => ({ deliveries: true, surveys: [survey] }),
  check: (config, { library }) => [
    ...checkReference(library, 'surveys', config.survey, ['survey']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...checkLinked(config, { asset: false, survey: true, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { survey, purpose, subject, body } = context.config
    return sendMessage(context, {
      what: 'Survey',
      channel: 'email',
      purpose,
      content: { subject, body, ...letterContent(context.config), surveyKey: survey },
    })
  },
})
