/**
 * A custom activity: one file that becomes a step in the palette, with a form, checks and a place on the canvas, and that
 * runs as a real Temporal activity. See docs/custom-activities.md.
 */
import type { ZodType } from 'zod'
import type { Json } from '#engine/facts.ts'
import type { Issue } from '#engine/issues.ts'
import { durationToMs } from '#engine/schedule/duration.ts'
import { defineStep, type StepType } from '#engine/steps/contract.ts'
import { runEffectStep } from '#engine/steps/effect-step.ts'
import { fillTemplate } from '#engine/steps/fill-template.ts'
import { createManifest, type ActivityManifest } from './activity-manifest.ts'
import type { ActivityContext, ActivityDefinition, ActivityResult } from './custom-activity.ts'

export { ActivityFailure } from './activity-failure.ts'
export type { ActivityContext, ActivityDefinition } from './custom-activity.ts'

const brand: unique symbol = Symbol.for('trellis.custom-activity') as never

/** A registered activity: its step for engine and palette, its manifest for the browser, and how it is performed. */
export interface CustomActivity<Config = unknown> {
  readonly [brand]: true
  type: string
  step: StepType<Config>
  manifest: ActivityManifest
  config: ZodType<Config>
  queue: string
  testLeads: 'simulate' | 'perform'
  needs: { fields?: string[] }
  perform(context: ActivityContext, config: Config): Promise<ActivityResult | void>
}

/** True for what `defineActivity` returned, also when another copy of this file made it. */
export function isCustomActivity(value: unknown): value is CustomActivity {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}

/**
 * Makes a custom activity of its definition.
 * @throws {ActivityDefinitionError} when something in it cannot be shown in the browser or run; the message says what.
 */
export function defineActivity<Config>(definition: ActivityDefinition<Config>): CustomActivity<Config> {
  const manifest = createManifest(definition)
  const timeoutMs = durationToMs(manifest.timeout)
  const step = defineStep<Config>({
    type: manifest.type,
    version: 1,
    title: manifest.title,
    category: manifest.category,
    icon: manifest.icon,
    description: manifest.description,
    synonyms: manifest.synonyms,
    config: definition.config,
    ports: () => manifest.ports,
    summary: (config) => fillTemplate(manifest.summary, config),
    summaryTemplate: manifest.summary,
    ...(definition.check === undefined ? {} : { check: (config) => runCheck(definition, config) }),
    rests: () => true,
    simulate: manifest.simulate,
    attempts: { maxAttempts: manifest.maxAttempts, timeout: manifest.timeout },
    run: (context) =>
      runEffectStep(context, () => ({
        effectType: manifest.type,
        queue: manifest.queue,
        input: { config: context.config as Json, entry: context.enrollment.properties },
        timeoutMs,
        heartbeatMs: durationToMs(manifest.heartbeat),
        maxAttempts: manifest.maxAttempts,
      })),
  })
  return {
    [brand]: true,
    type: manifest.type,
    step,
    manifest,
    config: definition.config,
    queue: manifest.queue,
    testLeads: definition.testLeads ?? 'simulate',
    needs: definition.needs ?? {},
    perform: (context, config) => definition.perform(context, config),
  }
}

function runCheck<Config>(definition: ActivityDefinition<Config>, config: Config): Omit<Issue, 'nodeId'>[] {
  return (definition.check?.(config) ?? []).map(({ path, message }) => ({
    code: 'STEP_CONFIG_INVALID',
    severity: 'error',
    path,
    message,
  }))
}
