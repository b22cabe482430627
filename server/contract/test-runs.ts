/** Test runs of a lead: a copy of it walks the live journey on a clock of its own; nothing leaves to the outside. */
import { z } from 'zod'
import { givenInstantSchema, idParams, idSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** Virtual seconds per second: from real time to a week per second. */
const fastestTestRun = 604_800

const testRunSchema = z.object({
  id: idSchema,
  name: z.string(),
  /** The copy that walks. Null when the run has several leads, or none. */
  leadId: idSchema.nullable(),
  /** The run's own time. */
  now: instantSchema,
  speed: z.number(),
  /** When its clock began, in its own time. */
  start: instantSchema,
  finished: z.boolean(),
  leads: z.int(),
  /** Enrollments, messages and tasks by status. */
  enrollments: z.record(z.string(), z.int()),
  deliveries: z.record(z.string(), z.int()),
  tasks: z.record(z.string(), z.int()),
  /** Why the lead was not let in, when it was not. */
  refused: z.string().nullable(),
})
export type TestRun = z.infer<typeof testRunSchema>

export const startTestRun = defineRoute({
  name: 'startTestRun',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/test-runs',
  tag: 'Test runs',
  scope: 'enrollments:write',
  summary: 'Let a copy of a lead walk the live journey at a chosen speed',
  description:
    'The copy has the lead’s fields, tags, consents and history, is marked as a test lead everywhere, and its messages ' +
    'reach the built-in mailbox only. Erasing the lead erases the copy.',
  params: z.strictObject({
    journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
  }),
  body: z.strictObject({
    leadId: idSchema,
    speed: z
      .number()
      .min(1)
      .max(fastestTestRun)
      .default(3600)
      .describe('Virtual seconds per second; 86400 = a day per second.'),
    start: givenInstantSchema.optional().describe('What time it is at the start. Absent: now.'),
    days: z.int().min(1).max(400).default(60).describe('How long it runs at most, in its own time.'),
  }),
  responses: { 201: testRunSchema },
  problems: ['JOURNEY_NOT_FOUND', 'JOURNEY_NOT_LIVE', 'LEAD_NOT_FOUND', 'TEMPORAL_UNAVAILABLE'],
})

export const getTestRun = defineRoute({
  name: 'getTestRun',
  method: 'GET',
  path: '/api/v1/test-runs/{id}',
  tag: 'Test runs',
  scope: 'enrollments:read',
  summary: 'How a test run stands',
  params: idParams,
  responses: { 200: testRunSchema },
  problems: ['TEST_RUN_NOT_FOUND'],
})

export const stopTestRun = defineRoute({
  name: 'stopTestRun',
  method: 'POST',
  path: '/api/v1/test-runs/{id}/stop',
  tag: 'Test runs',
  scope: 'enrollments:write',
  summary: 'Stop a test run’s clock and take its leads out of their journeys',
  description: 'Stopping it again changes nothing.',
  params: idParams,
  responses: { 200: testRunSchema },
  problems: ['TEST_RUN_NOT_FOUND'],
})
