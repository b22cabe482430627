/** Published versions never change, so what is needed of them to name steps is read once and kept. */
import type { Queryable } from '#db/client.ts'
import { findVersion } from '#db/repositories/journey-reads.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { StepCard } from './contract/journeys.ts'
import { createStepCards } from './step-cards.ts'

/** A version's steps by id. */
interface VersionView {
  cards: ReadonlyMap<string, StepCard>
  /** Step → port → next step. */
  next: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Versions kept; beyond it the ones unused longest are read again when needed. */
const maxVersions = 500

const unknownVersion: VersionView = { cards: new Map(), next: {} }

export interface VersionCache {
  get(journeyId: string, version: number | null): Promise<VersionView>
  /** A step's name; its id when the version does not have it. */
  nameStep(journeyId: string, version: number | null, stepId: string): Promise<{ id: string; name: string }>
}

export function createVersionCache(db: Queryable, registry: StepRegistry): VersionCache {
  const views = new Map<string, Promise<VersionView>>()

  const read = async (journeyId: string, version: number): Promise<VersionView> => {
    const row = await findVersion(db, journeyId, version)
    if (row === null) return unknownVersion
    return {
      cards: new Map(createStepCards(row.graph, registry).map((card) => [card.id, card])),
      next: Object.fromEntries(Object.entries(row.definition.steps).map(([id, step]) => [id, step.next])),
    }
  }

  const get = (journeyId: string, version: number | null): Promise<VersionView> => {
    if (version === null) return Promise.resolve(unknownVersion)
    const key = `${journeyId} ${String(version)}`
    const known = views.get(key)
    const view = known ?? read(journeyId, version)
    // Put last again: the first of the map is the one unused longest.
    views.delete(key)
    views.set(key, view)
    if (known === undefined) {
      view.then(
        (found) => (found === unknownVersion ? views.delete(key) : undefined),
        () => views.delete(key),
      )
      const [oldest] = views.keys()
      if (views.size > maxVersions && oldest !== undefined) views.delete(oldest)
    }
    return view
  }

  return {
    get,
    async nameStep(journeyId, version, stepId) {
      const { cards } = await get(journeyId, version)
      return { id: stepId, name: cards.get(stepId)?.name ?? stepId }
    },
  }
}
