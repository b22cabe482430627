/** The entry step: which triggers bring leads into the journey. */
import { z } from 'zod'
import { propertyFilterSchema, ruleSchema } from '../conditions/schema.ts'
import { localTimeSchema, weekdaySchema } from '../graph/schema.ts'
import { attentions, stages } from '../vocabulary.ts'
import { defineStep } from './contract.ts'

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
/** Days before (negative) or after a date. */
const offsetDays = z.int().min(-3650).max(3650).default(0)

/** What brings a lead in. Each has an id, stable across versions, that schedules and explanations refer to. */
export const triggerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('event'),
    event: z.string().min(1).max(100),
    where: z.array(propertyFilterSchema).max(20).default([]),
  }),
  z.strictObject({ id, kind: z.literal('form'), form: z.string().min(1).max(100) }),
  /** A segment, at local times: every Friday 09:00. All who match then enter (the re-enrollment policy decides). */
  z.strictObject({
    id,
    kind: z.literal('schedule'),
    days: z.array(weekdaySchema).min(1),
    time: localTimeSchema,
    zone: z.string().min(1),
    segment: ruleSchema,
  }),
  /** The moment a lead begins to match. */
  z.strictObject({ id, kind: z.literal('segment_entered'), segment: ruleSchema }),
  /** A date on the lead (birthday, lease end) plus an offset, at a local time of day; yearly or once. */
  z.strictObject({
    id,
    kind: z.literal('date_field'),
    field: z.string().min(1).max(63),
    offsetDays,
    time: localTimeSchema.default('09:00'),
    yearly: z.boolean().default(false),
  }),
  /** Average time between this lead's events of a type, counted from the latest one (next purchase), plus an offset. */
  z.strictObject({
    id,
    kind: z.literal('computed_date'),
    event: z.string().min(1).max(100),
    minEvents: z.int().min(2).max(100).default(2),
    offsetDays,
    time: localTimeSchema.default('09:00'),
  }),
  z.strictObject({
    id,
    kind: z.literal('stage_changed'),
    from: z.array(z.enum(stages)).default([]),
    to: z.array(z.enum(stages)).default([]),
  }),
  z.strictObject({ id, kind: z.literal('attention_changed'), to: z.array(z.enum(attentions)).default([]) }),
  /** The score passes a threshold upwards or downwards. */
  z.strictObject({
    id,
    kind: z.literal('score_crossed'),
    threshold: z.number(),
    direction: z.enum(['up', 'down']).default('up'),
  }),
  z.strictObject({ id, kind: z.literal('tag_added'), tag: z.string().min(1).max(100) }),
  /** A cue noted by a person ("call me in spring"). */
  z.strictObject({ id, kind: z.literal('cue'), cue: z.string().min(1).max(100) }),
  z.strictObject({ id, kind: z.literal('import') }),
  /** By hand, by the API or in bulk. Always possible; listed so that a journey can say it is meant for it. */
  z.strictObject({ id, kind: z.literal('manual') }),
])
export type Trigger = z.infer<typeof triggerSchema>

const configSchema = z.strictObject({
  triggers: z.array(triggerSchema).min(1).max(20),
  /** Only leads that match this, too, get in, whatever the trigger. */
  only: ruleSchema.optional(),
  /** When published: enrol those who already match a segment trigger? The count is shown first. */
  enrolExisting: z.boolean().default(false),
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
  summary: (config) => config.triggers.map((trigger) => trigger.kind.replaceAll('_', ' ')).join(', '),
  rules: (config) => [
    ...config.triggers.flatMap((trigger, index) =>
      'segment' in trigger ? [{ rule: trigger.segment, path: ['triggers', index, 'segment'] }] : [],
    ),
    ...(config.only ? [{ rule: config.only, path: ['only'] }] : []),
  ],
  rests: () => false,
  run: () => ({ kind: 'leave', port: 'next', reason: 'Started the journey.' }),
})
