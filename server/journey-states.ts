/** The events of a journey's stream, as they are read. */
import type { Queryable } from '#db/client.ts'
import { actorNames, readJourneyStates, type JourneyState } from '#db/repositories/journey-states.ts'
import { listPresence } from '#db/repositories/presence.ts'
import type { Editor } from './contract/journey-stream.ts'
import { presenceLifetimeMs } from './contract/presence.ts'
import type { JourneyReaders } from './journey-feed.ts'
import { toInstant, toInstantOrNull } from './present.ts'

export function createJourneyReaders(db: Queryable): JourneyReaders {
  // `draft` and `version` come from the same rows: looked up once per look.
  const states = sharedRead((ids: readonly string[]) => readNamedStates(db, ids))
  return {
    draft: async (ids) =>
      new Map(
        (await states(ids)).map(({ id, revision, savedAt, savedBy, nameOf }) => [
          id,
          { revision, savedAt: toInstant(savedAt), savedBy: nameOf(savedBy) },
        ]),
      ),
    version: async (ids) =>
      new Map(
        (await states(ids)).map(({ id, status, liveVersion, publishedAt, publishedBy, nameOf }) => [
          id,
          { status, liveVersion, publishedAt: toInstantOrNull(publishedAt), publishedBy: nameOf(publishedBy) },
        ]),
      ),
    presence: async (ids) => {
      const editors = await readEditors(db, ids)
      return new Map(ids.map((id) => [id, { editors: editors.get(id) ?? [] }]))
    },
  }
}

/** Everybody who has one of the journeys open, by journey id. */
export async function readEditors(db: Queryable, journeyIds: readonly string[]): Promise<Map<string, Editor[]>> {
  const rows = await listPresence(db, journeyIds, presenceLifetimeMs)
  const byJourney = Map.groupBy(rows, ({ journeyId }) => journeyId)
  const present = ({ tab, actor, name, stepId, mode, since }: (typeof rows)[number]): Editor => ({
    tab,
    actor,
    name,
    step: stepId,
    mode,
    since: toInstant(since),
  })
  return new Map([...byJourney].map(([id, list]) => [id, list.map(present)]))
}

type NamedState = JourneyState & { nameOf: (actor: string | null) => { actor: string; name: string } | null }

async function readNamedStates(db: Queryable, ids: readonly string[]): Promise<NamedState[]> {
  const states = await readJourneyStates(db, ids)
  const actors = states.flatMap(({ savedBy, publishedBy }) => [savedBy, publishedBy]).filter((actor) => actor !== null)
  const names = await actorNames(db, actors)
  const nameOf = (actor: string | null) => (actor === null ? null : { actor, name: names.get(actor) ?? actor })
  return states.map((state) => ({ ...state, nameOf }))
}

/** Two that ask at the same moment get one answer. */
function sharedRead<Result>(read: (ids: readonly string[]) => Promise<Result>) {
  let open: Promise<Result> | null = null
  return (ids: readonly string[]): Promise<Result> => {
    open ??= read(ids).finally(() => (open = null))
    return open
  }
}
