/**
 * What the canvas edits and a journey file holds. Versioned JSON with stable ids; where things are drawn lives in
 * `layout`, apart from what is executed.
 */
import { z } from 'zod'
import { mailboxSchema } from '../company.ts'
import { ruleSchema } from '../conditions/schema.ts'
import { reenrollmentPolicies } from '../vocabulary.ts'

/** The graph format this code reads and writes. A file with a higher number is refused, never guessed at. */
export const graphFormat = 1

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Ids are 1–64 letters, digits, "_" or "-".')

/** How often a step whose work leaves the database is tried, where that differs from what its type says. */
export const triesSchema = z.strictObject({
  /** Tries in all. */
  maxAttempts: z.int().min(1).max(100).optional(),
  /** How long one try may take. */
  timeoutSeconds: z.int().min(1).max(86_400).optional(),
})
export type Tries = z.infer<typeof triesSchema>

/** One step on the canvas. `config` is checked against the step type's own schema by the compiler, not here. */
export const nodeSchema = z.strictObject({
  id: idSchema,
  type: z.string().min(1).max(64),
  /** What the author calls it; defaults to the step type's title. */
  name: z.string().max(200).optional(),
  config: z.record(z.string(), z.unknown()).default({}),
  /** A disabled step is passed through by its first port; validation and diff know it. */
  disabled: z.boolean().optional(),
  /** Means nothing to steps that Trellis does by itself. */
  tries: triesSchema.optional(),
  notes: z.string().max(5000).optional(),
})
export type GraphNode = z.infer<typeof nodeSchema>

/** A connection from a named way out of a step to another step. */
export const edgeSchema = z.strictObject({
  from: idSchema,
  port: z.string().min(1).max(64),
  to: idSchema,
})
export type GraphEdge = z.infer<typeof edgeSchema>

/** `HH:MM`, 24 hours, local time. */
export const localTimeSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Write a time of day as HH:MM, for example 09:00.')
  .meta({ picks: 'time' })

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]
export const weekdaySchema = z.enum(weekdays)

/** ISO 8601: calendar parts (`P3D` = same local time three days later) or elapsed ones (`PT72H`). Never negative. */
export const durationSchema = z
  .string()
  .regex(
    /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?$/,
    'Write a duration in ISO 8601, for example P3D or PT4H.',
  )
  .meta({ picks: 'duration' })

/** A local window, e.g. weekdays 09:00–17:00. `to` before `from` spans midnight. */
export const windowSchema = z
  .strictObject({
    days: z
      .array(weekdaySchema)
      .min(1)
      .default([...weekdays])
      .meta({ title: 'Days', picks: 'weekdays' }),
    from: localTimeSchema.meta({ title: 'From' }),
    to: localTimeSchema.meta({ title: 'To' }),
  })
  .meta({ picks: 'window' })
export type LocalWindow = z.infer<typeof windowSchema>

/** Business days and hours, for waits and the SLA of tasks. Holidays are local dates `YYYY-MM-DD`. */
export const calendarSchema = z.strictObject({
  days: z
    .array(weekdaySchema)
    .min(1)
    .default(['mon', 'tue', 'wed', 'thu', 'fri'])
    .meta({ title: 'Open on', picks: 'weekdays' }),
  from: localTimeSchema.default('09:00').meta({ title: 'From', ui: { half: true } }),
  to: localTimeSchema.default('17:00').meta({ title: 'To', ui: { half: true } }),
  holidays: z
    .array(z.iso.date())
    .default([])
    .meta({ title: 'Closed on', ui: { entry: 'day' } }),
})
export type BusinessCalendar = z.infer<typeof calendarSchema>

/** Journey-wide options. */
export const settingsSchema = z.strictObject({
  reenrollment: z
    .strictObject({
      policy: z.enum(reenrollmentPolicies).meta({
        title: 'May a lead come again?',
        ui: {
          options: {
            never: 'Never: once is enough',
            after_exit: 'When it has left',
            after_days: 'When it left some days ago',
            always: 'Always, from the beginning',
          },
        },
      }),
      days: z
        .int()
        .min(1)
        .max(3650)
        .optional()
        .meta({
          title: 'Days since then',
          ui: { unit: 'days', showWhen: { setting: 'policy', is: ['after_days'] } },
        }),
    })
    .default({ policy: 'never' })
    .meta({ title: '', ui: { section: 'Who and for how long' } }),
  /** Reached at any moment: the enrollment completes with its goal met, at once, also in the middle of a wait. */
  goal: ruleSchema.optional().meta({
    title: 'Goal',
    description: 'When this becomes true the lead has arrived and leaves at once, also in the middle of a wait.',
    ui: { section: 'Who and for how long' },
  }),
  /** First match takes the lead out at once, also in the middle of a wait. */
  exits: z
    .array(
      z.strictObject({
        id: idSchema.meta({ ui: { hidden: true } }),
        name: z.string().max(120).meta({ title: 'Name', description: 'Shown in reports.' }),
        when: ruleSchema.meta({ title: 'Leaves when' }),
      }),
    )
    .default([])
    .meta({
      title: 'Leaves early',
      description: 'The first that becomes true takes the lead out at once.',
      ui: { entry: 'exit', entryTitle: 'name', section: 'Who and for how long' },
    }),
  /** Used for leads whose own zone is unknown, and for schedules. IANA name. */
  zone: z
    .string()
    .default('UTC')
    .meta({
      title: 'Time zone',
      description: 'For leads whose own zone is not known, and for schedules.',
      picks: 'zone',
      ui: { section: 'Time' },
    }),
  calendar: calendarSchema
    .default({
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      from: '09:00',
      to: '17:00',
      holidays: [],
    })
    .meta({
      title: 'Business hours',
      description: 'Business days, deadlines of tasks and waits in business time count by these.',
      ui: { section: 'Time' },
    }),
  /** Messages leave only inside this window of the lead's local time; later ones wait for it. */
  sendWindow: windowSchema.optional().meta({
    title: 'Send only between',
    description:
      'Messages leave at these local times of the lead; later ones wait. Quiet hours of the company hold all the same.',
    ui: { section: 'Messages', empty: 'At any time' },
  }),
  /**
   * Who mails are from: the company, the person the lead belongs to (the company, while it belongs to nobody), or an
   * address of their own. Absent: the company.
   */
  sender: z
    .union([
      z.enum(['company', 'owner']).meta({
        ui: { options: { company: 'The company', owner: 'The person the lead belongs to' } },
      }),
      mailboxSchema.meta({ title: 'Somebody else' }),
    ])
    .optional()
    .meta({ title: 'Mails are from', ui: { section: 'Messages', empty: 'As the company has it' } }),
  /** Where answers go. Absent: to the sender, or where the company's profile says. */
  replyTo: mailboxSchema.optional().meta({
    title: 'Answers go to',
    ui: { section: 'Messages', empty: 'The sender', advanced: true },
  }),
  /** Why the lead gets these mails, under each of them. Absent: a general sentence in the mail's language. */
  because: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({
      title: 'Why you get this',
      description: 'One sentence under each mail. Empty: a general one in the language of the mail.',
      ui: { section: 'Messages', advanced: true },
    }),
  /** Whether links in its mails lead through Trellis, which notes clicks. Absent: as the company has it. */
  trackLinks: z
    .boolean()
    .optional()
    .meta({
      title: 'Note clicks',
      description: 'Links in mails lead through Trellis.',
      ui: { section: 'Messages', empty: 'As the company has it', advanced: true },
    }),
  /** 1 is most important. Arbitrates the contact budget and the queues between journeys. */
  priority: z
    .int()
    .min(1)
    .max(5)
    .default(3)
    .meta({
      title: 'Priority',
      description: '1 is most important: it goes first when a lead may get only so many messages.',
      ui: { control: 'slider', section: 'Limits' },
    }),
  /** Scheduled wakes spread over this many minutes, by a hash of the lead. 0 = all at once. */
  spreadMinutes: z
    .int()
    .min(0)
    .max(1440)
    .default(10)
    .meta({
      title: 'Spread over',
      description: 'What is due at one instant (Friday 09:00) is done over so many minutes. 0 = all at once.',
      ui: { unit: 'minutes', section: 'Limits', advanced: true },
    }),
  /** No calls for this long after a download (PLAYBOOK D1). */
  callCoolOff: durationSchema.default('P3D').meta({
    title: 'No calls after a download for',
    ui: { section: 'Limits' },
  }),
  /** More entries than this in one hour hold the rest until a person agrees. */
  entryGuardPerHour: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(50_000)
    .meta({
      title: 'Hold when more come in',
      description: 'More entries than this in one hour wait until a person agrees.',
      ui: { unit: 'per hour', section: 'Limits', advanced: true },
    }),
})
export type JourneySettings = z.infer<typeof settingsSchema>

/** What a journey is, whole. */
export const graphSchema = z.strictObject({
  format: z.literal(graphFormat),
  nodes: z.array(nodeSchema).max(5000),
  edges: z.array(edgeSchema).max(20_000),
  settings: settingsSchema.prefault({}),
})
export type Graph = z.infer<typeof graphSchema>

/** Where things are drawn; never compiled, never hashed. */
export const layoutSchema = z.strictObject({
  positions: z
    .record(idSchema, z.strictObject({ x: z.number(), y: z.number(), pinned: z.boolean().optional() }))
    .default({}),
  notes: z
    .array(
      z.strictObject({
        id: idSchema,
        x: z.number(),
        y: z.number(),
        width: z.number(),
        height: z.number(),
        text: z.string().max(10_000),
        tint: z.int().min(0).max(7),
      }),
    )
    .default([]),
})
export type Layout = z.infer<typeof layoutSchema>
