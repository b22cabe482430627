/** Messages while they are written: as a lead would read them, and sent to whoever writes them. */
import { z } from 'zod'
import { languageTagSchema } from '#engine/steps/message-variants.ts'
import { problemIssueSchema } from './problem.ts'
import { idSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const stepParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
  step: z.string().min(1).max(64).describe('The id of a message step of the draft.'),
})

const previewBody = {
  leadId: idSchema.describe('Whose data fills the message.'),
  draft: z
    .strictObject({ type: z.string().min(1).max(64), config: z.record(z.string(), z.unknown()) })
    .optional()
    .describe('What is being written, instead of what the draft holds.'),
  language: languageTagSchema.optional().describe('Instead of the lead’s own language.'),
}

const mailboxSchema = z.object({ name: z.string(), email: z.string() })
const issueSchema = problemIssueSchema.extend({ nodeId: z.string().optional() })

export const previewMessage = defineRoute({
  name: 'previewMessage',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/steps/{step}/preview',
  tag: 'Journeys',
  scope: 'journeys:read',
  summary: 'A message as one lead would read it',
  description: 'Rendered as the mailroom does; nothing is recorded, and personal links in it lead nowhere.',
  params: stepParams,
  body: z.strictObject(previewBody),
  example: { leadId: '019a0000-0000-7000-8000-000000000000', language: 'de' },
  unaudited: 'It only shows what would be sent.',
  responses: {
    200: z.object({
      /** Null when it cannot be rendered; `issues` say why. */
      message: z
        .object({
          channel: z.string(),
          to: z.string(),
          from: mailboxSchema.nullable(),
          replyTo: mailboxSchema.nullable(),
          subject: z.string(),
          html: z.string(),
          text: z.string(),
          headers: z.record(z.string(), z.string()),
        })
        .nullable(),
      language: z.string().nullable(),
      /** Bytes of the HTML; Gmail cuts at 104,448. */
      size: z.int(),
      /** Paths are into the step's config. */
      issues: z.array(issueSchema),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND', 'STEP_NOT_FOUND', 'LEAD_NOT_FOUND', 'STEP_NOT_A_MESSAGE'],
})

export const sendTestMessage = defineRoute({
  name: 'sendTestMessage',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/steps/{step}/test-send',
  tag: 'Journeys',
  summary: 'Send a message to yourself',
  description:
    'Marked "[Test]", never counted, and nothing of the lead changes. Goes to your own address, to one of the allow-list, or to the built-in mailbox.',
  params: stepParams,
  body: z.strictObject({
    ...previewBody,
    to: z.union([z.literal('mailbox'), z.email()]).describe('An address, or `mailbox` for the built-in one.'),
  }),
  example: { leadId: '019a0000-0000-7000-8000-000000000000', to: 'mailbox' },
  responses: { 200: z.object({ to: z.string(), providerId: z.string().nullable() }) },
  problems: [
    'JOURNEY_NOT_FOUND',
    'STEP_NOT_FOUND',
    'LEAD_NOT_FOUND',
    'STEP_NOT_A_MESSAGE',
    'TEST_ADDRESS_REFUSED',
    'MESSAGE_INVALID',
    'TEST_NOT_SENT',
  ],
})
