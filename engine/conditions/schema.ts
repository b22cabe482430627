/**
 * The one rule language: entry segments, branches, goals, exits and filters are all this tree. It is evaluated in
 * TypeScript (`evaluate.ts`) and in Postgres (`db/rules`), proven equal by property tests; see docs/rules.md for its
 * meaning (two-valued: a comparison with a missing value is false, `is_not` is true for missing).
 */
import { z } from 'zod'

/** ISO 8601 duration, see graph/schema.ts (repeated here because rules stand below the graph). */
const durationText = z.string().regex(/^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?$/)

/** What a comparison may hold on its right side. Dates are ISO 8601 strings. */
const ruleValueSchema = z.union([
  z.string().max(2000),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string().max(2000), z.number()])).max(1000),
])
export type RuleValue = z.infer<typeof ruleValueSchema>

/** Operators of a field comparison. Which ones fit which field type: `operators.ts`. */
export const compareOps = [
  'is',
  'is_not',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'lt',
  'lte',
  'gt',
  'gte',
  'between',
  'known',
  'unknown',
  'before',
  'after',
  'within_last',
  'more_than_ago',
  'within_next',
  'has_any',
  'has_all',
] as const
export type CompareOp = (typeof compareOps)[number]

/** Operators of a count. */
export const countOps = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const
export type CountOp = (typeof countOps)[number]

/** A condition on one property of an event. */
export const propertyFilterSchema = z.strictObject({
  property: z.string().min(1).max(100),
  op: z.enum(['is', 'is_not', 'in', 'contains', 'starts_with', 'lt', 'lte', 'gt', 'gte', 'known', 'unknown']),
  value: ruleValueSchema.optional(),
})
export type PropertyFilter = z.infer<typeof propertyFilterSchema>

export type Rule =
  | { kind: 'always' }
  | { kind: 'all'; rules: Rule[] }
  | { kind: 'any'; rules: Rule[] }
  | { kind: 'not'; rule: Rule }
  /** A lead field, core or custom, stage, attention and score included (`field: 'stage'`). */
  | { kind: 'compare'; field: string; op: CompareOp; value?: RuleValue | undefined }
  | { kind: 'has_tag'; tag: string }
  /** How many events of a type (with matching properties) happened, at any time or within the last `within`. */
  | {
      kind: 'count'
      event: string
      where?: PropertyFilter[] | undefined
      within?: string | undefined
      op: CountOp
      n: number
    }
  /** The latest answer to a survey's question; without `op` any answer counts. */
  | {
      kind: 'answered'
      survey: string
      question: string
      op?: PropertyFilter['op'] | undefined
      value?: RuleValue | undefined
    }
  | { kind: 'in_segment'; segment: string }
  /** Received the asset or any copy of it (same lineage), in any journey. */
  | { kind: 'received'; asset: string }
  /** How many messages were sent to the lead (queued or accepted), by channel and purpose. */
  | {
      kind: 'delivered'
      channel?: 'email' | 'postcard' | undefined
      purpose?: 'transactional' | 'nurture' | 'promotional' | undefined
      within?: string | undefined
      op: CountOp
      n: number
    }

export const ruleSchema: z.ZodType<Rule> = z
  .lazy(() =>
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('always') }),
      z.strictObject({ kind: z.literal('all'), rules: z.array(ruleSchema).min(1).max(100) }),
      z.strictObject({ kind: z.literal('any'), rules: z.array(ruleSchema).min(1).max(100) }),
      z.strictObject({ kind: z.literal('not'), rule: ruleSchema }),
      z.strictObject({
        kind: z.literal('compare'),
        field: z.string().min(1).max(100),
        op: z.enum(compareOps),
        value: ruleValueSchema.optional(),
      }),
      z.strictObject({ kind: z.literal('has_tag'), tag: z.string().min(1).max(100) }),
      z.strictObject({
        kind: z.literal('count'),
        event: z.string().min(1).max(100),
        where: z.array(propertyFilterSchema).max(20).optional(),
        within: durationText.optional(),
        op: z.enum(countOps),
        n: z.int().min(0).max(1_000_000),
      }),
      z.strictObject({
        kind: z.literal('answered'),
        survey: z.string().min(1).max(100),
        question: z.string().min(1).max(100),
        op: propertyFilterSchema.shape.op.optional(),
        value: ruleValueSchema.optional(),
      }),
      z.strictObject({ kind: z.literal('in_segment'), segment: z.string().min(1).max(100) }),
      z.strictObject({ kind: z.literal('received'), asset: z.string().min(1).max(100) }),
      z.strictObject({
        kind: z.literal('delivered'),
        channel: z.enum(['email', 'postcard']).optional(),
        purpose: z.enum(['transactional', 'nurture', 'promotional']).optional(),
        within: durationText.optional(),
        op: z.enum(countOps),
        n: z.int().min(0).max(1_000_000),
      }),
    ]),
  )
  .meta({ picks: 'rule' })
