/** Segments: who matches a rule, now. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { leadSummarySchema } from './leads.ts'
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
    /** Leads to show. */
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
