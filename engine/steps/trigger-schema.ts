/** What can bring a lead into a journey: one shape per kind of trigger. */
import { z } from 'zod'
import { propertyFilterSchema, ruleSchema } from '../conditions/schema.ts'
import { localTimeSchema, weekdaySchema } from '../graph/schema.ts'
import { attentions, stages } from '../vocabulary.ts'
import { eventNameField } from './config-fields.ts'

const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ ui: { hidden: true } })
/** Days before (negative) or after a date. */
const offsetDays = z
  .int()
  .min(-3650)
  .max(3650)
  .default(0)
  .meta({
    title: 'Days after (or before)',
    ui: { control: 'offset', unit: 'days' },
  })
const time = localTimeSchema.meta({ title: 'At', description: 'Local time of day.' })
/** The head of each trigger in the form: what it is, in the words of the person who draws the journey. */
const says = (title: string, description: string) => ({ title, description })

/** What brings a lead in. Each has an id, stable across versions, that schedules and explanations refer to. */
export const triggerSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      id,
      kind: z.literal('event'),
      event: eventNameField,
      where: z
        .array(propertyFilterSchema)
        .max(20)
        .default([])
        .meta({
          title: 'Where',
          description: 'Only events whose properties match all of these.',
          picks: 'filters',
          ui: { of: 'event' },
        }),
    })
    .meta(
      says(
        'Something happens',
        'The lead does something that is recorded as an event: a visit, a download, a purchase.',
      ),
    ),
  z
    .strictObject({
      id,
      kind: z.literal('form'),
      form: z.string().min(1).max(100).meta({ title: 'Form', picks: 'form' }),
    })
    .meta(says('A form is sent', 'The lead fills in one of your forms.')),
  /** A segment, at local times: every Friday 09:00. All who match then enter (the re-enrollment policy decides). */
  z
    .strictObject({
      id,
      kind: z.literal('schedule'),
      days: z.array(weekdaySchema).min(1).meta({ title: 'On', picks: 'weekdays' }),
      time,
      zone: z.string().min(1).meta({ title: 'Time zone', picks: 'zone' }),
      segment: ruleSchema.meta({ title: 'All leads who match' }),
    })
    .meta(says('On fixed days', 'All leads who match a rule start together, for example every Friday at 9.')),
  /** The moment a lead begins to match. */
  z
    .strictObject({
      id,
      kind: z.literal('segment_entered'),
      segment: ruleSchema.meta({ title: 'Begins to match' }),
    })
    .meta(says('A lead begins to match', 'At the moment a rule becomes true of the lead.')),
  /** A date on the lead (birthday, lease end) plus an offset, at a local time of day; yearly or once. */
  z
    .strictObject({
      id,
      kind: z.literal('date_field'),
      field: z
        .string()
        .min(1)
        .max(63)
        .meta({ title: 'Date of the lead', picks: 'field', ui: { fieldTypes: ['date', 'datetime'] } }),
      offsetDays,
      time: time.default('09:00'),
      yearly: z.boolean().default(false).meta({ title: 'Every year', description: 'At each anniversary.' }),
    })
    .meta(
      says(
        'A date of the lead comes',
        'On, before or after a date that is known of the lead: a birthday, the end of a lease.',
      ),
    ),
  /** Average time between this lead's events of a type, counted from the latest one (next purchase), plus an offset. */
  z
    .strictObject({
      id,
      kind: z.literal('computed_date'),
      event: eventNameField,
      minEvents: z
        .int()
        .min(2)
        .max(100)
        .default(2)
        .meta({
          title: 'Known from',
          description: 'So many events are needed to tell a rhythm.',
          ui: { unit: 'events' },
        }),
      offsetDays,
      time: time.default('09:00'),
    })
    .meta(
      says('When it is due again', 'At the date reckoned from the lead’s own rhythm, for example its next purchase.'),
    ),
  z
    .strictObject({
      id,
      kind: z.literal('stage_changed'),
      from: z
        .array(z.enum(stages))
        .default([])
        .meta({ title: 'From', ui: { empty: 'Any stage' } }),
      to: z
        .array(z.enum(stages))
        .default([])
        .meta({ title: 'To', ui: { empty: 'Any stage' } }),
    })
    .meta(says('The stage changes', 'The lead moves to another stage, by a step, a person or another system.')),
  z
    .strictObject({
      id,
      kind: z.literal('attention_changed'),
      to: z
        .array(z.enum(attentions))
        .default([])
        .meta({ title: 'To', ui: { empty: 'Any' } }),
    })
    .meta(says('The attention changes', 'The lead becomes hot, warm, cool or inactive.')),
  /** The score passes a threshold upwards or downwards. */
  z
    .strictObject({
      id,
      kind: z.literal('score_crossed'),
      threshold: z.number().meta({ title: 'Score', ui: { unit: 'points' } }),
      direction: z
        .enum(['up', 'down'])
        .default('up')
        .meta({ title: 'Passes it', ui: { options: { up: 'Upwards', down: 'Downwards' } } }),
    })
    .meta(says('The score passes a mark', 'The score rises above a number, or falls below it.')),
  z
    .strictObject({
      id,
      kind: z.literal('tag_added'),
      tag: z.string().min(1).max(100).meta({ title: 'Tag', picks: 'tag' }),
    })
    .meta(says('A tag is added', 'By a person, an import, a form or a step.')),
  /** A cue noted by a person ("call me in spring"). */
  z
    .strictObject({ id, kind: z.literal('cue'), cue: z.string().min(1).max(100).meta({ title: 'Cue', picks: 'cue' }) })
    .meta(says('A colleague notes a cue', 'Somebody notes what the lead said, for example “call me in spring”.')),
  z
    .strictObject({ id, kind: z.literal('import') })
    .meta(says('An import', 'Leads of a file that is imported into this journey.')),
  /** By hand, by the API or in bulk. Always possible; listed so that a journey can say it is meant for it. */
  z
    .strictObject({ id, kind: z.literal('manual') })
    .meta(
      says(
        'By hand',
        'A person or another system puts leads in. Always possible; listed when it is meant to be the way.',
      ),
    ),
])
export type Trigger = z.infer<typeof triggerSchema>
