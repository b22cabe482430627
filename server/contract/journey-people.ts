/** The leads behind a number, what a person may do about them, and the way each of them took. */
import { z } from 'zod'
import { enrollmentStatuses } from '#engine/vocabulary.ts'
import { peopleKinds, statisticsQuery } from './journey-statistics.ts'
import {
  idParams,
  idSchema,
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

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})

export type { PeopleKind } from './journey-statistics.ts'

const personSchema = z.object({
  /** Of the row: a lead that came twice is there twice. */
  id: z.string(),
  enrollmentId: idSchema,
  lead: leadNameSchema,
  leadNow: leadNowSchema,
  version: z.int(),
  /** How the enrollment stands now, and where. */
  status: z.enum(enrollmentStatuses),
  step: stepNameSchema,
  goalMet: z.boolean(),
  /** What the list is ordered by: since when it is here, when it came, when it left. In the lead's own clock. */
  at: instantSchema,
  /** When time alone next moves it. */
  nextAt: instantSchema.nullable(),
  /** By which way out the visit ended; null of those who are here, and of visits that ended otherwise. */
  port: z.string().nullable(),
  /** Why it waits, why it left, or what went wrong. */
  reason: z.string(),
})
export type JourneyPerson = z.infer<typeof personSchema>

export const listJourneyPeople = defineRoute({
  name: 'listJourneyPeople',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/people',
  tag: 'Enrollments',
  summary: 'The leads behind a number on a step, or of the whole journey',
  description:
    'Newest first. The numbers of getJourneyStatistics and of the live channel have as many rows here. Without `step`: who ' +
    'is here, paused or parked anywhere in the journey.',
  params: journeyParams,
  query: z.strictObject({
    ...pageQuery,
    ...statisticsQuery,
    step: z.string().min(1).max(64).optional().describe('Needed for what is counted in a time: entered, left…'),
    what: z.enum(peopleKinds).default('here'),
    port: z.string().min(1).max(64).optional().describe('With `left`: only by this way out.'),
    search: z.string().trim().max(200).optional().describe('The beginning of a name, an address or a company.'),
    status: z.enum(enrollmentStatuses).optional().describe('Only those whose enrollment now stands so.'),
  }),
  responses: { 200: pageOf(personSchema) },
  problems: ['JOURNEY_NOT_FOUND', 'RANGE_TOO_LARGE'],
})

const reason = z.string().trim().min(1).max(500).describe('Why, in your words; kept in the audit log.')

/** Enrollments per request, at most: what is more is done by asking again. */
export const mostControlled = 10_000

export const controlJourneyPeople = defineRoute({
  name: 'controlJourneyPeople',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/controls',
  tag: 'Enrollments',
  summary: 'Pause, resume, exit, retry, skip or move all who stand on a step',
  description:
    'Without `confirm` nothing is done and the answer tells how many it would reach; with it, it is done if it still ' +
    'reaches as many (CONFIRMATION_WRONG otherwise). At most 10,000 at once, those that have been there longest first.',
  params: journeyParams,
  body: z.strictObject({
    action: z.enum(['pause', 'resume', 'exit', 'retry', 'skip', 'move']),
    reason,
    /** Where they stand. */
    step: z.string().min(1).max(64),
    what: z.enum(['here', 'paused', 'parked']).default('here'),
    version: z.int().min(1).max(2_147_483_647).optional(),
    leads: z.enum(['real', 'test']).default('real'),
    /** With `move`: where to. */
    to: z.string().min(1).max(64).optional(),
    confirm: z.int().min(0).optional().describe('How many you were told it reaches.'),
  }),
  example: { action: 'move', reason: 'The wait was too long', step: 'answer', to: 'call' },
  responses: { 200: z.object({ matching: z.int(), requested: z.int() }) },
  problems: ['JOURNEY_NOT_FOUND', 'STEP_NOT_FOUND', 'CONTROL_NOT_POSSIBLE', 'CONFIRMATION_WRONG'],
})

/** One stay on a step. */
const pathVisitSchema = z.object({
  step: stepNameSchema,
  type: z.string(),
  /** From 1, per step. */
  visit: z.int(),
  /** The version it was then on: a lead can be moved to another in the middle. */
  version: z.int(),
  enteredAt: instantSchema,
  /** Null: it is still there. */
  leftAt: instantSchema.nullable(),
  /** By which way out; null when it ended or was moved. */
  port: z.string().nullable(),
  /** Where that led; null at the end. */
  to: z.string().nullable(),
  reason: z.string(),
  /** The facts behind the reason: for a rule, its trace. */
  detail: jsonSchema,
})
export type PathVisit = z.infer<typeof pathVisitSchema>

const pathEnrollmentSchema = z.object({
  id: idSchema,
  version: z.int(),
  status: z.enum(enrollmentStatuses),
  enteredAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  goalMet: z.boolean(),
  step: stepNameSchema,
  since: instantSchema,
  /** When time alone next moves it. */
  nextAt: instantSchema.nullable(),
  why: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

const leadPathSchema = z.object({
  lead: leadNameSchema,
  /** What time it is for this lead: a test lead's clock may run fast. */
  now: leadNowSchema,
  journey: journeyNameSchema,
  /** Every time it was in the journey, the latest first; at most fifty. */
  enrollments: z.array(pathEnrollmentSchema),
  /** The one whose visits follow; null when the lead was never in the journey. */
  shown: idSchema.nullable(),
  /** In order; of a longer way the last 500. */
  visits: z.array(pathVisitSchema),
  /** True when the way was longer. */
  isCut: z.boolean(),
})
export type LeadPath = z.infer<typeof leadPathSchema>

export const getLeadPath = defineRoute({
  name: 'getLeadPath',
  method: 'GET',
  path: '/api/v1/leads/{id}/paths/{journey}',
  tag: 'Leads',
  summary: 'The way a lead took through a journey, with times, reasons and errors',
  params: idParams.extend({ journey: z.string().min(1).max(100).describe('The key or the id of a journey.') }),
  query: z.strictObject({ enrollment: idSchema.optional().describe('Absent: the latest.') }),
  responses: { 200: leadPathSchema },
  problems: ['LEAD_NOT_FOUND', 'JOURNEY_NOT_FOUND', 'ENROLLMENT_NOT_FOUND'],
})
