/** Publishing with care: what it would do, leads in flight, publishing at an instant, and what has been published. */
import { z } from 'zod'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { leadPolicySchema, mostPolicies } from '#engine/publishing/policies.ts'
import { journeyStatuses, moveStatuses, publicationStatuses } from '#engine/vocabulary.ts'
import { issueSchema } from './issues.ts'
import { givenInstantSchema, idSchema, instantSchema, jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})
const itemParams = journeyParams.extend({ id: idSchema })
const versionSchema = z.int().min(1).max(2_147_483_647)

export const policiesSchema = z
  .array(leadPolicySchema)
  .max(mostPolicies)
  .describe('What is done with leads that stand on which step; the others finish on the version they are on.')
export const baseVersionSchema = versionSchema
  .nullable()
  .describe('The version that was live when you looked (null: none): another one by now is refused.')
export const rollBackSchema = versionSchema.describe('Publish this older version again, in place of the draft.')

const stepSchema = z.object({ id: z.string(), name: z.string(), type: z.string() })
const fieldChangeSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])),
  /** Absent when it was not there. */
  before: jsonSchema.optional(),
  /** Absent when it is not there any more. */
  after: jsonSchema.optional(),
})

const diffSchema = z.object({
  same: z.boolean(),
  added: z.array(stepSchema),
  removed: z.array(stepSchema),
  changed: z.array(stepSchema.extend({ fields: z.array(fieldChangeSchema) })),
  rewired: z.array(
    stepSchema.extend({ port: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
  /** Only drawn elsewhere. */
  moved: z.array(stepSchema),
  settings: z.array(fieldChangeSchema),
  /** One sentence each. */
  lines: z.array(z.string()),
})

/** What a new version does to the place: `rewired` = the same step, leading elsewhere. */
const placeChangeSchema = z.enum(['removed', 'changed', 'rewired', 'same'])

const inFlightSchema = z.object({
  version: z.int(),
  stepId: z.string(),
  name: z.string(),
  type: z.string(),
  change: placeChangeSchema,
  /** The step is in the new version, so they can go on there. */
  staysThere: z.boolean(),
  active: z.int(),
  paused: z.int(),
  parked: z.int(),
  /** Test leads that stand there, too; 0 while there are no real leads and these are counted as such. */
  tests: z.int(),
  /** Messages of the new version that some of all these have got already: moved onto one, they get it again, unless `skipReceived`. */
  received: z.array(z.object({ stepId: z.string(), leads: z.int() })),
})
export type LeadsInFlight = z.infer<typeof inFlightSchema>

/** What became of the leads a policy was about. */
const policyResultSchema = z.object({
  stepId: z.string(),
  version: z.int().optional(),
  action: z.enum(['finish', 'move', 'exit']),
  to: z.string().optional(),
  skipReceived: z.boolean().optional(),
  /** How many stood there at the publish. */
  counted: z.int(),
  /** Test leads beside real ones among those that were to be moved or taken out. */
  tests: z.int(),
  moved: z.int(),
  exited: z.int(),
  /** Had moved on by themselves. */
  left: z.int(),
  /** Could not be moved. */
  refused: z.int(),
  /** Not told any more, since the move was stopped or a later publish has decided about them. */
  cancelled: z.int(),
  /** Not told, or not answered yet. */
  open: z.int(),
})

const moveSchema = z.object({
  id: idSchema,
  version: z.int(),
  status: z.enum(moveStatuses),
  requestedBy: z.string(),
  at: instantSchema,
  finishedAt: instantSchema.nullable(),
  policies: z.array(policyResultSchema),
})
export type JourneyMove = z.infer<typeof moveSchema>

const publicationSchema = z.object({
  id: idSchema,
  status: z.enum(publicationStatuses),
  publishAt: instantSchema,
  zone: z.string(),
  note: z.string(),
  /** The version that comes back, for a roll back. */
  fromVersion: z.int().nullable(),
  baseVersion: z.int().nullable(),
  policies: z.array(leadPolicySchema),
  /** The version it became. */
  version: z.int().nullable(),
  /** Why it was not published. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  requestedBy: z.string(),
  at: instantSchema,
  finishedAt: instantSchema.nullable(),
})
export type Publication = z.infer<typeof publicationSchema>

export const planPublish = defineRoute({
  name: 'planPublish',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/publish-plan',
  tag: 'Journeys',
  scope: 'journeys:read',
  unaudited: 'It only shows what publishing would do.',
  summary: 'What publishing would do',
  description:
    'Problems, every change against the live version, how many leads stand on which step of which version, and which messages ' +
    'they have got already: moved onto one of these they would get it again. Changes nothing.',
  params: journeyParams,
  body: z.strictObject({
    graph: graphSchema.optional().describe('Absent: the saved draft.'),
    layout: layoutSchema.optional(),
    version: rollBackSchema.optional(),
    tests: z.boolean().default(true).describe('Play the test cases, too; they can also be played apart from it.'),
  }),
  responses: {
    200: z.object({
      /** Of the saved draft; name it when you publish. */
      revision: z.int(),
      baseVersion: z.int().nullable(),
      /** A paused or archived journey is published with `resume` only. */
      status: z.enum(journeyStatuses),
      /** False when this very definition is live: its leads cannot be moved by a publish. */
      isNew: z.boolean(),
      issues: z.array(issueSchema),
      publishable: z.boolean(),
      diff: diffSchema,
      inFlight: z.array(inFlightSchema),
      /** Leads that an earlier publish is still moving: what is decided about them now goes first. */
      stillMoving: z.int(),
      /** Leads that match a segment trigger of the saved draft already; null for other graphs. */
      existingMatches: z.int().nullable(),
      /** The journey's test cases, played on it; null while problems keep it from being compiled, or not asked for. */
      tests: z
        .array(
          z.object({
            id: z.string(),
            name: z.string(),
            passed: z.boolean(),
            /** What is different, in words. */
            differences: z.array(z.string()),
          }),
        )
        .nullable(),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const schedulePublication = defineRoute({
  name: 'schedulePublication',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/publications',
  tag: 'Journeys',
  summary: 'Publish at an instant',
  description:
    'What is in the draft now goes live then, whatever is edited meanwhile. It is checked again at that time: problems, or ' +
    'another version that has gone live, or a journey that is paused by then, stop it, and who asked is told. Archiving the ' +
    'journey calls it off.',
  params: journeyParams,
  body: z.strictObject({
    publishAt: givenInstantSchema.describe('In the future, at most a year ahead.'),
    zone: z.string().min(1).max(64).describe('The IANA zone the instant was chosen in.'),
    revision: z.int().min(1),
    baseVersion: baseVersionSchema,
    note: z.string().trim().max(2000).default(''),
    policies: policiesSchema.default([]),
    enrolExisting: z.boolean().optional(),
    version: rollBackSchema.optional(),
  }),
  responses: {
    201: publicationSchema.extend({
      /** False while Temporal is away: it is set when that is back. */ scheduled: z.boolean(),
    }),
  },
  problems: [
    'JOURNEY_NOT_FOUND',
    'JOURNEY_STATE_CONFLICT',
    'DRAFT_CONFLICT',
    'LIVE_VERSION_CHANGED',
    'JOURNEY_INVALID',
    'POLICY_INVALID',
    'PUBLISH_TIME_INVALID',
  ],
})

export const cancelPublication = defineRoute({
  name: 'cancelPublication',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/publications/{id}/cancel',
  tag: 'Journeys',
  summary: 'Call a scheduled publish off',
  params: itemParams,
  responses: { 200: publicationSchema },
  problems: ['JOURNEY_NOT_FOUND', 'PUBLICATION_NOT_SCHEDULED'],
})

export const cancelMove = defineRoute({
  name: 'cancelMove',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/moves/{id}/cancel',
  tag: 'Journeys',
  summary: 'Stop moving leads in flight',
  description: 'Who has not been told stays where it is; who has been told still moves.',
  params: itemParams,
  responses: { 200: moveSchema },
  problems: ['JOURNEY_NOT_FOUND', 'MOVE_NOT_RUNNING'],
})

export const getJourneyHistory = defineRoute({
  name: 'getJourneyHistory',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/history',
  tag: 'Journeys',
  summary: 'What was published, restored, scheduled and moved',
  description: 'Each list newest first; the last 50 of publications, moves and restores.',
  params: journeyParams,
  responses: {
    200: z.object({
      versions: z.array(
        z.object({
          version: z.int(),
          note: z.string(),
          publishedBy: z.string(),
          publishedAt: instantSchema,
          isLive: z.boolean(),
          /** Leads in this version now. */
          here: z.int(),
          /** The version it is the same as, when an older one was brought back. */
          from: z.int().nullable(),
        }),
      ),
      publications: z.array(publicationSchema),
      moves: z.array(moveSchema),
      restores: z.array(z.object({ version: z.int(), by: z.string(), at: instantSchema })),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND'],
})
