/**
 * A journey as a file: what `examples/journeys/*.json` holds, what the CLI exports, imports and compares, and what
 * somebody mails to a colleague. It carries the graph and whatever of the library the graph names, so that it stands
 * alone. Nothing in it belongs to one installation (no ids of rows, no versions, no leads).
 */
import { z } from 'zod'
import type { Issue } from '../issues.ts'
import { assetSchema, fieldSchema, formSchema, poolSchema, segmentSchema, surveySchema } from '../library.ts'
import { graphSchema, layoutSchema } from './schema.ts'
import { unknownFormat } from './unknown-format.ts'

/** The file format this code reads and writes. A file with another number is refused, never guessed at. */
export const journeyFileFormat = 1

/** What the graph needs of the library. Importing writes these by key: an entry with the same key is replaced. */
const journeyResourcesSchema = z.strictObject({
  fields: z.array(fieldSchema).default([]),
  segments: z.array(segmentSchema).default([]),
  assets: z.array(assetSchema).default([]),
  pools: z.array(poolSchema).default([]),
  surveys: z.array(surveySchema).default([]),
  forms: z.array(formSchema).default([]),
})
export type JourneyResources = z.infer<typeof journeyResourcesSchema>

/** A journey's stable name: other journeys (enrol, leave), the CLI and the API refer to it. */
const journeyKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Journey keys are lower-case letters, digits, "-" and "_".')

/** The whole file. Keys are strict: a misspelt one is an error, not silently dropped. */
const journeyFileSchema = z.strictObject({
  format: z.literal(journeyFileFormat),
  key: journeyKeySchema,
  name: z.string().min(1).max(200),
  description: z.string().max(5000).default(''),
  graph: graphSchema,
  layout: layoutSchema.prefault({}),
  resources: journeyResourcesSchema.prefault({}),
})
/** A parsed file: every default filled in. */
export type JourneyFile = z.infer<typeof journeyFileSchema>
/** What a person may write: defaults left out. */
export type JourneyFileInput = z.input<typeof journeyFileSchema>

/**
 * Reads a journey file's JSON. Reports every problem at once, those inside a step at that step (`nodeId`, path into the
 * node). Only the shape is checked here; `compile` says whether it can be published. Never throws.
 */
export function parseJourneyFile(json: unknown): { file: JourneyFile | null; issues: Issue[] } {
  const format = isRecord(json) ? json['format'] : undefined
  if (format !== journeyFileFormat) {
    const message =
      typeof format === 'number'
        ? `The file has format "${String(format)}"; this version of Trellis reads format "${String(journeyFileFormat)}".`
        : `This is not a journey file: it has no "format": ${String(journeyFileFormat)}.`
    return { file: null, issues: [{ code: 'GRAPH_FORMAT_UNKNOWN', severity: 'error', path: ['format'], message }] }
  }
  // What a newer format may hold says nothing to those who read this one.
  const unknown = unknownFormat(isRecord(json) ? json['graph'] : undefined)
  if (unknown !== null) return { file: null, issues: [{ ...unknown, path: ['graph', ...unknown.path] }] }
  try {
    const result = journeyFileSchema.safeParse(json)
    if (result.success) return { file: result.data, issues: [] }
    return { file: null, issues: result.error.issues.map((issue) => toIssue(issue, json)) }
  } catch (error) {
    // A rule nested ten thousand levels deep ends the stack of the schema, not the process.
    const reason = error instanceof RangeError ? 'it is nested too deeply' : String(error)
    const message = `This journey file cannot be read ("${reason}"); make it simpler.`
    return { file: null, issues: [{ code: 'GRAPH_MALFORMED', severity: 'error', path: [], message }] }
  }
}

function toIssue(issue: z.core.$ZodIssue, json: unknown): Issue {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  const value = lookUp(json, path)
  const shown = value === undefined ? 'is missing' : `is ${quote(value)}`
  const nodeId = path[0] === 'graph' && path[1] === 'nodes' ? lookUp(json, [...path.slice(0, 3), 'id']) : undefined
  const isInNode = typeof nodeId === 'string'
  return {
    code: 'GRAPH_MALFORMED',
    severity: 'error',
    ...(isInNode ? { nodeId } : {}),
    path: isInNode ? path.slice(3) : path,
    message: `"${path.join('.') || 'The file'}" ${shown}: ${issue.message}`,
  }
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`
}

function lookUp(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, part) => (isRecord(found) ? found[part] : undefined), value)
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}
