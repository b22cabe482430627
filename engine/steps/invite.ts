/** An invitation to sample one more thing. */
import { z } from 'zod'
import { builtInEvents } from '../vocabulary.ts'
import { bodySchema, purposeField, referenceField, subjectSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { lookUp } from './lookup.ts'
import { checkLinked } from './message-template.ts'
import { letterContent, letterFields } from './message-variants.ts'
import { checkChoice, choiceFields } from './pool-choice.ts'
import { messagePorts, sendingFields } from './send-message.ts'
import { checkPool, dryFields, sendNext } from './send-next.ts'

const configSchema = z.strictObject({
  pool: referenceField('pool', 'Pool', 'What leads are invited to; never the same thing twice.'),
  limit: z.int().min(1).max(1000).optional().meta({
    title: 'At most',
    description: 'A lead that had this many invitations, from any journey, leaves by "Limit reached" instead.',
  }),
  purpose: purposeField,
  subject: subjectSchema
    .default('An invitation: {{ asset.title }}')
    .meta({ title: 'Subject', description: 'One line. Type {{ to insert something about the lead.' }),
  body: bodySchema
    .default(
      'Hello {{ lead.first_name }},\n\nwould you like to try this? {{ asset.title }}\n\n[Have a look]({{ asset.url }})\n',
    )
    .meta({
      title: 'Text',
      description: 'Plain paragraphs, or HTML or MJML. Type {{ to insert something about the lead.',
      picks: 'message',
    }),
  ...letterFields,
  ...choiceFields,
  ...dryFields,
  ...sendingFields,
})
type Config = z.infer<typeof configSchema>

/** Sends an invitation; each counts as the event `invited` (PLAYBOOK A6–A8). */
export const invite = defineStep<Config>({
  type: 'invite',
  version: 1,
  title: 'Invite',
  category: 'message',
  icon: 'mail-heart',
  description: 'Invites the lead to one more thing from a pool, and counts the invitation.',
  synonyms: ['invitation', 'sample', 'webinar', 'podcast', 'pool'],
  config: configSchema,
  ports: (config) =>
    messagePorts(config, [
      { id: 'dry', label: 'Nothing left' },
      ...(config.limit === undefined ? [] : [{ id: 'limit', label: 'Limit reached' }]),
    ]),
  summary: ({ pool, limit }) =>
    `Invite to the next of ${pool}${limit === undefined ? '' : `, at most ${limit} in all`}`,
  needs: () => ({ deliveries: true, received: true, events: [builtInEvents.invited] }),
  check: (config, { library }) => [
    ...checkPool(config, config.pool, config.purpose === 'promotional' || config.allowPromotional, library),
    ...checkChoice(config, library),
    ...checkLinked(config, { asset: true, survey: false, question: false }),
  ],
  rests: () => false,
  run: (context) => {
    const { config, facts, key } = context
    const { purpose, subject, body, limit } = config
    const invitations = lookUp(facts.totals, builtInEvents.invited)?.count ?? 0
    // This visit's own invitation, when it is on record already, is not one too many.
    if (limit !== undefined && invitations >= limit && lookUp(facts.own.deliveries, key) === undefined) {
      return { kind: 'leave', port: 'limit', reason: `Had ${invitations} invitations already; the limit is ${limit}.` }
    }
    return sendNext(context, {
      pool: config.pool,
      promotionalAllowed: purpose === 'promotional' || config.allowPromotional,
      message: (asset) => ({
        what: `Invitation to “${asset.title}”`,
        channel: 'email',
        purpose,
        content: { subject, body, ...letterContent(config), assetKey: asset.key },
        countsAs: builtInEvents.invited,
      }),
    })
  },
})
