/** What a person chose for leads in flight, place by place. */
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import type { LeadsInFlight } from '#server/contract/publishing.ts'

export interface Choice {
  action: 'finish' | 'move' | 'exit'
  /** For `move`. */
  to?: string
}

/** By `placeKey`; what is absent finishes. */
export type Choices = ReadonlyMap<string, Choice>

export function placeKey({ version, stepId }: Pick<LeadsInFlight, 'version' | 'stepId'>): string {
  return `${String(version)}:${stepId}`
}

/** Leads on a place, however they stand. */
export function hereOf({ active, paused, parked }: LeadsInFlight): number {
  return active + paused + parked
}

export function totals(places: readonly LeadsInFlight[], choices: Choices): Record<Choice['action'], number> {
  const sum = { finish: 0, move: 0, exit: 0 }
  for (const place of places) sum[choices.get(placeKey(place))?.action ?? 'finish'] += hereOf(place)
  return sum
}

/** For the API: one policy for each place that is affected or chosen, so that the record counts those who finish, too. */
export function toPolicies(places: readonly LeadsInFlight[], choices: Choices): LeadPolicy[] {
  return places.flatMap((place): LeadPolicy[] => {
    const choice = choices.get(placeKey(place))
    if (choice === undefined && place.change === 'same') return []
    const { stepId, version } = place
    const { action, to } = choice ?? { action: 'finish' as const }
    return [{ stepId, version, action, ...(action === 'move' && to !== undefined ? { to } : {}) }]
  })
}
