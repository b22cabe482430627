import type { Queryable } from '#db/client.ts'
import {
  countByStep,
  countByVersion,
  countEnrollments,
  countPassed,
  findJourney,
  findVersion,
  listJourneyRows,
  listVersions,
  type JourneyRow,
} from '#db/repositories/journey-reads.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import {
  getJourney,
  listJourneys,
  listJourneyVersions,
  type JourneySummary,
  type JourneyTotals,
} from '../contract/journeys.ts'
import { toStepCounts } from '../live-feed.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { createStepCards } from '../step-cards.ts'

/** Counting passages reads an index that grows without end; answers younger than this are shared. */
const passedMaxAgeMs = 10_000

export function journeyRoutes(deps: { db: Queryable; registry: StepRegistry; now: () => number }): Implementation[] {
  const { db, registry, now } = deps
  const passedOf = new Map<string, { at: number; counts: Promise<Map<string, number>> }>()
  const readPassed = (journeyId: string): Promise<Map<string, number>> => {
    const known = passedOf.get(journeyId)
    if (known !== undefined && now() - known.at <= passedMaxAgeMs) return known.counts
    const counts = countPassed(db, journeyId)
    passedOf.set(journeyId, { at: now(), counts })
    counts.catch(() => passedOf.delete(journeyId))
    return counts
  }
  return [
    implement(listJourneys, async () => {
      const [rows, totals] = await Promise.all([listJourneyRows(db), readTotals(db)])
      return ok({
        items: rows.map(({ journey, publishedAt }) => presentJourney(journey, publishedAt, totals.get(journey.id))),
      })
    }),

    implement(getJourney, async ({ params, query }) => {
      const journey = await requireJourney(db, params.journey)
      const shown = query.version ?? journey.liveVersion ?? 'draft'
      const version = shown === 'draft' ? null : await findVersion(db, journey.id, shown)
      if (shown !== 'draft' && version === null) {
        throw new HttpProblem('JOURNEY_NOT_FOUND', `The journey "${journey.key}" has no version ${String(shown)}.`)
      }
      const [totals, passed, counts, live] = await Promise.all([
        readTotals(db),
        readPassed(journey.id),
        countByStep(db, [journey.id]),
        journey.liveVersion === null ? null : findVersion(db, journey.id, journey.liveVersion),
      ])
      const graph = version?.graph ?? journey.draftGraph
      return ok({
        ...presentJourney(journey, live?.publishedAt ?? null, totals.get(journey.id)),
        shown,
        graph,
        layout: version?.layout ?? journey.draftLayout,
        cards: createStepCards(graph, registry),
        counts: toStepCounts(counts),
        passed: Object.fromEntries(passed),
      })
    }),

    implement(listJourneyVersions, async ({ params }) => {
      const journey = await requireJourney(db, params.journey)
      const [versions, here] = await Promise.all([listVersions(db, journey.id), countByVersion(db, journey.id)])
      return ok({
        items: versions.map(({ publishedAt, ...version }) => ({
          ...version,
          publishedAt: toInstant(publishedAt),
          isLive: version.version === journey.liveVersion,
          here: here.get(version.version) ?? 0,
        })),
      })
    }),
  ]
}

/** @throws {HttpProblem} JOURNEY_NOT_FOUND */
export async function requireJourney(db: Queryable, keyOrId: string): Promise<JourneyRow> {
  const journey = await findJourney(db, keyOrId)
  if (journey === null) throw new HttpProblem('JOURNEY_NOT_FOUND', `There is no journey "${keyOrId}".`)
  return journey
}

function presentJourney(
  journey: JourneyRow,
  publishedAt: Date | null,
  totals: JourneyTotals = noTotals(),
): JourneySummary {
  const { id, key, name, description, status, liveVersion, updatedAt } = journey
  return {
    id,
    key,
    name,
    description,
    status,
    liveVersion,
    publishedAt: toInstantOrNull(publishedAt),
    totals,
    updatedAt: toInstant(updatedAt),
  }
}

function noTotals(): JourneyTotals {
  return { active: 0, paused: 0, parked: 0, completed: 0, exited: 0, goalMet: 0 }
}

async function readTotals(db: Queryable): Promise<Map<string, JourneyTotals>> {
  const totals = new Map<string, JourneyTotals>()
  for (const { journeyId, status, goalMet, count } of await countEnrollments(db)) {
    const sum = totals.get(journeyId) ?? noTotals()
    sum[status] += count
    if (goalMet) sum.goalMet += count
    totals.set(journeyId, sum)
  }
  return totals
}
