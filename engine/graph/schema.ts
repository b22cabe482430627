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

/** One step on the canvas. `config` is checked against the step type's own schema by the compiler, not here. */
export const nodeSchema = z.strictObject({
  id: idSchema,
  type: z.string().min(1).max(64),
  /** What the author calls it; defaults to the step type's title. */
  name: z.string().max(200).optional(),
  config: z.record(z.string(), z.unknown()).default({}),
  /** A disabled step is passed through by its first port; validation and diff know it. */
  disabled: z.boolean().optional(),
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

/** A local window, e.g. weekdays 09:00–17:00. `to` before `from` spans midnight. */
export const windowSchema = z.strictObject({
  days: z
    .array(weekdaySchema)
    .min(1)
    .default([...weekdays]),
  from: localTimeSchema,
  to: localTimeSchema,
})
export type LocalWindow = z.infer<typeof windowSchema>

/** Business days and hours, for waits and the SLA of tasks. Holidays are local dates `YYYY-MM-DD`. */
export const calendarSchema = z.strictObject({
  days: z.array(weekdaySchema).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
  from: localTimeSchema.default('09:00'),
  to: localTimeSchema.default('17:00'),
  holidays: z.array(z.iso.date()).default([]),
})
export type BusinessCalendar = z.infer<typeof calendarSchema>

/** Journey-wide options. */
export const settingsSchema = z.strictObject({
  reenrollment: z
    .strictObject({ policy: z.enum(reenrollmentPolicies), days: z.int().min(1).max(3650).optional() })
    .default({ policy: 'never' }),
  /** Reached at any moment: the enrollment completes with its goal met, at once, also in the middle of a wait. */
  goal: ruleSchema.optional(),
  /** First match takes the lead out at once, also in the middle of a wait. */
  exits: z.array(z.strictObject({ id: idSchema, name: z.string().max(120), when: ruleSchema })).default([]),
  /** Used for leads whose own zone is unknown, and for schedules. IANA name. */
  zone: z.string().default('UTC'),
  calendar: calendarSchema.default({
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '09:00',
    to: '17:00',
    holidays: [],
  }),
  /** Messages leave only inside this window of the lead's local time; later ones wait for it. */
  sendWindow: windowSchema.optional(),
  /**
   * Who mails are from: the company, the person the lead belongs to (the company, while it belongs to nobody), or an
   * address of their own. Absent: the company.
   */
  sender: z.union([z.enum(['company', 'owner']), mailboxSchema]).optional(),
  /** Where answers go. Absent: to the sender, or where the company's profile says. */
  replyTo: mailboxSchema.optional(),
  /** Why the lead gets these mails, under each of them. Absent: a general sentence in the mail's language. */
  because: z.string().min(1).max(300).optional(),
  /** Whether links in its mails lead through Trellis, which notes clicks. Absent: as the company has it. */
  trackLinks: z.boolean().optional(),
  /** 1 is most important. Arbitrates the contact budget and the queues between journeys. */
  priority: z.int().min(1).max(5).default(3),
  /** Scheduled wakes spread over this many minutes, by a hash of the lead. 0 = all at once. */
  spreadMinutes: z.int().min(0).max(1440).default(10),
  /** No calls for this long after a download (PLAYBOOK D1). */
  callCoolOff: durationSchema.default('P3D'),
  /** More entries than this in one hour hold the rest until a person agrees. */
  entryGuardPerHour: z.int().min(1).max(10_000_000).default(50_000),
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
