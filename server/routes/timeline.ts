import type { Queryable } from '#db/client.ts'
import { listEnrollmentsOfLead } from '#db/repositories/journey-reads.ts'
import { isTimelineKind, readTimeline, type TimelineCursor } from '#db/repositories/lead-timeline.ts'
import { explainStoredReason } from '#engine/gate/reason-texts.ts'
import type { Library } from '#engine/library.ts'
import { getLeadTimeline, type Standing, type TimelineEntry } from '../contract/timeline.ts'
import { decodeCursor, encodeCursor, isCursorId, isCursorInstant } from '../paging.ts'
import { presentLeadName, presentLeadNow, toInstant, toInstantOrNull } from '../present.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'
import { draftSubject } from './deliveries.ts'
import { requireLead } from './leads.ts'

/** Enrollments shown: more than a lead has in practice. */
const maxStandings = 100

export function timelineRoutes(deps: {
  db: Queryable
  versions: VersionCache
  library: () => Promise<Library>
  now: () => number
}): Implementation[] {
  const { db, versions, library, now } = deps
  return [
    implement(getLeadTimeline, async ({ params, query }) => {
      const lead = await requireLead(db, params.id)
      const [shared, enrollments, rows] = await Promise.all([
        library(),
        listEnrollmentsOfLead(db, lead.id, maxStandings),
        readTimeline(db, lead.id, query.limit + 1, readTimelineCursor(query.cursor)),
      ])
      const shown = rows.slice(0, query.limit)
      const last = rows.length > query.limit ? shown.at(-1) : undefined
      const journeys = new Map(enrollments.map(({ journey }) => [journey.id, journey]))
      return ok({
        lead: presentLeadName(lead),
        now: presentLeadNow(lead.clock, now()),
        standings: await Promise.all(enrollments.map((row) => presentStanding(row, versions))),
        entries: await Promise.all(shown.map((row) => presentEntry(row, versions, journeys, shared))),
        nextCursor: last === undefined ? null : encodeCursor([last.at.toISOString(), last.kind, last.id]),
      })
    }),
  ]
}

function readTimelineCursor(cursor: string | undefined): TimelineCursor | null {
  if (cursor === undefined) return null
  const [at = '', kind = '', id = ''] = decodeCursor(cursor, [
    isCursorInstant,
    isTimelineKind,
    (part) => isCursorId(part) || /^\d{1,18}$/.test(part),
  ])
  if (!isTimelineKind(kind) || isCursorId(id) !== (kind === 'delivery' || kind === 'task')) {
    decodeCursor(cursor, [])
    return null
  }
  return { at: new Date(at), kind, id }
}

type EnrollmentOfLead = Awaited<ReturnType<typeof listEnrollmentsOfLead>>[number]

async function presentStanding({ enrollment, journey }: EnrollmentOfLead, versions: VersionCache): Promise<Standing> {
  const { cards, next } = await versions.get(journey.id, enrollment.version)
  const card = cards.get(enrollment.stepId)
  const nameOf = (id: string) => ({ id, name: cards.get(id)?.name ?? id })
  const isOpen = enrollment.finishedAt === null
  const exits = next[enrollment.stepId] ?? {}
  const ports = card?.ports ?? Object.keys(exits).map((id) => ({ id, label: id }))
  return {
    enrollmentId: enrollment.id,
    journey,
    version: enrollment.version,
    status: enrollment.status,
    enteredAt: toInstant(enrollment.enteredAt),
    finishedAt: toInstantOrNull(enrollment.finishedAt),
    goalMet: enrollment.goalMet,
    step: { ...nameOf(enrollment.stepId), type: card?.type ?? 'unknown' },
    since: toInstant(enrollment.since),
    why: explain(enrollment),
    next: {
      at: isOpen ? toInstantOrNull(enrollment.wakeAt) : null,
      ways: isOpen
        ? ports.map(({ id, label }) => {
            const to = exits[id]
            return { port: id, label, step: to === undefined ? null : nameOf(to) }
          })
        : [],
    },
    error: enrollment.error === null ? null : { code: enrollment.error.code, message: enrollment.error.message },
  }
}

/** Why it stands there, or why it ended, in one sentence. */
export function explain({
  status,
  state,
  exitReason,
  goalMet,
  error,
}: Pick<EnrollmentOfLead['enrollment'], 'status' | 'state' | 'exitReason' | 'goalMet' | 'error'>): string {
  if (status === 'parked') return error?.message ?? state.reason ?? 'An error stopped it here.'
  if (status === 'completed' || status === 'exited') {
    return exitReason ?? state.reason ?? (goalMet ? 'Reached the goal.' : 'Came to the end of its path.')
  }
  return state.rest?.reason ?? state.reason ?? 'About to take this step.'
}

type TimelineRow = Awaited<ReturnType<typeof readTimeline>>[number]
type JourneyName = EnrollmentOfLead['journey']

async function presentEntry(
  entry: TimelineRow,
  versions: VersionCache,
  journeys: ReadonlyMap<string, JourneyName>,
  library: Library,
): Promise<TimelineEntry> {
  const base = { id: `${entry.kind}:${entry.id}`, at: toInstant(entry.at) }
  if (entry.kind === 'step') {
    const { row } = entry
    return {
      ...base,
      kind: 'step',
      journey: journeys.get(row.journeyId) ?? { id: row.journeyId, key: '', name: '' },
      step: { ...(await versions.nameStep(row.journeyId, row.version, row.stepId)), type: row.stepType },
      visit: row.visit,
      enteredAt: toInstant(row.enteredAt),
      port: row.port,
      reason: row.reason,
      detail: row.detail,
    }
  }
  if (entry.kind === 'delivery') {
    const { id, channel, status, content, reason } = entry.row
    const subject = entry.sentSubject ?? draftSubject(content, library)
    return {
      ...base,
      kind: 'delivery',
      deliveryId: id,
      channel,
      status,
      subject,
      reason,
      why: explainStoredReason(reason),
    }
  }
  if (entry.kind === 'task') {
    const { id, kind, status, title, reason, outcome } = entry.row
    return { ...base, kind: 'task', taskId: id, taskKind: kind, status, title, reason, outcome }
  }
  if (entry.kind === 'event') {
    return { ...base, kind: 'event', event: entry.row.type, properties: entry.row.properties }
  }
  if (entry.kind === 'change') {
    const { kind: what, fromValue: from, toValue: to, reason, actor } = entry.row
    return { ...base, kind: 'change', what, from, to, reason, actor }
  }
  const { cue, body, actor } = entry.row
  return { ...base, kind: 'note', cue, body, actor }
}
