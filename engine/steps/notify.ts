/** Tell a colleague. */
import { z } from 'zod'
import { bodySchema, subjectSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkTemplate } from './message-template.ts'

const configSchema = z.strictObject({
  to: z.string().min(1).max(200).default('owner').meta({
    title: 'To',
    description: 'A person or a queue; "owner" is the owner of the lead.',
    picks: 'person',
  }),
  subject: subjectSchema
    .default('A lead needs your eye')
    .meta({ title: 'Subject', description: 'One line. Type {{ to insert something about the lead.' }),
  message: bodySchema.max(10_000).meta({
    title: 'Message',
    description: 'What to tell. Type {{ to insert something about the lead.',
    picks: 'message',
  }),
})
type Config = z.infer<typeof configSchema>

/** Sends a notification inside the company; the lead gets nothing. */
export const notify = defineStep<Config>({
  type: 'notify',
  version: 1,
  title: 'Notify a colleague',
  category: 'message',
  icon: 'bell',
  description: 'Tells a person or a queue inside the company; the lead gets nothing.',
  synonyms: ['alert', 'internal', 'inform', 'sales'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ to, subject }) => `Tell ${to}: “${subject}”`,
  check: (config, { library }) => [...checkTemplate(config.message, ['message'], library)],
  rests: () => false,
  run: ({ config, facts, gate, now, settings }) => {
    const owner = facts.fields['owner_id']
    const to = config.to === 'owner' && typeof owner === 'string' && owner !== '' ? owner : config.to
    const decision = gate({ channel: 'notification', purpose: 'internal', now, staleAt: null, overCap: 'defer' })
    return {
      kind: 'leave',
      port: 'next',
      reason: decision.verdict === 'skipped' ? `Nobody was told (${decision.reason}).` : `Told ${to}.`,
      commands: [
        {
          kind: 'deliver',
          channel: 'notification',
          purpose: 'internal',
          content: { subject: config.subject, body: config.message, to },
          decision,
          overCap: 'defer',
          priority: settings.priority,
          staleAt: null,
          assetLineage: null,
          countsAs: null,
        },
      ],
    }
  },
})
