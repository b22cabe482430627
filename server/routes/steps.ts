import { z } from 'zod'
import type { LiveActivities } from '#activities/live-activities.ts'
import { builtInSteps, type StepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { listSteps, type StepManifest } from '../contract/steps.ts'
import { implement, ok, type Implementation } from '../routing.ts'

/** The catalogue as data. Made once for each catalogue: step types change only when a custom activity's file does. */
export function stepRoutes({
  registry,
  custom,
}: {
  registry: StepRegistry
  custom?: Pick<LiveActivities, 'problems' | 'revision'> | undefined
}): Implementation[] {
  let made: { revision: string; items: StepManifest[] } | null = null
  return [
    implement(listSteps, () => {
      const revision = custom?.revision() ?? ''
      if (made?.revision !== revision) made = { revision, items: registry.all().map(toManifest) }
      return ok({ items: made.items, revision, problems: [...(custom?.problems() ?? [])] })
    }),
  ]
}

function toManifest(step: StepType): StepManifest {
  const least = step.config.safeParse({})
  return {
    type: step.type,
    version: step.version,
    title: step.title,
    category: step.category,
    icon: step.icon,
    description: step.description,
    synonyms: step.synonyms ?? [],
    config: z.toJSONSchema(step.config, { io: 'input' }) as StepManifest['config'],
    ports: least.success
      ? step.ports(least.data).map(({ id, label, optional = false }) => ({ id, label, optional }))
      : null,
    starter: (step.starter ?? {}) as StepManifest['starter'],
    summary: step.summaryTemplate ?? null,
    isCustom: !builtInSteps.includes(step),
    attempts: step.attempts ?? null,
    simulate: [...(step.simulate ?? [])],
  }
}
