/** What runs and where everybody is, on one page. */
import { z } from 'zod'
import { attentions, enrollmentStatuses, stages } from '#engine/vocabulary.ts'
import { deliverySummarySchema } from './deliveries.ts'
import { healthSchema } from './health.ts'
import { stepCountSchema } from './journeys.ts'
import { idSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** Leads per step of one journey. */
const journeyCountsSchema = z.object({
  journeyId: idSchema,
  key: z.string(),
  active: z.int(),
  paused: z.int(),
  parked: z.int(),
  steps: z.array(stepCountSchema),
})
export type JourneyCounts = z.infer<typeof journeyCountsSchema>

/** How much is going on, over the last minute of real time. */
const throughputSchema = z.object({ stepsPerMinute: z.int(), messagesPerMinute: z.int() })

/** What keeps messages in, for the banner. */
const switchesSchema = z.object({
  /** The data is made up. */
  demo: z.boolean(),
  /** Off: mail goes to the built-in mailbox only. */
  liveSending: z.boolean(),
  /** On: nothing is handed over at all until a person has looked. */
  hold: z.boolean(),
  /** Why it is held; null when it is not. */
  holdReason: z.string().nullable(),
})
export type Switches = z.infer<typeof switchesSchema>

const statusSchema = z.object({
  now: instantSchema,
  health: healthSchema,
  switches: switchesSchema,
  leads: z.object({
    /** Which leads numbers are about: test leads only while there are no real ones. */
    shown: z.enum(['real', 'test']),
    total: z.int(),
    byStage: z.record(z.enum(stages), z.int()),
    byAttention: z.record(z.enum(attentions), z.int()),
  }),
  enrollments: z.record(z.enum(enrollmentStatuses), z.int()),
  openTasks: z.int(),
  journeys: z.array(journeyCountsSchema),
  throughput: throughputSchema,
})
export type Status = z.infer<typeof statusSchema>

export const getStatus = defineRoute({
  name: 'getStatus',
  method: 'GET',
  path: '/api/v1/status',
  tag: 'Status',
  summary: 'What runs, who is where, how much is going on',
  responses: { 200: statusSchema },
})

/** One message of the stream `GET /api/v1/stream` (server-sent events, event name `live`). */
export const liveSchema = z.object({
  now: instantSchema,
  journeys: z.array(journeyCountsSchema),
  /** The newest ones, newest first. */
  deliveries: z.array(deliverySummarySchema),
  openTasks: z.int(),
  /** When any task last changed (claimed, put off, assigned, closed…): the inbox reads itself again. */
  tasksChangedAt: instantSchema.nullable(),
  throughput: throughputSchema,
  /** Another one when the catalogue of steps has changed (GET /api/v1/steps): an activity was added in development. */
  stepsRevision: z.string(),
})
export type Live = z.infer<typeof liveSchema>
export const liveEventName = 'live'
export const streamPath = '/api/v1/stream'
