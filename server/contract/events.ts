/** What leads did, sent in by trackers, shops and forms. */
import { z } from 'zod'
import { givenInstantSchema, idSchema, jsonSchema } from './primitives.ts'
import { problemIssueSchema } from './problem.ts'
import { defineRoute } from './route.ts'

/** Who it was. Any one is enough; an unknown address or external id makes a new lead. */
export const leadReferenceSchema = z
  .strictObject({
    id: idSchema.optional(),
    email: z.string().trim().min(3).max(254).includes('@', { error: 'Write an e-mail address.' }).optional(),
    externalId: z.string().trim().min(1).max(200).optional(),
    anonymousId: z.string().trim().min(1).max(200).optional(),
  })
  .refine((lead) => Object.values(lead).some((value) => value !== undefined), {
    error: 'Say whose event it is: id, email, externalId or anonymousId.',
  })

export const eventItemSchema = z.strictObject({
  /** Yours, unique for ever. The same id sent again changes nothing. */
  messageId: z.string().trim().min(1).max(200),
  lead: leadReferenceSchema,
  /** What happened: `form_submitted`, `downloaded`, `purchased`, or a name of your own; none that only Trellis records (`unsubscribed`…). */
  event: z.string().trim().min(1).max(100),
  /** When it happened; now if absent. Times in the future count as now. */
  occurredAt: givenInstantSchema
    .refine((text) => Date.parse(text) >= 0, { error: 'Write a time after 1970.' })
    .optional(),
  properties: z.record(z.string().max(100), jsonSchema).default({}),
})
export type EventItem = z.infer<typeof eventItemSchema>

/** The most events in one request. */
const maxEventsPerBatch = 1000

const resultSchema = z.object({
  /** Position in the request, from 0. */
  index: z.int(),
  messageId: z.string().nullable(),
  status: z.enum(['accepted', 'duplicate', 'rejected']),
  /** Null when rejected. */
  leadId: idSchema.nullable(),
  issues: z.array(problemIssueSchema),
})
export type EventResult = z.infer<typeof resultSchema>

export const ingestEvents = defineRoute({
  name: 'ingestEvents',
  method: 'POST',
  path: '/api/v1/events',
  tag: 'Events',
  scope: 'events:write',
  summary: 'Record what leads did',
  description:
    'Up to 1,000 events. Each is judged alone: a bad one is answered as `rejected` with its issues and the others go in. ' +
    'Safe to repeat: an event is recorded once per `messageId`.',
  body: z.strictObject({ events: z.array(eventItemSchema).min(1).max(maxEventsPerBatch) }),
  bodyEnvelope: z.strictObject({ events: z.array(z.unknown()).min(1).max(maxEventsPerBatch) }),
  responses: {
    200: z.object({
      accepted: z.int(),
      duplicates: z.int(),
      rejected: z.int(),
      results: z.array(resultSchema),
    }),
  },
})
