/** Who gets a task or a lead: pure, so that the rule is one for steps, queues and tests. */
import type { Instant } from '../facts.ts'

/** A person as the choice sees them. Instants UTC ms. */
export interface Candidate {
  key: string
  /** Share: twice as much, twice as often. @default 1 */
  weight?: number
  active: boolean
  /** Open tasks at most; null = no limit. */
  capacity: number | null
  /** Open tasks now. */
  open: number
  absences: readonly { from: Instant; until: Instant; deputy?: string }[]
  /** Number of the turn in which this person last got something; 0 = never. Rises over all people. */
  lastTurn: number
}

export type Choice = { key: string } | { key: null; reason: string }

/** Until when somebody who is away at `now` is away, and who stands in; null when there. */
export function absenceAt(
  absences: Candidate['absences'],
  now: Instant,
): { until: Instant; deputy: string | null } | null {
  const away = absences.filter(({ from, until }) => from <= now && now < until)
  if (away.length === 0) return null
  const last = away.reduce((one, other) => (other.until > one.until ? other : one))
  return { until: last.until, deputy: last.deputy ?? null }
}

/** Whether one more task fits. */
function hasRoom({ capacity, open }: Pick<Candidate, 'capacity' | 'open'>): boolean {
  return capacity === null || open < capacity
}

/** Why this person cannot be given anything now, in words; null = can. */
export function whyNot(candidate: Candidate, now: Instant): string | null {
  const { key, active, capacity, open } = candidate
  if (!active) return `${key} no longer works here`
  const away = absenceAt(candidate.absences, now)
  if (away !== null) return `${key} is away until ${new Date(away.until).toISOString().slice(0, 10)}`
  if (!hasRoom(candidate)) return `${key} has ${open} of ${capacity ?? 0} open tasks`
  return null
}

/**
 * Whose turn it is: of those who are there and have room, the one whose last turn is longest ago (times the share).
 * `turn` is the number of the turn to give. Equal ones by key, so that the same facts always choose the same person.
 */
export function choosePerson(candidates: readonly Candidate[], now: Instant, turn: number): Choice {
  const refusals: string[] = []
  let best: Candidate | null = null
  for (const candidate of [...candidates].sort((one, other) => (one.key < other.key ? -1 : 1))) {
    const refusal = whyNot(candidate, now)
    if (refusal !== null) refusals.push(refusal)
    else if (best === null || waited(candidate, turn) > waited(best, turn)) best = candidate
  }
  if (best !== null) return { key: best.key }
  return {
    key: null,
    reason: refusals.length === 0 ? 'Nobody is in this queue.' : `Nobody is free: ${refusals.join('; ')}.`,
  }
}

function waited({ lastTurn, weight = 1 }: Candidate, turn: number): number {
  return lastTurn === 0 ? Number.POSITIVE_INFINITY : (turn - lastTurn) * weight
}
