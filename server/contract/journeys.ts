/** Journeys: what was drawn, which versions exist, and how many leads stand where. */
import { z } from 'zod'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { stepCategories } from '#engine/steps/contract.ts'
import { journeyStatuses } from '#engine/vocabulary.ts'
import { idSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** How many leads are or were in a journey. */
const journeyTotalsSchema = z.object({
  active: z.int(),
  paused: z.int(),
  /** Waiting for a person after an error. */
  parked: z.int(),
  completed: z.int(),
  exited: z.int(),
  goalMet: z.int(),
})
export type JourneyTotals = z.infer<typeof journeyTotalsSchema>

/** Leads on one step now. */
export const stepCountSchema = z.object({ stepId: z.string(), here: z.int(), paused: z.int(), parked: z.int() })

const journeySummarySchema = z.object({
  id: idSchema,
  key: z.string(),
  name: z.string(),
  description: z.string(),
  status: z.enum(journeyStatuses),
  /** The version new leads enter; null until first published. */
  liveVersion: z.int().nullable(),
  publishedAt: instantSchema.nullable(),
  totals: journeyTotalsSchema,
  updatedAt: instantSchema,
})
export type JourneySummary = z.infer<typeof journeySummarySchema>

/** A step ready to draw: what its card says and where it stands. */
const stepCardSchema = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  category: z.enum(stepCategories),
  icon: z.string(),
  /** One line made from the config. */
  summary: z.string(),
  disabled: z.boolean(),
  ports: z.array(z.object({ id: z.string(), label: z.string() })),
})
export type StepCard = z.infer<typeof stepCardSchema>

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})

const journeySchema = journeySummarySchema.extend({
  /** The version shown, or `draft`. */
  shown: z.union([z.int(), z.literal('draft')]),
  graph: graphSchema,
  layout: layoutSchema,
  cards: z.array(stepCardSchema),
  counts: z.array(stepCountSchema),
  /** Step id → how often it was passed, all versions, all time; steps never passed are absent. Up to 10 s old. */
  passed: z.record(z.string(), z.int()),
})

export const listJourneys = defineRoute({
  name: 'listJourneys',
  method: 'GET',
  path: '/api/v1/journeys',
  tag: 'Journeys',
  summary: 'All journeys, with how many leads are in them',
  responses: { 200: z.object({ items: z.array(journeySummarySchema) }) },
})

export const getJourney = defineRoute({
  name: 'getJourney',
  method: 'GET',
  path: '/api/v1/journeys/{journey}',
  tag: 'Journeys',
  summary: 'One journey: graph, layout, step cards and leads per step',
  description:
    'Shows the live version, the draft when none is live, or the version asked for. Counts are of all versions.',
  params: journeyParams,
  query: z.strictObject({
    version: z
      .union([z.literal('draft'), z.coerce.number().int().min(1).max(2_147_483_647)], {
        error: 'Write a version number, or "draft".',
      })
      .optional(),
  }),
  responses: { 200: journeySchema },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const listJourneyVersions = defineRoute({
  name: 'listJourneyVersions',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/versions',
  tag: 'Journeys',
  summary: 'Published versions, newest first, with the leads still on each',
  params: journeyParams,
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          version: z.int(),
          hash: z.string(),
          note: z.string(),
          publishedBy: z.string(),
          publishedAt: instantSchema,
          isLive: z.boolean(),
          /** Leads in this version now. */
          here: z.int(),
        }),
      ),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND'],
})
