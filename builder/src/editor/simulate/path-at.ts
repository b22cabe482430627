/** What a rehearsal looks like at an instant: pure, from the one run to its end. */
import type { Instant } from '#engine/facts.ts'
import type { Simulation } from '#engine/simulation/types.ts'
import type { PathMark } from '../marks.ts'

export interface Standing {
  /** Step where the lead is, and since when; null = not in the journey (yet, or any more). */
  stepId: string | null
  since: Instant | null
  /** When it goes on by itself. */
  wakeAt: Instant | null
  status: 'waiting' | 'ended' | 'outside' | 'parked'
  messages: number
  openTasks: number
}

/** Marks by step id and by `step:port`, up to `at` inclusive. */
export function pathAt(run: Simulation, at: Instant): Map<string, PathMark> {
  const marks = new Map<string, PathMark>()
  const visit = (key: string, instant: Instant, label?: string): void => {
    const found = marks.get(key)
    marks.set(key, {
      ...(found ?? { at: instant, visits: 0 }),
      visits: (found?.visits ?? 0) + 1,
      ...(label === undefined ? {} : { label }),
    })
  }
  for (const { stepId, port, enteredAt, leftAt } of run.steps) {
    if (enteredAt > at) continue
    visit(stepId, enteredAt)
    if (leftAt > at) current(marks, stepId, false)
    else if (port !== null) visit(`${stepId}:${port}`, leftAt, elapsed(leftAt - enteredAt))
  }
  for (const { stepId, since, status } of run.enrollments) {
    if (since > at || status === 'completed' || status === 'exited') continue
    visit(stepId, since)
    current(marks, stepId, status === 'parked')
  }
  return marks
}

function current(marks: Map<string, PathMark>, key: string, isFailed: boolean): void {
  const found = marks.get(key)
  if (found !== undefined) marks.set(key, { ...found, isCurrent: true, ...(isFailed ? { isFailed } : {}) })
}

export function standingAt(run: Simulation, at: Instant): Standing {
  const messages = run.deliveries.filter(({ status, settledAt }) => status === 'sent' && (settledAt ?? at + 1) <= at)
  const openTasks = run.tasks.filter(({ createdAt, closedAt }) => createdAt <= at && (closedAt ?? at + 1) > at).length
  const outside = { stepId: null, since: null, wakeAt: null, messages: messages.length, openTasks }
  const open = run.enrollments.findLast(({ enteredAt, finishedAt }) => enteredAt <= at && (finishedAt ?? at + 1) > at)
  if (open === undefined)
    return { ...outside, status: run.enrollments.some(({ enteredAt }) => enteredAt <= at) ? 'ended' : 'outside' }
  const enrollment = run.enrollments.indexOf(open)
  const step = run.steps.find((one) => one.enrollment === enrollment && one.enteredAt <= at && one.leftAt > at)
  if (step !== undefined)
    return { ...outside, stepId: step.stepId, since: step.enteredAt, wakeAt: step.leftAt, status: 'waiting' }
  const { stepId, since, wakeAt, status } = open
  return { ...outside, stepId, since, wakeAt, status: status === 'parked' ? 'parked' : 'waiting' }
}

/** "2 d 4 h", "35 min"; nothing when no time passed. */
function elapsed(ms: number): string | undefined {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return undefined
  if (minutes < 60) return `${String(minutes)} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 || days > 20 ? `${String(days)} d` : `${String(days)} d ${String(hours % 24)} h`
}
