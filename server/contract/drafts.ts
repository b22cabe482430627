/** Editing journeys: drafts with revisions, their problems, publishing, and switching journeys on and off. */
import { z } from 'zod'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { journeyStatuses } from '#engine/vocabulary.ts'
import { issueSchema } from './issues.ts'
import { idempotencyHeaders, idSchema, instantSchema } from './primitives.ts'
import { baseVersionSchema, policiesSchema, rollBackSchema } from './publishing.ts'
import { defineRoute } from './route.ts'

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})
const keySchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Keys are lower-case letters, digits, "-" and "_".')
const nameSchema = z.string().trim().min(1, 'Give the journey a name.').max(200)
const descriptionSchema = z.string().max(5000)
const revisionSchema = z.int().min(1).describe('The revision your changes are made on.')

const draftSchema = z.object({
  id: idSchema,
  key: z.string(),
  name: z.string(),
  description: z.string(),
  status: z.enum(journeyStatuses),
  liveVersion: z.int().nullable(),
  /** Rises with every save; name it when you save. */
  revision: z.int(),
  graph: graphSchema,
  layout: layoutSchema,
  updatedAt: instantSchema,
})
export type Draft = z.infer<typeof draftSchema>

export const createJourney = defineRoute({
  name: 'createJourney',
  method: 'POST',
  path: '/api/v1/journeys',
  tag: 'Journeys',
  summary: 'Begin a journey',
  description: 'A draft: nobody enters until it is published. Without a graph it has an entry and nothing else.',
  body: z.strictObject({
    key: keySchema.optional().describe('Absent: made from the name.'),
    name: nameSchema,
    description: descriptionSchema.optional(),
    graph: graphSchema.optional(),
    layout: layoutSchema.optional(),
  }),
  responses: { 201: draftSchema },
  problems: ['JOURNEY_STATE_CONFLICT'],
})

export const getDraft = defineRoute({
  name: 'getDraft',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/draft',
  tag: 'Journeys',
  summary: 'The draft, to edit it',
  params: journeyParams,
  responses: { 200: draftSchema },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const saveDraft = defineRoute({
  name: 'saveDraft',
  method: 'PUT',
  path: '/api/v1/journeys/{journey}/draft',
  tag: 'Journeys',
  summary: 'Save the draft',
  description:
    'On top of the revision it was read at; DRAFT_CONFLICT when somebody has saved since, and nothing is changed.',
  params: journeyParams,
  body: z.strictObject({
    baseRevision: revisionSchema,
    name: nameSchema,
    description: descriptionSchema.default(''),
    graph: graphSchema,
    layout: layoutSchema,
  }),
  responses: { 200: draftSchema.pick({ revision: true, updatedAt: true }) },
  problems: ['JOURNEY_NOT_FOUND', 'DRAFT_CONFLICT'],
})

export const checkJourney = defineRoute({
  name: 'checkJourney',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/check',
  tag: 'Journeys',
  scope: 'journeys:read',
  summary: 'Every problem of the draft, or of a graph',
  description: 'What publishing would say. Changes nothing.',
  params: journeyParams,
  body: z.strictObject({ graph: graphSchema.optional().describe('Absent: the saved draft.') }),
  responses: {
    200: z.object({
      issues: z.array(issueSchema),
      publishable: z.boolean(),
      /** Leads that match a segment trigger of the draft already; null when it does not compile. */
      existingMatches: z.int().nullable(),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const publishJourney = defineRoute({
  name: 'publishJourney',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/publish',
  tag: 'Journeys',
  summary: 'Make the draft live',
  description:
    'New leads enter it; leads under way stay on their version, unless a policy moves them on or takes them out: that is ' +
    'then done by `moveId`. With `version`, an older version comes back. A paused or archived journey is published with ' +
    '`resume` only. JOURNEY_INVALID lists every problem. Send an Idempotency-Key: a repeat after a lost answer is then ' +
    'answered as the first was, and nothing is published twice.',
  params: journeyParams,
  headers: idempotencyHeaders,
  body: z.strictObject({
    revision: revisionSchema.describe('The revision that was looked at: another one is not published.'),
    note: z.string().trim().max(2000).default(''),
    enrolExisting: z.boolean().optional().describe('Enrol those who match a segment trigger already?'),
    policies: policiesSchema.default([]),
    baseVersion: baseVersionSchema.optional(),
    version: rollBackSchema.optional(),
    despiteTestCases: z.boolean().default(false).describe('Publish although test cases come out otherwise.'),
    resume: z
      .boolean()
      .default(false)
      .describe(
        'Make a paused or archived journey live again; what a paused one held goes out. Without, it is refused.',
      ),
  }),
  responses: {
    200: z.object({
      version: z.int(),
      hash: z.string(),
      /** What moves leads in flight; null when none are moved. */
      moveId: idSchema.nullable(),
      /** False when this very definition was live already. */
      isNew: z.boolean(),
      /** Warnings. */
      issues: z.array(issueSchema),
      /** False while Temporal is away: schedules follow when it is back. */
      scheduled: z.boolean(),
    }),
  },
  problems: [
    'JOURNEY_NOT_FOUND',
    'JOURNEY_STATE_CONFLICT',
    'DRAFT_CONFLICT',
    'LIVE_VERSION_CHANGED',
    'JOURNEY_INVALID',
    'TEST_CASES_FAILED',
    'POLICY_INVALID',
  ],
})

export const changeJourneyStatus = defineRoute({
  name: 'changeJourneyStatus',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/status',
  tag: 'Journeys',
  summary: 'Pause, resume or archive a journey',
  description:
    'Paused, nobody enters and nobody moves, and its messages wait; what fell due meanwhile happens on resuming. Archiving with leads in it ' +
    'needs exitLeads.',
  params: journeyParams,
  body: z.strictObject({
    action: z.enum(['pause', 'resume', 'archive']),
    reason: z.string().trim().max(500).default(''),
    exitLeads: z.boolean().default(false),
  }),
  responses: { 200: z.object({ status: z.enum(journeyStatuses), exited: z.int(), scheduled: z.boolean() }) },
  problems: ['JOURNEY_NOT_FOUND', 'JOURNEY_STATE_CONFLICT'],
})

export const restoreJourneyVersion = defineRoute({
  name: 'restoreJourneyVersion',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/versions/{version}/restore',
  tag: 'Journeys',
  summary: 'Make a published version the draft again',
  params: journeyParams.extend({ version: z.coerce.number({ error: 'Write a version number.' }).int().min(1) }),
  body: z.strictObject({ baseRevision: revisionSchema }),
  responses: { 200: draftSchema },
  problems: ['JOURNEY_NOT_FOUND', 'DRAFT_CONFLICT'],
})
