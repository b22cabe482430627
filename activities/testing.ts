/** The test kit for custom activities: runs one alone, without Temporal, Postgres or a network of its own. */
import type { FieldValue, Json } from '#engine/facts.ts'
import type { CustomActivity } from './define-activity.ts'
import { toStoredResult } from './effects/stored-result.ts'

/** What the activity is given. */
export interface LonelyRun {
  /** As an author fills in the form; defaults apply. @default {} */
  config?: Record<string, unknown>
  lead?: { id?: string; fields?: Record<string, FieldValue>; tags?: string[] }
  entry?: Record<string, Json>
  /** @default 1 */
  attempt?: number
  lastProgress?: number
  signal?: AbortSignal
}

/** What came of it, as Trellis would store it. */
export interface LonelyResult {
  port: string
  /** What the step writes to the lead. */
  fields: Record<string, Json>
  tags: string[]
  output: Json
  /** Every progress it reported, in order. */
  progress: number[]
  /** What it logged, in order. */
  logged: string[]
}

/**
 * Runs `perform` once, with the same reading of the config and the same checks of the result as in a worker.
 * @throws {ZodError} when the config does not fit the form, and whatever `perform` throws.
 */
export async function runActivityAlone<Config>(
  activity: CustomActivity<Config>,
  run: LonelyRun = {},
): Promise<LonelyResult> {
  const { lead = {}, entry = {}, attempt = 1, lastProgress = null, signal = new AbortController().signal } = run
  const config = activity.config.parse(run.config ?? {})
  const progress: number[] = []
  const logged: string[] = []
  const leadId = lead.id ?? '00000000-0000-7000-8000-000000000001'
  const wanted = activity.needs.fields
  const fields =
    wanted === undefined
      ? (lead.fields ?? {})
      : Object.fromEntries(wanted.map((key) => [key, lead.fields?.[key] ?? null]))
  const result = await activity.perform(
    {
      idempotencyKey: 'test-enrollment:test-step:1',
      attempt,
      leadId,
      lead: { id: leadId, fields, tags: lead.tags ?? [] },
      entry,
      heartbeat: (at) => {
        if (at !== undefined) progress.push(at)
      },
      lastProgress,
      signal,
      log: { info: (message) => logged.push(message), warn: (message) => logged.push(message) },
    },
    config,
  )
  const stored = toStoredResult(
    result,
    activity.manifest.ports.map(({ id }) => id),
  )
  const {
    output = null,
    fields: written = {},
    tags = [],
  } = stored.output as {
    output?: Json
    fields?: Record<string, Json>
    tags?: string[]
  }
  return { port: stored.port, fields: written, tags, output, progress, logged }
}
