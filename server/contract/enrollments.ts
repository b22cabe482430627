/** Enrollments: putting a lead into a journey, and a person's hand on one that is in it. */
import { z } from 'zod'
import { enrollmentStatuses } from '#engine/vocabulary.ts'
import { leadReferenceSchema } from './events.ts'
import {
  acceptedSchema,
  idParams,
  idSchema,
  idempotencyHeaders,
  instantSchema,
  jsonSchema,
  journeyNameSchema,
  leadNameSchema,
  leadNowSchema,
  pageOf,
  pageQuery,
  stepNameSchema,
} from './primitives.ts'
import { defineRoute } from './route.ts'

const enrollmentSchema = z.object({
  id: idSchema,
  lead: leadNameSchema,
  leadNow: leadNowSchema,
  journey: journeyNameSchema,
  version: z.int(),
  status: z.enum(enrollmentStatuses),
  step: stepNameSchema,
  /** In the lead's own clock, as is `enteredAt`. */
  since: instantSchema,
  enteredAt: instantSchema,
  /** When time alone next moves it, in the lead's own clock. */
  nextAt: instantSchema.nullable(),
  /** Why it is parked. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})
export type Enrollment = z.infer<typeof enrollmentSchema>

export const listEnrollments = defineRoute({
  name: 'listEnrollments',
  method: 'GET',
  path: '/api/v1/enrollments',
  tag: 'Enrollments',
  summary: 'Enrollments by status, journey and step',
  query: z.strictObject({
    ...pageQuery,
    status: z.enum(enrollmentStatuses),
    journey: z.string().min(1).max(100).optional().describe('The key or the id of a journey.'),
    step: z.string().min(1).max(64).optional().describe('The id of a step; needs `journey`.'),
  }),
  responses: { 200: pageOf(enrollmentSchema) },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const enrollLead = defineRoute({
  name: 'enrollLead',
  method: 'POST',
  path: '/api/v1/enrollments',
  tag: 'Enrollments',
  summary: 'Put a lead into a journey',
  description:
    'Accepted when recorded; the lead enters within a second or two, if the re-enrollment policy and the entry rule of ' +
    'the journey let it. With the same Idempotency-Key the lead enters at most once.',
  headers: idempotencyHeaders,
  body: z.strictObject({
    journey: z.string().min(1).max(100).describe('The key or the id of a live journey.'),
    lead: leadReferenceSchema,
    /** What rules and templates of the journey may use. */
    properties: z.record(z.string().max(100), jsonSchema).default({}),
  }),
  responses: { 202: acceptedSchema.extend({ leadId: idSchema, journeyId: idSchema }) },
  problems: ['LEAD_NOT_FOUND', 'JOURNEY_NOT_FOUND', 'JOURNEY_NOT_LIVE'],
})

const reason = z.string().trim().min(1).max(500).describe('Why, in your words; kept in the audit log.')

const controlBody = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('pause'), reason }),
  z.strictObject({ action: z.literal('resume'), reason }),
  z.strictObject({ action: z.literal('exit'), reason }),
  z.strictObject({ action: z.literal('retry'), reason }),
  z.strictObject({ action: z.literal('skip'), reason }),
  z.strictObject({ action: z.literal('move'), stepId: z.string().min(1).max(64), reason }),
  z.strictObject({
    action: z.literal('migrate'),
    version: z.int().min(1).max(2_147_483_647),
    stepId: z.string().min(1).max(64).optional(),
    reason,
  }),
])
export type ControlBody = z.infer<typeof controlBody>

export const controlEnrollment = defineRoute({
  name: 'controlEnrollment',
  method: 'POST',
  path: '/api/v1/enrollments/{id}/controls',
  tag: 'Enrollments',
  summary: 'Pause, resume, exit, retry, skip, move or migrate',
  description:
    'Accepted when recorded; pause and exit bind messages from that moment. `retry` and `skip` are for parked enrollments.',
  params: idParams,
  body: controlBody,
  responses: { 202: acceptedSchema },
  problems: ['ENROLLMENT_NOT_FOUND', 'ENROLLMENT_ENDED', 'CONTROL_NOT_POSSIBLE', 'STEP_NOT_FOUND'],
})
