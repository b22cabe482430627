/** What journeys are checked and rehearsed against, as one snapshot. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { calendarSchema } from '#engine/graph/schema.ts'
import {
  assetSchema,
  contactPolicySchema,
  fieldSchema,
  formSchema,
  poolSchema,
  surveySchema,
  type Library,
} from '#engine/library.ts'
import { journeyStatuses } from '#engine/vocabulary.ts'
import { defineRoute } from './route.ts'

const workHoursSchema = z.record(z.string(), z.object({ calendar: calendarSchema, zone: z.string() }))

/** The engine's `Library`, as JSON: what the compiler, the validator and the simulator of the page are given. */
const librarySchema = z.object({
  fields: z.record(z.string(), fieldSchema),
  segments: z.record(z.string(), ruleSchema),
  assets: z.record(z.string(), assetSchema),
  pools: z.record(z.string(), poolSchema),
  surveys: z.record(z.string(), surveySchema),
  forms: z.record(z.string(), formSchema),
  policy: contactPolicySchema,
  workHours: z.object({ queues: workHoursSchema, people: workHoursSchema }),
}) satisfies z.ZodType<Library>

export const getLibrary = defineRoute({
  name: 'getLibrary',
  method: 'GET',
  path: '/api/v1/library',
  tag: 'Journeys',
  summary: 'Everything journeys refer to, as one snapshot',
  description:
    'Fields, segments, assets, pools, surveys, forms, the contact policy and the journeys there are: what a graph is checked and rehearsed against outside the server. `revision` rises when any of it but the journeys changes.',
  responses: {
    200: z.object({
      revision: z.int(),
      library: librarySchema,
      /** Names of segments, whose rules are in `library`. */
      segments: z.array(z.object({ key: z.string(), name: z.string() })),
      journeys: z.array(z.object({ key: z.string(), name: z.string(), status: z.enum(journeyStatuses) })),
    }),
  },
})
