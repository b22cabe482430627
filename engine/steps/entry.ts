/** The entry step: which triggers bring leads into the journey. */
import { z } from 'zod'
import { ruleSchema } from '../conditions/schema.ts'
import { defineStep } from './contract.ts'
import { triggerSchema } from './trigger-schema.ts'
import { describeTriggers } from './trigger-words.ts'

export { triggerSchema, type Trigger } from './trigger-schema.ts'

const configSchema = z.strictObject({
  triggers: z
    .array(triggerSchema)
    .min(1, 'Say at least once when a lead starts.')
    .max(20)
    .meta({ title: 'When does someone start?', description: 'Each of these starts it.', ui: { entry: 'way in' } }),
  /** Only leads that match this, too, get in, whatever the trigger. */
  only: ruleSchema.optional().meta({
    title: 'Only leads who',
    description: 'Others do not get in, whatever brings them here.',
    ui: { empty: 'Everybody' },
  }),
  /** When published: enrol those who already match a segment trigger? The count is shown first. */
  enrolExisting: z.boolean().default(false).meta({
    title: 'Also those who match already',
    description:
      'When this is published, leads who match a rule above already start, too. Their number is shown first.',
  }),
})

/** Where every journey begins. */
export const entry = defineStep({
  type: 'entry',
  version: 1,
  title: 'Entry',
  category: 'entry',
  icon: 'login',
  description: 'Who starts this journey, and when.',
  synonyms: ['trigger', 'start', 'begin'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Starts' }],
  summary: (config) => describeTriggers(config.triggers),
  rules: (config) => [
    ...config.triggers.flatMap((trigger, index) =>
      'segment' in trigger ? [{ rule: trigger.segment, path: ['triggers', index, 'segment'] }] : [],
    ),
    ...(config.only ? [{ rule: config.only, path: ['only'] }] : []),
  ],
  rests: () => false,
  run: () => ({ kind: 'leave', port: 'next', reason: 'Started the journey.' }),
})
