import type { Database } from '#db/client.ts'
import { namesOfEnrollments, publicationsByIds, reasonsOfControls } from '#db/repositories/activity-reads.ts'
import { listAuditRows } from '#db/repositories/audit-reads.ts'
import { actorNames } from '#db/repositories/journey-states.ts'
import { createFold, textIn, type Entry } from '../activity/fold.ts'
import { presentEntry } from '../activity/present.ts'
import { listJourneyActivity } from '../contract/journey-activity.ts'
import { decodeCursor, encodeCursor } from '../paging.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'
import { requireJourney } from './journeys.ts'
import { mayReadLeads } from './segments.ts'

/** Lines read at a time, and for one page at most: a day of saving is one entry of a thousand lines. */
const batch = 500
const mostLines = 20_000

/** What people did to a journey. */
export function journeyActivityRoutes({ db, versions }: { db: Database; versions: VersionCache }): Implementation[] {
  return [
    implement(listJourneyActivity, async ({ params, query }, { principal }) => {
      const journey = await requireJourney(db, params.journey)
      const before = query.cursor === undefined ? null : readId(query.cursor)
      const { entries, nextBefore } = await readEntries(db, journey.id, query.limit, before)
      const readsLeads = mayReadLeads(principal)
      const ofOneLead = readsLeads
        ? entries.flatMap(({ newest: { id, after } }) => {
            const enrollmentId = textIn(after, 'enrollmentId')
            return enrollmentId === null ? [] : [{ lineId: id, enrollmentId, action: textIn(after, 'action') ?? '' }]
          })
        : []
      const publicationIds = entries.flatMap(({ newest }) => textIn(newest.after, 'publicationId') ?? [])
      const [actors, leads, reasons, publications] = await Promise.all([
        actorNames(
          db,
          entries.map(({ newest }) => newest.actor),
        ),
        namesOfEnrollments(
          db,
          ofOneLead.map(({ enrollmentId }) => enrollmentId),
        ),
        reasonsOfControls(db, ofOneLead),
        publicationsByIds(db, publicationIds),
      ])
      const nameStep = (version: number | null, stepId: string) =>
        versions.nameStep(journey.id, version ?? journey.liveVersion, stepId)
      const names = { actors, leads, mayReadLeads: readsLeads, reasons, publications, nameStep }
      return ok({
        items: await Promise.all(entries.map((entry) => presentEntry(entry, names))),
        nextCursor: nextBefore === null ? null : encodeCursor([String(nextBefore)]),
      })
    }),
  ]
}

/** `nextBefore`: the last line that was taken in; null when there are no more. */
async function readEntries(
  db: Database,
  journeyId: string,
  limit: number,
  before: number | null,
): Promise<{ entries: readonly Entry[]; nextBefore: number | null }> {
  const { entries, take } = createFold(limit)
  const filter = { subjectKind: 'journey', subjectId: journeyId }
  let taken = before
  for (let read = 0; read < mostLines; read += batch) {
    const lines = await listAuditRows(db, filter, { limit: batch, beforeId: taken })
    for (const line of lines) {
      if (!take(line)) return { entries, nextBefore: taken }
      taken = line.id
    }
    if (lines.length < batch) return { entries, nextBefore: null }
  }
  return { entries, nextBefore: taken }
}

function readId(cursor: string): number {
  const [id] = decodeCursor(cursor, [(part) => /^\d{1,15}$/.test(part)])
  return Number(id)
}
