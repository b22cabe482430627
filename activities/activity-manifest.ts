/** What the browser gets of a custom activity: data only. What cannot be data is refused here, with the reason. */
import { z } from 'zod'
import { durationSchema } from '#engine/graph/schema.ts'
import { durationToMs, parseDuration } from '#engine/schedule/duration.ts'
import { stepCategories } from '#engine/steps/contract.ts'
import { taskQueues } from '#engine/vocabulary.ts'
import type { ActivityDefinition } from './custom-activity.ts'

/** Thrown when a custom activity is not written as it must be. `problems` has one entry per mistake. */
export class ActivityDefinitionError extends Error {
  readonly code = 'ACTIVITY_DEFINITION_INVALID'
  readonly problems: readonly string[]

  constructor(type: string, problems: readonly string[]) {
    super(`The activity "${type}" cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ActivityDefinitionError'
    this.problems = problems
  }
}

/** What is no duration at all is reported as that. */
const isBetween = (iso: string, leastMs: number, mostMs: number): boolean =>
  parseDuration(iso) === null || (durationToMs(iso) >= leastMs && durationToMs(iso) <= mostMs)
const duration = durationSchema.refine((iso) => isBetween(iso, 1, Infinity), 'must let some time pass')
const portSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_:-]{0,62}$/, 'a port id has lower-case letters, digits, "_", "-" or ":"'),
  label: z.string().min(1).max(120),
  optional: z.boolean().exactOptional(),
})

const manifestSchema = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9_]{1,62}$/, 'must be lower-case letters, digits and "_", at most 63'),
  title: z.string().min(1).max(80),
  description: z.string().min(1).max(500),
  category: z.enum(stepCategories).exclude(['entry']),
  icon: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be the name of a Tabler icon, for example "database-search"'),
  synonyms: z.array(z.string().max(60)).max(30),
  /** JSON Schema of what an author writes into the form. */
  schema: z.record(z.string(), z.unknown()),
  ports: z.array(portSchema).min(1).max(30),
  summary: z.string().max(300),
  simulate: z
    .array(z.strictObject({ port: z.string(), weight: z.number().positive(), after: duration.exactOptional() }))
    .min(1)
    .max(30),
  timeout: duration.refine((iso) => isBetween(iso, 0, 24 * 3_600_000), 'must be at most a day'),
  heartbeat: duration,
  queue: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be lower-case letters, digits, "_" or "-"'),
  maxAttempts: z.int().min(1).max(1000),
  /** True when the server has checks beyond the schema. */
  hasCheck: z.boolean(),
})
/** The manifest as JSON. */
export type ActivityManifest = z.infer<typeof manifestSchema>

/** The port of failures that retrying did not cure; unwired, the lead is parked for a person to look at. */
const errorPort = { id: 'error', label: 'Failed', optional: true }

/**
 * Reads a definition into its manifest.
 * @throws {ActivityDefinitionError} with every problem at once.
 */
export function createManifest<Config>(definition: ActivityDefinition<Config>): ActivityManifest {
  const problems: string[] = []
  const ports = Array.isArray(definition.ports) ? definition.ports : [{ id: 'next', label: 'Next' }]
  if (definition.ports !== undefined && !Array.isArray(definition.ports)) {
    problems.push(
      'ports: must be a list, not computed from the config; the browser shows them without running your code.',
    )
  }
  if (typeof definition.perform !== 'function') problems.push('perform: must be an async function.')
  const first = ports[0]?.id ?? 'next'
  const result = manifestSchema.safeParse({
    type: definition.type,
    title: definition.title,
    description: definition.description,
    category: definition.category ?? 'custom',
    icon: definition.icon ?? 'puzzle',
    synonyms: definition.synonyms ?? [],
    schema: describeConfig(definition.config, problems),
    ports: ports.some(({ id }) => id === 'error') ? ports : [...ports, errorPort],
    summary: definition.summary ?? definition.title,
    simulate: definition.simulate ?? [{ port: first, weight: 1, after: 'PT5S' }],
    timeout: definition.timeout ?? 'PT30S',
    heartbeat: definition.heartbeat ?? 'PT15S',
    queue: definition.queue ?? taskQueues.custom,
    maxAttempts: definition.retry?.maxAttempts ?? 5,
    hasCheck: definition.check !== undefined,
  })
  if (!result.success) problems.push(...result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  const ids = ports.map(({ id }) => id)
  if (new Set(ids).size < ids.length) problems.push('ports: two have the same id; give each its own.')
  for (const { port } of definition.simulate ?? []) {
    if (port !== 'error' && !ids.includes(port)) {
      problems.push(`simulate: there is no port "${port}"; use one of ${ids.map((id) => `"${id}"`).join(', ')}.`)
    }
  }
  if (!result.success || problems.length > 0) throw new ActivityDefinitionError(definition.type, problems)
  return result.data
}

/**
 * The config's JSON Schema. Both what goes in and what comes out must be plain JSON: the form writes the one, the compiled
 * journey stores the other.
 */
function describeConfig(config: z.ZodType, problems: string[]): Record<string, unknown> {
  try {
    z.toJSONSchema(config, { io: 'output', unrepresentable: 'throw' })
    const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'throw' })
    if (schema.type !== 'object') problems.push('config: must be an object, z.strictObject({ … }).')
    return schema
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    problems.push(
      `config: cannot be shown as a form: ${why}. Use plain texts, numbers, choices, lists and objects, without transforms; put other checks into check().`,
    )
    return {}
  }
}
