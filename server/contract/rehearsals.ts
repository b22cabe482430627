/** Rehearsing journeys: leads to rehearse with, and rehearsals that are kept as test cases. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { expectationsSchema, factsSchema, testCaseInputSchema } from '#engine/simulation/schemas.ts'
import { idSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})
const caseParams = journeyParams.extend({ id: idSchema })
const names = z.array(z.string().min(1).max(200)).max(500)

const needsSchema = z
  .strictObject({ events: names, surveys: names, deliveries: z.boolean(), received: z.boolean() })
  .describe("What the journey looks at, as its definition's `needs` say: no more is read.")

export const readRehearsalLeads = defineRoute({
  name: 'readRehearsalLeads',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/rehearsal-leads',
  tag: 'Leads',
  scope: 'leads:read',
  unaudited: 'It only reads.',
  summary: 'Leads as a rehearsal takes them',
  description:
    'With `leads`, those leads. With `part` (0 to 9), a tenth of a sample of at most 1,000 that match the rule: names, ' +
    'addresses and free texts are replaced by stand-ins there.',
  params: journeyParams,
  body: z.strictObject({
    needs: needsSchema,
    leads: z.array(idSchema).min(1).max(20).optional(),
    part: z.int().min(0).max(9).optional(),
    rule: ruleSchema.optional().describe('Only leads that match this are sampled.'),
  }),
  responses: {
    200: z.object({
      items: z.array(z.object({ id: idSchema, name: z.string(), facts: factsSchema })),
      /** True when no part follows this one. */
      isLast: z.boolean(),
      /** How long marketing rests after a reply (ISO 8601); null = not at all. */
      replyHold: z.string().nullable(),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND', 'RULE_INVALID', 'RULE_TOO_SLOW'],
})

const testCaseSchema = z.object({
  id: idSchema,
  name: z.string(),
  input: testCaseInputSchema,
  expectations: expectationsSchema,
  createdBy: z.string(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
export type TestCase = z.infer<typeof testCaseSchema>

const caseName = z.string().trim().min(1, 'Give the test case a name.').max(120)

export const listTestCases = defineRoute({
  name: 'listTestCases',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/test-cases',
  tag: 'Journeys',
  summary: 'Test cases of a journey',
  description: 'Rehearsals that are played again before each publish. At most 200, in the order they were saved.',
  params: journeyParams,
  responses: { 200: z.object({ items: z.array(testCaseSchema) }) },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const addTestCase = defineRoute({
  name: 'addTestCase',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/test-cases',
  tag: 'Journeys',
  summary: 'Keep a rehearsal as a test case',
  description: 'Names, addresses and free texts of the lead are replaced by stand-ins before it is kept.',
  params: journeyParams,
  body: z.strictObject({ name: caseName, input: testCaseInputSchema, expectations: expectationsSchema }),
  responses: { 201: testCaseSchema },
  problems: ['JOURNEY_NOT_FOUND', 'JOURNEY_STATE_CONFLICT'],
})

export const changeTestCase = defineRoute({
  name: 'changeTestCase',
  method: 'PATCH',
  path: '/api/v1/journeys/{journey}/test-cases/{id}',
  tag: 'Journeys',
  summary: 'Rename a test case, or accept what it does now',
  params: caseParams,
  body: z.strictObject({ name: caseName.optional(), expectations: expectationsSchema.optional() }),
  responses: { 200: testCaseSchema },
  problems: ['JOURNEY_NOT_FOUND', 'TEST_CASE_NOT_FOUND'],
})

export const removeTestCase = defineRoute({
  name: 'removeTestCase',
  method: 'DELETE',
  path: '/api/v1/journeys/{journey}/test-cases/{id}',
  tag: 'Journeys',
  summary: 'Remove a test case',
  params: caseParams,
  responses: { 200: z.object({ id: idSchema }) },
  problems: ['JOURNEY_NOT_FOUND', 'TEST_CASE_NOT_FOUND'],
})

export const runTestCases = defineRoute({
  name: 'runTestCases',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/test-cases/run',
  tag: 'Journeys',
  scope: 'journeys:read',
  unaudited: 'It only plays.',
  summary: 'Play the test cases on the draft, or on a graph',
  description: 'What publishing would say of them. JOURNEY_INVALID when the graph does not compile.',
  params: journeyParams,
  body: z.strictObject({
    graph: graphSchema.optional().describe('Absent: the saved draft.'),
    only: z.array(idSchema).min(1).max(200).optional().describe('These cases; absent: all of them.'),
  }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({ id: idSchema, name: z.string(), passed: z.boolean(), differences: z.array(z.string()) }),
      ),
    }),
  },
  problems: ['JOURNEY_NOT_FOUND', 'JOURNEY_INVALID'],
})
