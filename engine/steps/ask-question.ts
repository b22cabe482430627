/** One question, by email: progressive profiling. */
import { z } from 'zod'
import { bodySchema, optionalReferenceField, purposeField, referenceField, subjectSchema } from './config-fields.ts'
import { defineStep, type StepContext } from './contract.ts'
import { lookUp } from './lookup.ts'
import { checkLinked } from './message-template.ts'
import { letterContent, letterFields } from './message-variants.ts'
import { checkDuration, checkQuestion } from './problems.ts'
import { alreadySent, messagePorts, sendingFields, sendMessage } from './send-message.ts'

const configSchema = z.strictObject({
  survey: referenceField('survey', 'Survey', 'The survey the question belongs to.'),
  question: optionalReferenceField(
    'question',
    'Question',
    'Empty: the first question of the survey that the lead has not answered.',
    { of: 'survey', empty: 'The next one not answered yet' },
  ),
  ifAnswered: z
    .enum(['continue', 'leave'])
    .default('continue')
    .meta({
      title: 'When it is answered already',
      description: 'Nobody is asked twice.',
      ui: { options: { continue: 'Go on as if it was sent', leave: 'Leave by “Answered already”' } },
    }),
  purpose: purposeField,
  subject: subjectSchema
    .default('{{ question.text }}')
    .meta({ title: 'Subject', description: 'One line. Type {{ to insert something about the lead.' }),
  body: bodySchema
    .default('Hello {{ lead.first_name }},\n\n{{ question.text }}\n\n[Answer]({{ question.url }})\n')
    .meta({
      title: 'Text',
      description: 'Plain paragraphs, or HTML or MJML. Type {{ to insert something about the lead.',
      picks: 'message',
    }),
  ...letterFields,
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

/** The given question, or the first one of the survey, without an answer; undefined when there is nothing to ask. */
function nextQuestion({ config, facts, library }: StepContext<Config>): string | undefined {
  const answers = lookUp(facts.answers, config.survey) ?? {}
  const candidates =
    config.question === undefined
      ? (lookUp(library.surveys, config.survey)?.questions ?? []).map(({ id }) => id)
      : [config.question]
  return candidates.find((id) => lookUp(answers, id) === undefined)
}

/** Asks one question by email, never one that was answered (PLAYBOOK C5, D3). */
export const askQuestion = defineStep<Config>({
  type: 'ask_question',
  version: 1,
  title: 'Ask a question',
  category: 'survey',
  icon: 'help-circle',
  description: 'Asks one question by email; never one that the lead has answered.',
  synonyms: ['question', 'profiling', 'qualify', 'survey'],
  config: configSchema,
  ports: (config) =>
    messagePorts(config, config.ifAnswered === 'leave' ? [{ id: 'answered', label: 'Answered already' }] : []),
  summary: ({ survey, question }) =>
    question === undefined ? `Ask the next question of ${survey}` : `Ask ${question}`,
  needs: ({ survey }) => ({ deliveries: true, surveys: [survey] }),
  check: (config, { library }) => [
    ...checkQuestion(library, config.survey, config.question, []),
    ...checkDuration(config.staleAfter, ['staleAfter']),
    ...checkLinked(config, { asset: false, survey: true, question: true }),
  ],
  rests: () => false,
  run: (context) => {
    const { survey, purpose, subject, body, ifAnswered } = context.config
    const done = alreadySent(context)
    if (done !== null) return done
    const question = nextQuestion(context)
    if (question === undefined) {
      const port = ifAnswered === 'leave' ? 'answered' : 'next'
      return { kind: 'leave', port, reason: 'Answered already; not asked again.' }
    }
    return sendMessage(context, {
      what: `Question “${question}”`,
      channel: 'email',
      purpose,
      content: { subject, body, ...letterContent(context.config), surveyKey: survey, questionId: question },
    })
  },
})
