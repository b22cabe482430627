/** What a lead does that makes a task about it pointless. */
import type { Instant } from '../facts.ts'
import { builtInEvents, type Stage, type TaskEnd } from '../vocabulary.ts'

/** What a stage a lead has come to means for its tasks. */
export function endOfStage(stage: Stage): TaskEnd | null {
  if (stage === 'customer') return 'bought'
  return stage === 'lost' ? 'lost' : null
}

/** What an event means for the tasks of its lead. */
export function endOfEvent(type: string): TaskEnd | null {
  if (type === builtInEvents.purchased) return 'bought'
  return type === builtInEvents.replied ? 'replied' : null
}

const words: Record<TaskEnd, (day: string) => string> = {
  bought: (day) => `The lead became a customer on ${day}.`,
  lost: (day) => `The lead was given up on ${day}.`,
  replied: (day) => `The lead replied on ${day}.`,
}

/** Why such a task was closed, kept with it. */
export function closedBecause(end: TaskEnd, at: Instant): string {
  return words[end](new Date(at).toISOString().slice(0, 10))
}
