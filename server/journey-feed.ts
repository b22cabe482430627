/** What changes about journeys that somebody has open, read by one poller per process for all of them. */
import type { Logger } from 'pino'
import type { JourneyEvent, JourneyEventName } from './contract/journey-stream.ts'
import { describe } from './middleware/problem-details.ts'

/** Shortest time between two looks. A look that takes long is followed by a longer pause: at most a tenth of the time is spent looking. */
const intervalMs = 1000

/** Reads one kind of event for many journeys at once, by journey id. What differs from before is told. */
type Reader<Name extends JourneyEventName> = (
  journeyIds: readonly string[],
) => Promise<ReadonlyMap<string, JourneyEvent<Name>>>
/** One reader per event of the contract. */
export type JourneyReaders = { [Name in JourneyEventName]: Reader<Name> }

interface JourneyWatcher {
  /** @param data the whole state as JSON. */
  onEvent(name: JourneyEventName, data: string): void
  /** The process stops; no more will come. */
  onEnd(): void
}

export interface JourneyFeed {
  /** Tells each state that differs from the one before, first the present ones. Returns how to stop. */
  watch(journeyId: string, watcher: JourneyWatcher): () => void
}

/** One journey that is watched: its watchers, and what they were told last. */
interface Watched {
  watchers: Set<JourneyWatcher>
  told: Map<JourneyEventName, string>
}

/** Looks only while somebody watches. A reader that fails is logged once and asked again; the others go on. */
export function createJourneyFeed(
  readers: JourneyReaders,
  { logger, stopping }: { logger: Logger; stopping?: AbortSignal | undefined },
): JourneyFeed {
  const watched = new Map<string, Watched>()
  const failing = new Set<string>()
  let timer: NodeJS.Timeout | null = null

  const read = async <Name extends JourneyEventName>(name: Name, reader: Reader<Name>): Promise<void> => {
    try {
      const states = await reader([...watched.keys()])
      for (const [journeyId, state] of states) tell(journeyId, name, JSON.stringify(state))
      failing.delete(name)
    } catch (error) {
      if (!failing.has(name)) logger.warn({ err: describe(error), event: name }, 'cannot read the state of journeys')
      failing.add(name)
    }
  }

  const tell = (journeyId: string, name: JourneyEventName, data: string): void => {
    const journey = watched.get(journeyId)
    if (journey === undefined || journey.told.get(name) === data) return
    journey.told.set(name, data)
    for (const watcher of journey.watchers) watcher.onEvent(name, data)
  }

  const look = async (): Promise<void> => {
    const startedAt = performance.now()
    const names = Object.keys(readers) as JourneyEventName[]
    await Promise.all(names.map((name) => read(name, readers[name] as Reader<typeof name>)))
    if (watched.size === 0) {
      timer = null
      return
    }
    const tookMs = performance.now() - startedAt
    timer = setTimeout(() => void look(), Math.max(intervalMs - tookMs, tookMs * 9))
  }

  stopping?.addEventListener('abort', () => {
    for (const { watchers } of watched.values()) for (const watcher of watchers) watcher.onEnd()
    watched.clear()
  })

  return {
    watch(journeyId, watcher) {
      const journey = watched.get(journeyId) ?? { watchers: new Set(), told: new Map() }
      watched.set(journeyId, journey)
      journey.watchers.add(watcher)
      for (const [name, data] of journey.told) watcher.onEvent(name, data)
      timer ??= setTimeout(() => void look(), 0)
      return () => {
        journey.watchers.delete(watcher)
        // Nobody keeps it fresh any more; the next watcher starts from a new look.
        if (journey.watchers.size === 0 && watched.get(journeyId) === journey) watched.delete(journeyId)
      }
    },
  }
}
