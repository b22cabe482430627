/** How urgent a task is, in the lead's own time: a test lead's clock may run fast. */
import type { Task } from '#server/contract/tasks.ts'

export type Urgency = 'overdue' | 'soon' | 'today' | 'later'

export const urgencyWords: Record<Urgency, string> = {
  overdue: 'Overdue',
  soon: 'Due soon',
  today: 'Within a day',
  later: 'Later',
}

const hourMs = 3_600_000

/** What is left before it is due, in ms; negative once it is overdue. */
export function timeLeft(task: Pick<Task, 'dueAt' | 'leadNow'>): number {
  return Date.parse(task.dueAt) - Date.parse(task.leadNow)
}

/** `soon` is the last quarter of the time it was given, at least the last hour. */
export function urgencyOf(task: Pick<Task, 'dueAt' | 'leadNow' | 'since' | 'notBefore'>): Urgency {
  const left = timeLeft(task)
  if (left < 0) return 'overdue'
  const given = Date.parse(task.dueAt) - Date.parse(task.notBefore ?? task.since)
  if (left < Math.max(hourMs, given / 4)) return 'soon'
  return left < 24 * hourMs ? 'today' : 'later'
}

/** `2 d 4 h`, `35 min`, `now`. */
export function formatSpan(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  if (days > 0) return hours > 0 ? `${String(days)} d ${String(hours)} h` : `${String(days)} d`
  if (hours > 0) return rest > 0 ? `${String(hours)} h ${String(rest)} min` : `${String(hours)} h`
  return rest > 0 ? `${String(rest)} min` : 'now'
}

/** Where the number is called. */
export function telephoneLink(phone: string): string {
  return `tel:${phone.replaceAll(/[^+\d]/g, '')}`
}
