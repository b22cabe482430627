/** The way of one lead as marks on the drawing. Pure. */
import type { Graph } from '#engine/graph/schema.ts'
import type { LeadPath, PathVisit } from '#server/contract/journey-people.ts'
import { t } from '../../i18n/t.ts'
import { language } from '../../ui/words.ts'
import { edgeKey, type PathMark } from '../marks.ts'
import { formatDuration } from './durations.ts'
import { drawnWay } from './flow.ts'

/** The enrollment a path is shown of; null when the lead was never in the journey. */
export function shownEnrollment(path: LeadPath) {
  return path.enrollments.find(({ id }) => id === path.shown) ?? null
}

/**
 * Every step it was on and every connection it went by. Connections say how long the lead was on the step before, the step
 * it is on says when time alone would move it.
 */
export function pathMarks(graph: Graph, path: LeadPath): Map<string, PathMark> {
  const marks = new Map<string, PathMark>()
  const drawn = new Map(graph.edges.map((edge) => [edgeKey(edge), edge]))
  const enrollment = shownEnrollment(path)
  for (const visit of path.visits) {
    const at = Date.parse(visit.enteredAt)
    const before = marks.get(visit.step.id)
    marks.set(visit.step.id, { visits: (before?.visits ?? 0) + 1, at: before?.at ?? at })
    const key = wayOf(graph, visit, drawn)
    if (key !== null && visit.leftAt !== null) {
      const known = marks.get(key)
      const stayMs = Date.parse(visit.leftAt) - at
      const stay = stayMs < 1000 ? t('at once') : formatDuration(stayMs)
      const visits = (known?.visits ?? 0) + 1
      marks.set(key, {
        visits,
        at: Date.parse(visit.leftAt),
        label: visits > 1 ? `${stay} · ${String(visits)}×` : stay,
      })
    }
  }
  const last = path.visits.at(-1)
  if (enrollment !== null && last !== undefined && enrollment.finishedAt === null) {
    const mark = marks.get(last.step.id)
    if (mark !== undefined) {
      const isFailed = enrollment.status === 'parked'
      marks.set(last.step.id, {
        ...mark,
        isCurrent: !isFailed,
        isFailed,
        ...(enrollment.nextAt === null || enrollment.status !== 'active'
          ? {}
          : { label: shortDue(enrollment.nextAt, Date.parse(path.now)) }),
      })
    }
  }
  return marks
}

function wayOf(graph: Graph, { step, port, to }: PathVisit, drawn: ReadonlyMap<string, { to: string }>): string | null {
  const key = port === null ? null : drawnWay(step.id, port, drawn)
  if (key !== null && (to === null || drawn.get(key)?.to === to)) return key
  // Skipped by a person, or a way out of its own: by whichever connection leads there.
  const edge = graph.edges.find((candidate) => candidate.from === step.id && candidate.to === to)
  return edge === undefined || port === null ? null : edgeKey(edge)
}

const dueFormat = new Intl.DateTimeFormat(language, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

const weekdayFormat = new Intl.DateTimeFormat(language, {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})
const dayFormat = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })

/** `Thu 09:00` within a week, else `26 Nov`: there is little room on a card. */
function shortDue(instant: string, now: number): string {
  const at = Date.parse(instant)
  return (at - now < 6.5 * 86_400_000 ? weekdayFormat : dayFormat).format(at)
}

/** `Thu, Nov 26, 09:00`, in the zone of who looks. */
export function formatDue(instant: string): string {
  return dueFormat.format(new Date(instant))
}
