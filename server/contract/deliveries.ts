/** Deliveries: every message we meant to send, what became of it, and how it looks to the lead. */
import { z } from 'zod'
import { channels, deliveryStatuses, purposes } from '#engine/vocabulary.ts'
import {
  idParams,
  idSchema,
  instantSchema,
  journeyNameSchema,
  leadNameSchema,
  pageOf,
  pageQuery,
  stepNameSchema,
} from './primitives.ts'
import { defineRoute } from './route.ts'

export const deliverySummarySchema = z.object({
  id: idSchema,
  lead: leadNameSchema,
  journey: journeyNameSchema,
  step: stepNameSchema,
  channel: z.enum(channels),
  purpose: z.enum(purposes),
  status: z.enum(deliveryStatuses),
  /** Why it was skipped, deferred, failed or cancelled. */
  reason: z.string().nullable(),
  /** The gate's reason in words, with what a person can do; null for other reasons. */
  why: z.string().nullable(),
  subject: z.string().nullable(),
  /** In the lead's own clock. */
  queuedAt: instantSchema,
  notBefore: instantSchema.nullable(),
  acceptedAt: instantSchema.nullable(),
  /** Real time. */
  createdAt: instantSchema,
})
export type DeliverySummary = z.infer<typeof deliverySummarySchema>

/** What a provider was given. */
const mailCopySchema = z.object({
  id: z.int(),
  to: z.string(),
  subject: z.string(),
  plain: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Address of the HTML as a page of its own, for a sandboxed frame. */
  previewPath: z.string(),
  receivedAt: instantSchema,
})

const deliverySchema = deliverySummarySchema.extend({
  content: z.object({
    subject: z.string().nullable(),
    body: z.string(),
    assetKey: z.string().nullable(),
    surveyKey: z.string().nullable(),
  }),
  attempts: z.int(),
  /** An attempt whose answer was lost: the lead may have this message twice, or although it says otherwise. */
  inDoubt: z.boolean(),
  staleAt: instantSchema.nullable(),
  /** Newest first; empty until it was handed over. More than one means a provider was called more than once. */
  copies: z.array(mailCopySchema),
})
export type Delivery = z.infer<typeof deliverySchema>

export const listDeliveries = defineRoute({
  name: 'listDeliveries',
  method: 'GET',
  path: '/api/v1/deliveries',
  tag: 'Deliveries',
  summary: 'Messages, newest first',
  query: z.strictObject({
    ...pageQuery,
    status: z.enum(deliveryStatuses).optional(),
    lead: idSchema.optional(),
  }),
  responses: { 200: pageOf(deliverySummarySchema) },
})

export const getDelivery = defineRoute({
  name: 'getDelivery',
  method: 'GET',
  path: '/api/v1/deliveries/{id}',
  tag: 'Deliveries',
  summary: 'One message, as the lead sees it',
  params: idParams,
  responses: { 200: deliverySchema },
  problems: ['DELIVERY_NOT_FOUND'],
})
