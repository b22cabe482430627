/** One lead's story: where it stands and why, what comes next, and everything that happened. */
import { z } from 'zod'
import { deliveryStatuses, channels, enrollmentStatuses, taskKinds, taskStatuses } from '#engine/vocabulary.ts'
import {
  cursorSchema,
  idParams,
  idSchema,
  instantSchema,
  jsonSchema,
  journeyNameSchema,
  leadNameSchema,
  limitSchema,
  stepNameSchema,
} from './primitives.ts'
import { defineRoute } from './route.ts'

/** Where one enrollment stands. */
const standingSchema = z.object({
  enrollmentId: idSchema,
  journey: journeyNameSchema,
  version: z.int(),
  status: z.enum(enrollmentStatuses),
  enteredAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  goalMet: z.boolean(),
  /** The step it stands on, or stood on last. */
  step: stepNameSchema.extend({ type: z.string() }),
  since: instantSchema,
  /** One sentence: what it waits for, why it ended, or what went wrong. */
  why: z.string(),
  next: z.object({
    /** When time alone next moves it; null when only an event, a person or a result can. In the lead's own clock. */
    at: instantSchema.nullable(),
    /** Where each way out of this step leads; `step` is null where the path ends. */
    ways: z.array(z.object({ port: z.string(), label: z.string(), step: stepNameSchema.nullable() })),
  }),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})
export type Standing = z.infer<typeof standingSchema>

const base = { id: z.string(), at: instantSchema }

/** One thing that happened. Instants are in the lead's own clock. */
const timelineEntrySchema = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    kind: z.literal('step'),
    journey: journeyNameSchema,
    step: stepNameSchema.extend({ type: z.string() }),
    visit: z.int(),
    enteredAt: instantSchema,
    port: z.string().nullable(),
    reason: z.string(),
    /** The facts behind the reason: for a rule, its trace. */
    detail: jsonSchema,
  }),
  z.object({
    ...base,
    kind: z.literal('delivery'),
    deliveryId: idSchema,
    channel: z.enum(channels),
    status: z.enum(deliveryStatuses),
    subject: z.string().nullable(),
    reason: z.string().nullable(),
    /** The gate's reason in words, with what a person can do; null for other reasons. */
    why: z.string().nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal('task'),
    taskId: idSchema,
    taskKind: z.enum(taskKinds),
    status: z.enum(taskStatuses),
    title: z.string(),
    reason: z.string(),
    outcome: z.string().nullable(),
  }),
  z.object({ ...base, kind: z.literal('event'), event: z.string(), properties: z.record(z.string(), jsonSchema) }),
  z.object({
    ...base,
    kind: z.literal('change'),
    what: z.enum(['stage', 'attention']),
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    actor: z.string(),
  }),
  z.object({ ...base, kind: z.literal('note'), cue: z.string().nullable(), body: z.string(), actor: z.string() }),
])
export type TimelineEntry = z.infer<typeof timelineEntrySchema>

export const getLeadTimeline = defineRoute({
  name: 'getLeadTimeline',
  method: 'GET',
  path: '/api/v1/leads/{id}/timeline',
  tag: 'Leads',
  summary: 'Where a lead stands, why, what next, and what happened so far',
  description:
    '`standings`: its enrollments, open ones first. `entries`: everything that happened, newest first, paged by key.',
  params: idParams,
  query: z.strictObject({ limit: limitSchema, cursor: cursorSchema.optional() }),
  responses: {
    200: z.object({
      lead: leadNameSchema,
      /** What time it is for this lead: a test lead's clock may run fast. */
      now: instantSchema,
      standings: z.array(standingSchema),
      entries: z.array(timelineEntrySchema),
      nextCursor: z.string().nullable(),
    }),
  },
  problems: ['LEAD_NOT_FOUND'],
})
