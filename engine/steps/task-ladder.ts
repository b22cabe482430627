/** What a step that waits for a task remembers, and how it escalates one that nobody does. */
import type { Instant, Json } from '../facts.ts'
import { addBusinessDuration } from './business-duration.ts'
import type { Command } from './contract.ts'
import { taskHours, type HoursContext, type TaskConfig } from './task-fields.ts'

/** Kept between two looks at a waiting task. */
export interface TaskMemory {
  /** When it is withdrawn; null = never. */
  expireAt: Instant | null
  /** Not to be done earlier; null = at once. */
  notBefore: Instant | null
  /** Null when a version before this memory created the task: then it does not escalate. */
  dueAt: Instant | null
  /** Rungs of the ladder that have been taken. */
  rungs: number
}

/** What was remembered; a memory of another shape counts as empty. */
export function readTaskMemory(memory: Json): TaskMemory {
  const stored = typeof memory === 'object' && memory !== null && !Array.isArray(memory) ? memory : {}
  const number = (key: keyof TaskMemory): number | null => (typeof stored[key] === 'number' ? stored[key] : null)
  return {
    expireAt: number('expireAt'),
    notBefore: number('notBefore'),
    dueAt: number('dueAt'),
    rungs: number('rungs') ?? 0,
  }
}

/**
 * Takes the rungs that are due and says when the next one is. Rungs count in the business time of `taskHours` from when
 * the task was due, the earliest first; each is taken once, however late somebody looks.
 */
export function climb(
  config: TaskConfig,
  { dueAt, rungs }: TaskMemory,
  context: HoursContext & { now: Instant },
): { commands: Command[]; rungs: number; nextAt: Instant | null } {
  if (dueAt === null) return { commands: [], rungs, nextAt: null }
  const { now } = context
  const { calendar, zone } = taskHours(config, context)
  const ladder = config.escalation
    .map(({ after, action }) => ({ action, at: addBusinessDuration(dueAt, after, calendar, zone) }))
    .sort((one, other) => one.at - other.at)
  const commands: Command[] = []
  let taken = rungs
  for (const { at, action } of ladder.slice(rungs)) {
    if (at > now) return { commands, rungs: taken, nextAt: at }
    taken += 1
    commands.push({ kind: 'escalate_task', action, rung: taken })
  }
  return { commands, rungs: taken, nextAt: null }
}
