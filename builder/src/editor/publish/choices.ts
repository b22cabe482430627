/** What a person chose for leads in flight, place by place. */
import type { Graph } from '#engine/graph/schema.ts'
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import type { LeadsInFlight } from '#server/contract/publishing.ts'
import { countOf } from '../../ui/words.ts'

export interface Choice {
  action: 'finish' | 'move' | 'exit'
  /** For `move`. */
  to?: string
  /** For `move` to a message: send it again also to those who have got it. @default they go on after it */
  again?: boolean
}

/** By `placeKey`; what is absent finishes. */
export type Choices = ReadonlyMap<string, Choice>

export function placeKey({ version, stepId }: Pick<LeadsInFlight, 'version' | 'stepId'>): string {
  return `${String(version)}:${stepId}`
}

/** Leads on a place, however they stand. */
function hereOf({ active, paused, parked }: LeadsInFlight): number {
  return active + paused + parked
}

export interface Total {
  leads: number
  /** Test leads besides. */
  tests: number
}

export function totals(places: readonly LeadsInFlight[], choices: Choices): Record<Choice['action'], Total> {
  const none = (): Total => ({ leads: 0, tests: 0 })
  const sum = { finish: none(), move: none(), exit: none() }
  for (const place of places) {
    const own = sum[choices.get(placeKey(place))?.action ?? 'finish']
    own.leads += hereOf(place)
    own.tests += place.tests
  }
  return sum
}

/** "41 leads", "41 leads (and 3 test leads)", "3 test leads". */
export function sayLeads({ leads, tests }: Total): string {
  if (tests === 0) return countOf(leads, 'lead')
  if (leads === 0) return countOf(tests, 'test lead')
  return `${countOf(leads, 'lead')} (and ${countOf(tests, 'test lead')})`
}

/** All of them together. */
function sumOf(list: readonly Total[]): Total {
  return list.reduce((sum, { leads, tests }) => ({ leads: sum.leads + leads, tests: sum.tests + tests }), {
    leads: 0,
    tests: 0,
  })
}

/** Leads on some places. */
export function standingOn(places: readonly LeadsInFlight[]): Total {
  return sumOf(places.map((place) => ({ leads: hereOf(place), tests: place.tests })))
}

/**
 * Where leads of a step would most likely go on: where the way that led to it leads now, else where it led itself. Null when
 * neither is there any more.
 */
export function likelyTarget(stepId: string, before: Graph | null, after: Graph): string | null {
  if (before === null) return null
  const present = new Set(after.nodes.map(({ id }) => id))
  const wayIn = before.edges.find(({ to }) => to === stepId)
  const now = after.edges.find(({ from, port }) => from === wayIn?.from && port === wayIn.port)?.to
  if (now !== undefined && now !== stepId) return now
  return before.edges.find(({ from, to }) => from === stepId && present.has(to))?.to ?? null
}

/** For the API: one policy for each place that is affected or chosen, so that the record counts those who finish, too. */
export function toPolicies(places: readonly LeadsInFlight[], choices: Choices): LeadPolicy[] {
  return places.flatMap((place): LeadPolicy[] => {
    const choice = choices.get(placeKey(place))
    if (choice === undefined && place.change === 'same') return []
    const { stepId, version } = place
    const { action, to, again } = choice ?? { action: 'finish' as const }
    const isMove = action === 'move' && to !== undefined
    const skipReceived = isMove && again !== true && receivedAt(place, to) > 0
    return [{ stepId, version, action, ...(isMove ? { to } : {}), ...(skipReceived ? { skipReceived } : {}) }]
  })
}

/** How many of a place would get a message again by being moved onto it; staying on it sends nothing. */
export function receivedAt({ stepId, received }: LeadsInFlight, to: string): number {
  return to === stepId ? 0 : (received.find((message) => message.stepId === to)?.leads ?? 0)
}

/** Messages after a step, by any way, that leads of a place have got already. */
export function receivedAfter({ received }: LeadsInFlight, to: string, { edges }: Graph): string[] {
  const reached = new Set([to])
  for (const at of reached) for (const edge of edges) if (edge.from === at) reached.add(edge.to)
  reached.delete(to)
  return received.flatMap((message) => (reached.has(message.stepId) ? [message.stepId] : []))
}
