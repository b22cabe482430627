/** How many of a list of instants count now, and when the answer to "how many?" changes by time alone. */
import type { Instant } from '../facts.ts'
import { maxInstant } from '../schedule/calendar.ts'
import { durationToMs } from '../schedule/duration.ts'
import { countOperators } from './operators.ts'
import type { CountOp } from './schema.ts'

export interface CountQuestion {
  op: CountOp
  n: number
  /** ISO 8601; absent = at any time up to now. */
  within?: string | undefined
}

export interface CountAnswer {
  count: number
  value: boolean
  /** First instant after `now` at which `value` changes; Infinity when it does not. */
  recheckAt: Instant
}

/**
 * Counts what happened in (now − within, now]; what lies after `now` has not happened yet.
 * @param uncounted how many more happened that are not among `instants` (the totals know more events than are loaded)
 */
export function answerCount(
  instants: readonly Instant[],
  { op, n, within }: CountQuestion,
  now: Instant,
  uncounted = 0,
): CountAnswer {
  const lengthMs = within === undefined ? Infinity : durationToMs(within)
  const { test } = countOperators[op]
  let count = uncounted
  const changes: { at: Instant; by: 1 | -1 }[] = []
  for (const at of instants) {
    const leavesAt = at + lengthMs
    if (leavesAt <= now) continue
    if (at <= now) count += 1
    else changes.push({ at, by: 1 })
    if (leavesAt <= maxInstant) changes.push({ at: leavesAt, by: -1 })
  }
  const value = test(count, n)
  return { count, value, recheckAt: firstChange(changes, count, (later) => test(later, n) !== value) }
}

function firstChange(
  changes: { at: Instant; by: 1 | -1 }[],
  start: number,
  differs: (count: number) => boolean,
): Instant {
  changes.sort((one, other) => one.at - other.at)
  let count = start
  for (const [index, { at, by }] of changes.entries()) {
    count += by
    // What changes at one instant changes together.
    if (changes[index + 1]?.at !== at && differs(count)) return at
  }
  return Infinity
}
