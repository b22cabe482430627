/** Mail that came in: what leads have answered, and what could not be matched. */
import { z } from 'zod'
import { inboundKinds } from '#engine/vocabulary.ts'
import { idParams, idSchema, instantSchema, jsonSchema, leadNameSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

const inboundMailSchema = z.object({
  id: idSchema,
  kind: z.enum(inboundKinds),
  /** Null: nobody could be found for it; it has done nothing. */
  lead: leadNameSchema.nullable(),
  /** Which of our messages it answers. */
  deliveryId: idSchema.nullable(),
  matchedBy: z.enum(['reference', 'address', 'sender']).nullable(),
  from: z.string(),
  subject: z.string(),
  /** The plain words, without quotes. */
  body: z.string(),
  detail: z.record(z.string(), jsonSchema),
  receivedAt: instantSchema,
  /** When somebody has seen to a reply; null while it holds the lead's marketing, and for what needs no answer. */
  handledAt: instantSchema.nullable(),
  handledBy: z.string().nullable(),
})

export const listInboundMail = defineRoute({
  name: 'listInboundMail',
  method: 'GET',
  path: '/api/v1/inbound-mail',
  tag: 'Inbound mail',
  summary: 'Mail that came in, newest first',
  query: z.strictObject({
    ...pageQuery,
    kind: z.enum(inboundKinds).optional(),
    lead: idSchema.optional(),
    /** `unmatched`: belongs to nobody; `open`: replies nobody has seen to. */
    only: z.enum(['unmatched', 'open']).optional(),
  }),
  responses: { 200: pageOf(inboundMailSchema) },
})

export const handleReplies = defineRoute({
  name: 'handleReplies',
  method: 'POST',
  path: '/api/v1/leads/{id}/replies-handled',
  tag: 'Inbound mail',
  summary: 'Somebody has answered the lead: its marketing goes on',
  description: 'Repeating it is harmless.',
  params: idParams,
  responses: {
    200: z.object({
      /** Replies that are now seen to. */
      replies: z.int(),
      /** Messages that were held and may go now. */
      released: z.int(),
    }),
  },
  problems: ['LEAD_NOT_FOUND'],
})
