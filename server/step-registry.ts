/** The steps this installation knows. */
import { loadCustomActivities } from '#activities/custom-registry.ts'
import { createStepRegistry, type StepRegistry } from '#engine/steps/catalogue.ts'
import { loadConfig } from './config.ts'

/**
 * Built-in steps and the custom activities of this installation: those of `activities/custom` and of the packages that
 * TRELLIS_ACTIVITIES names. `report` hears of what cannot be used; the rest works all the same.
 *
 * @throws {ConfigError} when the environment is wrong.
 */
export async function loadStepRegistry(report: (problem: string) => void): Promise<StepRegistry> {
  const { activities, problems } = await loadCustomActivities(loadConfig().activities)
  for (const { source, message } of problems) report(`Custom activity ${source} is left out: ${message}`)
  return createStepRegistry(activities.map(({ step }) => step))
}
