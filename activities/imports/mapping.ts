/**
 * The mapping file: how the columns of somebody's CSV become leads. JSON, checked by this schema; docs/import.md explains
 * it with examples. Texts of the file are compared after trimming, with runs of blanks as one and without case.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { durationSchema } from '#engine/graph/schema.ts'
import { fieldTypes } from '#engine/library.ts'
import { attentions, consentBases, contactChannels, stages } from '#engine/vocabulary.ts'
import { ImportError } from './errors.ts'

const column = z.string().min(1).max(300)
const scalar = z.union([z.string().max(2000), z.number(), z.boolean(), z.null()])
const identifier = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'Ids are lower-case letters, digits, "-" and "_".')

/** A question about one row. */
export type Condition =
  | { column: string; in: string[] }
  | { column: string; known: boolean }
  | { column: string; atLeast: number }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }

const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ column, in: z.array(z.string().max(2000)).min(1).max(1000) }),
    z.strictObject({ column, known: z.boolean() }),
    z.strictObject({ column, atLeast: z.number() }),
    z.strictObject({ all: z.array(conditionSchema).min(1).max(100) }),
    z.strictObject({ any: z.array(conditionSchema).min(1).max(100) }),
    z.strictObject({ not: conditionSchema }),
  ]),
)

const columnSource = z.strictObject({
  column,
  /** The file's text → our value; null = unknown. */
  values: z.record(z.string(), scalar).optional(),
  /** What becomes of a text that `values` does not list. */
  else: z.enum(['keep', 'unknown', 'reject']).default('keep'),
  /** How dates are written. @default 'iso' */
  dates: z.enum(['iso', 'day-first', 'month-first']).default('iso'),
  /** Between the members of a set. @default ';' */
  separator: z.string().min(1).max(5).default(';'),
})

/** Where a value comes from. */
const sourceSchema = z.union([
  columnSource,
  /** Text with `{Column}` in it; unknown when one of its columns is. */
  z.strictObject({ template: z.string().min(1).max(1000) }),
  z.strictObject({ constant: scalar }),
  /** True or false. */
  z.strictObject({ when: conditionSchema }),
  /** The first that holds, else `else`, else unknown. */
  z.strictObject({
    choose: z
      .array(z.strictObject({ when: conditionSchema, value: scalar }))
      .min(1)
      .max(200),
    else: scalar.optional(),
  }),
  /** Every value whose condition holds, for fields that are sets. */
  z.strictObject({
    collect: z
      .array(z.strictObject({ when: conditionSchema, value: z.string().max(200) }))
      .min(1)
      .max(200),
  }),
])
export type Source = z.infer<typeof sourceSchema>

const fieldSchema = z.strictObject({
  from: sourceSchema,
  /** Creates the field when it is not there yet; needed for every field that is not a built-in one. */
  define: z
    .strictObject({
      label: z.string().min(1).max(120),
      type: z.enum(fieldTypes),
      options: z.array(z.string().max(200)).max(1000).optional(),
    })
    .optional(),
})

/** When an event of a row happened. Counted back from `asOf` when the file has no date of its own. */
const instantSchema = z.union([
  z.strictObject({ column, dates: z.enum(['iso', 'day-first', 'month-first']).default('iso') }),
  /** The same distance for every row. */
  z.strictObject({ before: durationSchema }),
  /**
   * Between the two, by a hash of the lead, so that a second import gives the same instants.
   */
  z.strictObject({ between: z.tuple([durationSchema, durationSchema]) }),
])

const eventSchema = z.strictObject({
  /** Part of the key that keeps a second import from repeating the event: do not change it afterwards. */
  id: identifier,
  type: z.string().min(1).max(100),
  when: conditionSchema.optional(),
  /** How often it happened: a number, or a column that holds one. @default 1 */
  times: z
    .union([z.int().min(1).max(1000), z.strictObject({ column, max: z.int().min(1).max(10_000).default(1000) })])
    .default(1),
  at: instantSchema,
  properties: z.record(z.string().min(1).max(100), sourceSchema).default({}),
})

const tagSchema = z.union([
  z.strictObject({ tag: z.string().min(1).max(100), when: conditionSchema }),
  /** One tag per row, named by the column's text unless `values` renames it (null = none). */
  z.strictObject({
    column,
    values: z.record(z.string(), z.string().min(1).max(100).nullable()).default({}),
    else: z.enum(['keep', 'none', 'reject']).default('keep'),
  }),
])

const mappingSchema = z.strictObject({
  format: z.literal(1),
  name: identifier,
  /** Why it is mapped this way, for the people who read it later. */
  notes: z.array(z.string().max(4000)).default([]),
  /** The instant the file describes; events without a date are counted back from it. */
  asOf: z.iso.datetime({ offset: true }),
  /** Texts that mean "not known" in every column. The empty cell always does. */
  unknown: z.array(z.string().max(200)).default([]),
  /** How rows are recognised on a second import; at least one must be known in each row. */
  identities: z
    .strictObject({ external_id: sourceSchema.optional(), anonymous_id: sourceSchema.optional() })
    .default({}),
  fields: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), fieldSchema),
  /** True: `stage` and `attention` below also move leads that are known; false: they are for new leads. */
  overwriteStage: z.boolean().default(false),
  /**
   * The consent under which the file's people may be written to; recorded in the ledger for every lead that is new. Without
   * it leads of countries whose law asks for one get no marketing (docs/compliance.md).
   */
  consent: z
    .strictObject({
      purposes: z
        .array(z.enum(['nurture', 'promotional']))
        .min(1)
        .default(['nurture', 'promotional']),
      channels: z.array(z.enum(contactChannels)).min(1),
      basis: z.enum(consentBases).default('consent'),
      wording: z.string().min(1, 'The wording is the proof of the consent.').max(5000),
      wordingVersion: z.string().max(100).default(''),
      /** Where it was given: a page, a fair, a former system. */
      source: z.string().max(500).default(''),
      when: conditionSchema.optional(),
    })
    .optional(),
  /** First match. No match leaves the stage as it is. */
  stage: z.array(z.strictObject({ when: conditionSchema.optional(), stage: z.enum(stages) })).default([]),
  attention: z.array(z.strictObject({ when: conditionSchema.optional(), attention: z.enum(attentions) })).default([]),
  tags: z.array(tagSchema).default([]),
  events: z.array(eventSchema).max(100).default([]),
  /** Who must not be contacted any more, by channel, for good. */
  suppressions: z
    .array(
      z.strictObject({ channel: z.enum(contactChannels), when: conditionSchema, reason: z.string().min(1).max(200) }),
    )
    .default([]),
  /** Columns looked at and left out on purpose; others are named in the report as not mapped. */
  ignore: z.array(column).default([]),
})
export type Mapping = z.infer<typeof mappingSchema>

/**
 * Checks a mapping.
 *
 * @throws {ImportError} MAPPING_INVALID naming every problem with its place in the file.
 */
export function parseMapping(json: unknown): Mapping {
  const result = readMapping(json)
  if (result.success) {
    const repeated = findRepeated(result.data.events.map((event) => event.id))
    if (repeated.length === 0) return result.data
    throw new ImportError('MAPPING_INVALID', [
      `Event ids must differ; "${repeated.join('", "')}" occurs more than once.`,
    ])
  }
  throw new ImportError('MAPPING_INVALID', [
    ...new Set(result.error.issues.flatMap((issue) => describeIssue(issue, []))),
  ])
}

function readMapping(json: unknown) {
  try {
    return mappingSchema.safeParse(json)
  } catch (error) {
    // Conditions nested ten thousand levels deep end the stack of the schema, not the process.
    if (!(error instanceof RangeError)) throw error
    throw new ImportError('MAPPING_INVALID', ['The file: it is nested too deeply; make its conditions simpler.'])
  }
}

/** A problem with its place. Of the alternatives of a union only the one that fits best is explained. */
function describeIssue(issue: z.core.$ZodIssue, parents: PropertyKey[]): string[] {
  const path = [...parents, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const misfit = (alternative: z.core.$ZodIssue[]) =>
      alternative.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 1), 0)
    const [best = []] = issue.errors.toSorted((a, b) => misfit(a) - misfit(b))
    return best.flatMap((one) => describeIssue(one, path))
  }
  return [`${path.map(String).join('.') || 'The file'}: ${issue.message}`]
}

/** What an import is remembered by, with the choices that change its outcome. */
export function hashMapping(mapping: Mapping, choices: Record<string, unknown>): string {
  return createHash('sha256')
    .update(JSON.stringify([mapping, choices]))
    .digest('hex')
}

function findRepeated(values: string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
