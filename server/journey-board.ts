/** What the list of journeys shows: pictures, trends, problems, and who edited what. */
import { compileWithMessages, readCompileGround, type CompileGround } from '#activities/journeys/compile-journey.ts'
import type { Database } from '#db/client.ts'
import { actorNames, readJourneyStates } from '#db/repositories/journey-states.ts'
import {
  countByStep,
  countTestsBeside,
  findVersion,
  listJourneyRows,
  type JourneyRow,
} from '#db/repositories/journey-reads.ts'
import { emptyTrend, readJourneyTrends, type JourneyTrend } from '#db/repositories/journey-trends.ts'
import { stepLooks } from '#engine/drawing/look.ts'
import { pageColours, renderPicture } from '#engine/drawing/picture.ts'
import { canonicalJson } from '#engine/definition/canonical.ts'
import { entryType } from '#engine/graph/document.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { BoardEntry } from './contract/journey-files.ts'
import { toInstant } from './present.ts'

const trendDays = 30
const trendMaxAgeMs = 60_000

/** What is worked out for a draft holds until the draft or what it refers to changes. */
interface DraftView {
  revision: number
  libraryRevision: string
  picture: string
  problems: BoardEntry['problems']
  /** For comparing with the live version. */
  canonical: string
}

export interface JourneyBoard {
  read(): Promise<BoardEntry[]>
}

export function createJourneyBoard(deps: { db: Database; registry: StepRegistry; now: () => number }): JourneyBoard {
  const { db, registry, now } = deps
  const looks = stepLooks(registry)
  const drafts = new Map<string, DraftView>()
  /** `<journey> <version>` → the version's graph, canonical. Versions never change. */
  const versions = new Map<string, string>()
  let trends: { at: number; value: Promise<Map<string, JourneyTrend>> } | null = null

  return {
    async read() {
      const rows = await listJourneyRows(db)
      const ids = rows.map(({ journey }) => journey.id)
      const [trendOf, states, counts, tests, ground] = await Promise.all([
        readTrends(),
        readJourneyStates(db, ids),
        countByStep(db, ids),
        countTestsBeside(db, ids),
        readCompileGround(db),
      ])
      const stateOf = new Map(states.map((state) => [state.id, state]))
      const names = await actorNames(
        db,
        states.flatMap(({ savedBy }) => savedBy ?? []),
      )
      const countOf = Map.groupBy(counts, ({ journeyId }) => journeyId)
      const items: BoardEntry[] = []
      // One after the other: compiling is work of this process, and hundreds at once would hold everything else up.
      for (const { journey } of rows) {
        const state = stateOf.get(journey.id)
        const trend = trendOf.get(journey.id) ?? emptyTrend(trendDays)
        const view = await viewOf(journey, ground)
        const here = countOf.get(journey.id) ?? []
        const sum = (list: typeof here) => list.reduce((total, { count }) => total + count, 0)
        items.push({
          id: journey.id,
          key: journey.key,
          name: journey.name,
          description: journey.description,
          status: journey.status,
          liveVersion: journey.liveVersion,
          hasDraftChanges: (await liveCanonical(journey)) !== view.canonical,
          tags: journey.tags,
          picture: view.picture,
          steps: journey.draftGraph.nodes.length,
          here: sum(here),
          parked: sum(here.filter(({ status }) => status === 'parked')),
          tests: tests.get(journey.id) ?? 0,
          entryStep: journey.draftGraph.nodes.find(({ type }) => type === entryType)?.id ?? null,
          entered: trend.entered,
          goalRate: rateOf(trend.recent),
          goalRateBefore: rateOf(trend.before),
          hasGoal: hasGoal(journey),
          problems: view.problems,
          editedAt: toInstant(state?.savedAt ?? journey.updatedAt),
          editedBy: state?.savedBy === null || state === undefined ? null : (names.get(state.savedBy) ?? state.savedBy),
        })
      }
      return items
    },
  }

  function readTrends(): Promise<Map<string, JourneyTrend>> {
    if (trends !== null && now() - trends.at < trendMaxAgeMs) return trends.value
    const value = readJourneyTrends(db, { now: now(), days: trendDays })
    trends = { at: now(), value }
    value.catch(() => (trends = null))
    return value
  }

  async function viewOf(journey: JourneyRow, ground: CompileGround): Promise<DraftView> {
    const known = drafts.get(journey.id)
    if (known?.revision === journey.draftRevision && known.libraryRevision === ground.revision) return known
    const { issues } = await compileWithMessages(journey.draftGraph, { ...ground, registry })
    const document = { graph: journey.draftGraph, layout: journey.draftLayout }
    const view: DraftView = {
      revision: journey.draftRevision,
      libraryRevision: ground.revision,
      picture: renderPicture(document, looks, { detail: 'thumbnail', colours: pageColours, title: journey.name }),
      problems: {
        errors: issues.filter(({ severity }) => severity === 'error').length,
        warnings: issues.filter(({ severity }) => severity === 'warning').length,
      },
      canonical: canonicalJson(journey.draftGraph),
    }
    drafts.set(journey.id, view)
    return view
  }

  async function liveCanonical({ id, liveVersion }: JourneyRow): Promise<string | null> {
    if (liveVersion === null) return null
    const key = `${id} ${String(liveVersion)}`
    const known = versions.get(key)
    if (known !== undefined) return known
    const version = await findVersion(db, id, liveVersion)
    const canonical = canonicalJson(version?.graph ?? null)
    versions.set(key, canonical)
    return canonical
  }
}

function rateOf({ entered, goalMet }: JourneyTrend['recent']): number | null {
  return entered === 0 ? null : goalMet / entered
}

function hasGoal({ draftGraph }: JourneyRow): boolean {
  return draftGraph.settings.goal !== undefined || draftGraph.nodes.some(({ type }) => type === 'goal')
}
