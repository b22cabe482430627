/** What the entry step says about who comes in. */
import type { Trigger } from '../steps/entry.ts'
import type { AnalysedStep } from './analysis.ts'

/** The triggers of an entry step; none when its config is wrong. */
export function triggersOf({ config }: AnalysedStep): readonly Trigger[] {
  const triggers: unknown = config?.['triggers']
  return Array.isArray(triggers) ? (triggers as Trigger[]) : []
}
