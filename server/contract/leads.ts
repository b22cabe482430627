/** Leads: the list, one lead, and bringing one in. */
import { z } from 'zod'
import { attentions, stages } from '#engine/vocabulary.ts'
import { idParams, idSchema, instantSchema, leadNameSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

/** A field's value on the wire: dates `YYYY-MM-DD`, instants ISO 8601, sets as lists; null = not known. */
const fieldValueSchema = z.union([
  z.string().max(10_000),
  z.number(),
  z.boolean(),
  z.array(z.string().max(500)).max(500),
  z.null(),
])

export const leadSummarySchema = leadNameSchema.extend({
  company: z.string().nullable(),
  stage: z.enum(stages),
  attention: z.enum(attentions),
  score: z.number(),
  createdAt: instantSchema,
})
export type LeadSummary = z.infer<typeof leadSummarySchema>

const leadSchema = leadSummarySchema.extend({
  phone: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  title: z.string().nullable(),
  addressLine1: z.string().nullable(),
  city: z.string().nullable(),
  region: z.string().nullable(),
  postalCode: z.string().nullable(),
  country: z.string().nullable(),
  language: z.string().nullable(),
  /** IANA zone; null = not known, the journey's is used. */
  zone: z.string().nullable(),
  source: z.string().nullable(),
  ownerId: z.string().nullable(),
  doNot: z.object({ email: z.boolean(), postcard: z.boolean(), phone: z.boolean() }),
  suppressed: z.array(z.object({ channel: z.string(), reason: z.string(), at: instantSchema })),
  fields: z.record(z.string(), fieldValueSchema),
  tags: z.array(z.string()),
  identities: z.array(z.object({ kind: z.string(), value: z.string() })),
  lastActivityAt: instantSchema.nullable(),
  updatedAt: instantSchema,
  /** When its personal data was erased. */
  erasedAt: instantSchema.nullable(),
})
export type Lead = z.infer<typeof leadSchema>

export const listLeads = defineRoute({
  name: 'listLeads',
  method: 'GET',
  path: '/api/v1/leads',
  tag: 'Leads',
  summary: 'List or find leads',
  description:
    'Newest first. `search` finds the beginning of an e-mail address, a first, last or whole name, or a company.',
  query: z.strictObject({ ...pageQuery, search: z.string().trim().max(200).optional() }),
  responses: { 200: pageOf(leadSummarySchema) },
})

export const getLead = defineRoute({
  name: 'getLead',
  method: 'GET',
  path: '/api/v1/leads/{id}',
  tag: 'Leads',
  summary: 'One lead',
  description: 'The id of a lead that was merged into another answers with that other lead.',
  params: idParams,
  responses: { 200: leadSchema },
  problems: ['LEAD_NOT_FOUND'],
})

const text = z.string().trim().max(500).nullable().optional()

/** Who a lead is and what is known about it. What is absent stays as it is; null forgets it. */
const upsertLeadBody = z
  .strictObject({
    email: z.string().trim().min(3).max(254).includes('@', { error: 'Write an e-mail address.' }).optional(),
    externalId: z.string().trim().min(1).max(200).optional(),
    anonymousId: z.string().trim().min(1).max(200).optional(),
    phone: text,
    firstName: text,
    lastName: text,
    company: text,
    title: text,
    addressLine1: text,
    city: text,
    region: text,
    postalCode: text,
    country: text,
    language: text,
    zone: text,
    source: text,
    stage: z.enum(stages).optional(),
    attention: z.enum(attentions).optional(),
    doNotEmail: z.boolean().optional(),
    doNotMail: z.boolean().optional(),
    doNotCall: z.boolean().optional(),
    fields: z.record(z.string().max(63), fieldValueSchema).default({}),
    addTags: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
    removeTags: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
  })
  .refine((lead) => lead.email !== undefined || lead.externalId !== undefined || lead.anonymousId !== undefined, {
    error: 'Say who it is: email, externalId or anonymousId.',
  })
export type UpsertLeadBody = z.output<typeof upsertLeadBody>

export const upsertLead = defineRoute({
  name: 'upsertLead',
  method: 'POST',
  path: '/api/v1/leads',
  tag: 'Leads',
  summary: 'Bring in a lead, or change what is known about one',
  description:
    'Found by its e-mail address, external id or anonymous id. Journeys that look at ' +
    'what changed move at once. All or nothing; safe to repeat.',
  body: upsertLeadBody,
  responses: {
    200: z.object({ id: idSchema, outcome: z.enum(['updated', 'unchanged']) }),
    201: z.object({ id: idSchema, outcome: z.literal('created') }),
  },
  problems: ['IDENTITY_CONFLICT', 'LEAD_INVALID'],
})
