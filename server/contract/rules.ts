/** Rules: whom one means now, and what may be named in one. */
import { z } from 'zod'
import { ruleSchema } from '#engine/conditions/schema.ts'
import type { RuleTrace } from '#engine/conditions/evaluation.ts'
import { fieldTypes } from '#engine/library.ts'
import { stages } from '#engine/vocabulary.ts'
import { leadSummarySchema } from './leads.ts'
import { idSchema, jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** Why a rule is true or false of a lead: one node per part of the rule, in its order. */
export const ruleTraceSchema: z.ZodType<RuleTrace> = z.lazy(() =>
  z.object({
    sentence: z.string(),
    value: z.boolean(),
    saw: jsonSchema.optional(),
    children: z.array(ruleTraceSchema).optional(),
  }),
)

const ruleWarningSchema = z.object({
  code: z.enum([
    'RULE_ALWAYS_TRUE',
    'RULE_NEVER_TRUE',
    'RULE_OVERLAPS',
    'RULE_TAKEN_ABOVE',
    'CONDITION_ALWAYS_TRUE',
    'CONDITION_NEVER_TRUE',
    'FIELD_RARELY_KNOWN',
  ]),
  /** Leads to the condition within the rule; empty = the whole rule. */
  path: z.array(z.union([z.string(), z.number()])),
  message: z.string(),
  /** For RULE_OVERLAPS: which of the rules above, from 0. */
  above: z.int().optional(),
  leads: z.int().optional(),
})

export const matchRule = defineRoute({
  name: 'matchRule',
  method: 'POST',
  path: '/api/v1/rules/match',
  tag: 'Segments',
  scope: 'segments:read',
  unaudited: 'It only counts.',
  summary: 'Whom a rule means now, with a few of them and why',
  description:
    'Counted by the statement that sweeps use; the sample is judged by the evaluator that journeys use. Above 100,000 leads `matching` and `total` may be estimates (`isEstimate`). Closing the connection stops the counting. The sample is empty without the right leads:read.',
  body: z.strictObject({
    rule: ruleSchema,
    /** Look only at leads that meet this, such as the segment a journey is entered by. */
    among: ruleSchema.optional(),
    /** The rules of the cases above, in their order. */
    above: z.array(ruleSchema).max(50).default([]),
    /** Newest leads to show: of those who match, and of those who do not. */
    sample: z
      .strictObject({
        matching: z.int().min(0).max(50).default(3),
        others: z.int().min(0).max(50).default(2),
      })
      .prefault({}),
    warnings: z.boolean().default(true),
    byStage: z.boolean().default(false),
    /** IANA zone in which days begin. @default the company's */
    zone: z.string().max(64).optional(),
    /** The leads of this test run instead of the real ones. Absent: real ones; where there are none, those of the largest run. */
    testRun: idSchema.optional(),
  }),
  example: {
    rule: { kind: 'compare', field: 'score', op: 'gte', value: 50 },
    above: [{ kind: 'has_tag', tag: 'partner' }],
  },
  responses: {
    200: z.object({
      matching: z.int(),
      /** Leads asked: all, or those in `among`. */
      total: z.int(),
      isEstimate: z.boolean(),
      /** There are no real leads, or a test run was asked for: these are a test run's. */
      areTestLeads: z.boolean(),
      /** Of `matching`, those whom no rule above takes; null when none was given. */
      left: z.int().nullable(),
      /** Of `total`, those whom no rule above takes: who gets as far as this rule, and of whom the sample is. Null when no rule above was given. */
      reaching: z.int().nullable(),
      /** The rule in words. */
      sentence: z.string(),
      sample: z.array(z.object({ lead: leadSummarySchema, value: z.boolean(), trace: ruleTraceSchema })),
      warnings: z.array(ruleWarningSchema),
      /** Those who match by stage, without empty stages; empty unless asked for. */
      byStage: z.array(z.object({ stage: z.enum(stages), leads: z.int() })),
    }),
  },
  problems: ['RULE_INVALID', 'RULE_TOO_SLOW'],
})

const fieldGroups = ['lead', 'company', 'behaviour'] as const

export const getRuleVocabulary = defineRoute({
  name: 'getRuleVocabulary',
  method: 'GET',
  path: '/api/v1/rules/vocabulary',
  tag: 'Segments',
  scope: 'segments:read',
  summary: 'What a rule may name, with how many leads have it',
  description: 'Fields, tags, events with their properties, segments, assets, and surveys with their questions.',
  responses: {
    200: z.object({
      fields: z.array(
        z.object({
          key: z.string(),
          label: z.string(),
          type: z.enum(fieldTypes),
          group: z.enum(fieldGroups),
          /** Added by the company, not one of those every lead has. */
          isCustom: z.boolean(),
          /** What it may hold; null = anything of its type. */
          options: z.array(z.string()).nullable(),
        }),
      ),
      /** By how many leads have them, the most frequent first; at most 500. */
      tags: z.array(z.object({ tag: z.string(), leads: z.int() })),
      /** Events that were recorded, the most frequent first, then built-in ones that were not; at most 500. */
      events: z.array(z.object({ event: z.string(), leads: z.int(), properties: z.array(z.string()) })),
      segments: z.array(z.object({ key: z.string(), name: z.string() })),
      assets: z.array(z.object({ key: z.string(), title: z.string(), kind: z.string() })),
      surveys: z.array(
        z.object({
          key: z.string(),
          title: z.string(),
          questions: z.array(
            z.object({
              id: z.string(),
              text: z.string(),
              type: z.string(),
              /** What can be answered; null = free. */
              choices: z.array(z.object({ value: z.string(), label: z.string() })).nullable(),
            }),
          ),
        }),
      ),
    }),
  },
})
