/** Forms of the company's website, what was held of what came in, and how it is screened. */
import { z } from 'zod'
import { screeningSchema } from '#engine/forms/screening.ts'
import { formSchema } from '#engine/library.ts'
import { idParams, idSchema, instantSchema, jsonSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'
import { keyParams } from './surveys.ts'

const summarySchema = z.object({
  key: z.string(),
  title: z.string(),
  fields: z.int(),
  archived: z.boolean(),
  /** Keys of live and paused journeys that name it. */
  usedBy: z.array(z.string()),
  /** Where visitors find it. */
  url: z.string(),
})

export const listForms = defineRoute({
  name: 'listForms',
  method: 'GET',
  path: '/api/v1/forms',
  tag: 'Forms',
  summary: 'All forms, by key',
  responses: { 200: z.object({ items: z.array(summarySchema) }) },
})

export const getForm = defineRoute({
  name: 'getForm',
  method: 'GET',
  path: '/api/v1/forms/{key}',
  tag: 'Forms',
  summary: 'One form',
  params: keyParams,
  responses: {
    200: z.object({
      form: formSchema,
      usedBy: z.array(z.string()),
      url: z.string(),
      /** To paste into a page of the company's website. */
      snippet: z.string(),
    }),
  },
  problems: ['FORM_NOT_FOUND'],
})

export const putForm = defineRoute({
  name: 'putForm',
  method: 'PUT',
  path: '/api/v1/forms/{key}',
  tag: 'Forms',
  summary: 'Write a form',
  description:
    'Replaces the whole. All problems are told at once, each at its place. With `archived: true` the form is closed; a live ' +
    'journey that begins with it keeps it open.',
  params: keyParams,
  body: formSchema,
  responses: { 200: z.object({ form: formSchema, created: z.boolean() }) },
  problems: ['FORM_INVALID', 'RESOURCE_IN_USE'],
})

const submissionSchema = z.object({
  id: idSchema,
  form: z.string(),
  status: z.enum(['held', 'released', 'discarded', 'awaiting_confirmation', 'confirmed']),
  /** Why it is held. */
  reason: z.string(),
  /** Whose it became; null while held. */
  leadId: idSchema.nullable(),
  /** Question id → answer. */
  answers: z.record(z.string(), jsonSchema),
  createdAt: instantSchema,
  decidedAt: instantSchema.nullable(),
  decidedBy: z.string().nullable(),
})
export type SubmissionItem = z.infer<typeof submissionSchema>

export const listFormSubmissions = defineRoute({
  name: 'listFormSubmissions',
  method: 'GET',
  path: '/api/v1/form-submissions',
  tag: 'Forms',
  summary: 'Submissions that wait: held as spam, or for a confirmation; and what became of them',
  query: z.strictObject({
    ...pageQuery,
    status: submissionSchema.shape.status.default('held'),
    form: z.string().min(1).max(100).optional(),
  }),
  responses: { 200: pageOf(submissionSchema) },
})

export const decideFormSubmission = defineRoute({
  name: 'decideFormSubmission',
  method: 'POST',
  path: '/api/v1/form-submissions/{id}',
  tag: 'Forms',
  summary: 'Release or discard what was held as spam',
  description:
    'Released, it is taken in as if it had just come, thank-you and all. Deciding the same twice changes nothing.',
  params: idParams,
  body: z.strictObject({ decision: z.enum(['release', 'discard']) }),
  responses: { 200: z.object({ leadId: idSchema.nullable() }) },
  problems: ['SUBMISSION_NOT_FOUND', 'SUBMISSION_DECIDED', 'FORM_NOT_FOUND'],
})

export const getScreening = defineRoute({
  name: 'getScreening',
  method: 'GET',
  path: '/api/v1/settings/screening',
  tag: 'Settings',
  summary: 'How forms are screened',
  responses: { 200: screeningSchema },
})

export const putScreening = defineRoute({
  name: 'putScreening',
  method: 'PUT',
  path: '/api/v1/settings/screening',
  tag: 'Settings',
  summary: 'Say how forms are screened',
  body: screeningSchema,
  example: { competitorDomains: ['rival.example'], spamWords: ['casino'] },
  responses: { 200: screeningSchema },
})
