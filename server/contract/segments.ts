/** Segments: rules with a name, who matches one now, and where each is used. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { segmentSchema } from '#engine/library.ts'
import { leadSummarySchema } from './leads.ts'
import { instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

export const previewSegment = defineRoute({
  name: 'previewSegment',
  method: 'POST',
  path: '/api/v1/segments/preview',
  tag: 'Segments',
  scope: 'segments:read',
  unaudited: 'It only counts.',
  summary: 'How many leads match a rule, and a few of them',
  body: z.strictObject({
    rule: ruleSchema,
    /** Leads to show; none without the right leads:read. */
    sample: z.int().min(0).max(50).default(5),
    /** True: among test leads instead of real ones. */
    testLeads: z.boolean().default(false),
    /** IANA zone in which days begin. @default the company's */
    zone: z.string().max(64).optional(),
  }),
  responses: {
    200: z.object({
      count: z.int(),
      /** All leads, to compare with. Erased leads count in neither. */
      total: z.int(),
      /** The rule in words. */
      sentence: z.string(),
      sample: z.array(leadSummarySchema),
    }),
  },
  problems: ['RULE_INVALID'],
})

const segmentParams = z.strictObject({ key: z.string().min(1).max(100) })

/** One place that names a segment. */
const segmentUseSchema = z.object({
  kind: z.enum(['journey', 'segment']),
  key: z.string(),
  name: z.string(),
  /** Of a journey: what new leads enter, what is not published yet, or a version that leads are still in. */
  where: z.enum(['live', 'draft', 'earlier']).nullable(),
  /** Steps that name it; the id is null for the journey's goal and exits. */
  steps: z.array(z.object({ id: z.string().nullable(), name: z.string() })),
})
export type SegmentUse = z.infer<typeof segmentUseSchema>

const segmentSummarySchema = segmentSchema.extend({
  /** The rule in words. */
  sentence: z.string(),
  updatedAt: instantSchema,
  usedIn: z.array(segmentUseSchema),
})
export type SegmentSummary = z.infer<typeof segmentSummarySchema>

export const listSegments = defineRoute({
  name: 'listSegments',
  method: 'GET',
  path: '/api/v1/segments',
  tag: 'Segments',
  summary: 'All segments by name, each with the places that use it',
  description: 'How many leads are in one: ask `matchRule` with its rule.',
  responses: { 200: z.object({ items: z.array(segmentSummarySchema) }) },
})

export const getSegment = defineRoute({
  name: 'getSegment',
  method: 'GET',
  path: '/api/v1/segments/{key}',
  tag: 'Segments',
  summary: 'One segment',
  params: segmentParams,
  responses: { 200: segmentSummarySchema },
  problems: ['SEGMENT_NOT_FOUND'],
})

export const putSegment = defineRoute({
  name: 'putSegment',
  method: 'PUT',
  path: '/api/v1/segments/{key}',
  tag: 'Segments',
  summary: 'Write a segment',
  description:
    'Creates it, or replaces its name and rule. Journeys that name it mean the new rule from then on. What a live journey needs of it cannot be taken away.',
  params: segmentParams,
  body: segmentSchema,
  example: { key: 'hot', name: 'Hot', rule: { kind: 'compare', field: 'score', op: 'gte', value: 50 } },
  responses: { 200: z.object({ segment: segmentSchema, created: z.boolean() }) },
  problems: ['RULE_INVALID', 'RESOURCE_IN_USE'],
})

export const deleteSegment = defineRoute({
  name: 'deleteSegment',
  method: 'DELETE',
  path: '/api/v1/segments/{key}',
  tag: 'Segments',
  summary: 'Delete a segment that nothing uses',
  description:
    'While a journey, a draft, a version with leads in it or another segment names it, it stays; `issues` has each.',
  params: segmentParams,
  responses: { 200: z.object({ deleted: z.literal(true) }) },
  problems: ['SEGMENT_NOT_FOUND', 'RESOURCE_IN_USE'],
})
