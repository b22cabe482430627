/** What changes from second to second, read by one poller for all who watch. */
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Queryable } from '#db/client.ts'
import { countByStep, listJourneyRows } from '#db/repositories/journey-reads.ts'
import { listDeliveryRows } from '#db/repositories/delivery-reads.ts'
import { countOpenTasks, lastTaskChange } from '#db/repositories/task-reads.ts'
import { readThroughput } from '#db/repositories/throughput-reads.ts'
import type { Library } from '#engine/library.ts'
import type { Live, JourneyCounts } from './contract/status.ts'
import { describe } from './middleware/problem-details.ts'
import { presentDelivery } from './routes/deliveries.ts'
import type { VersionCache } from './version-cache.ts'

/** Shortest time between two looks. A look that takes long is followed by a longer pause: at most a tenth of the time is spent looking. */
const intervalMs = 1000
const deliveriesShown = 20

interface LiveWatcher {
  /** @param id the same for the same state, in any process; @param data the state as JSON, written once for all. */
  onLive(data: string, id: string): void
  /** The process stops; no more will come. */
  onEnd(): void
}

export interface LiveFeed {
  /** Tells each state that differs from the one before, first the present one. Returns how to stop. */
  watch(watcher: LiveWatcher): () => void
}

export interface LiveFeedOptions {
  db: Queryable
  versions: VersionCache
  library: () => Promise<Library>
  logger: Logger
  now: () => number
  /** Of the catalogue of steps. */
  stepsRevision: () => string
  stopping?: AbortSignal | undefined
}

/** Looks only while somebody watches. A failed look is logged once and repeated. */
export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { db, versions, library, logger, now, stepsRevision, stopping } = options
  const watchers = new Set<LiveWatcher>()
  let latest: { data: string; id: string } | null = null
  let timer: NodeJS.Timeout | null = null
  let failing = false

  const look = async (): Promise<void> => {
    const startedAt = performance.now()
    try {
      const live = { ...(await readLive(db, versions, await library(), now())), stepsRevision: stepsRevision() }
      const { now: _now, ...state } = live
      const id = createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 16)
      if (id !== latest?.id) {
        latest = { data: JSON.stringify(live), id }
        for (const watcher of watchers) watcher.onLive(latest.data, id)
      }
      failing = false
    } catch (error) {
      if (!failing) logger.warn({ err: describe(error) }, 'cannot read live counts')
      failing = true
    }
    if (watchers.size === 0) {
      timer = null
      // Nobody keeps it fresh any more; the next watcher starts from a new look.
      latest = null
      return
    }
    const tookMs = performance.now() - startedAt
    timer = setTimeout(() => void look(), Math.max(intervalMs - tookMs, tookMs * 9))
  }

  stopping?.addEventListener('abort', () => {
    for (const watcher of watchers) watcher.onEnd()
    watchers.clear()
  })

  return {
    watch(watcher) {
      watchers.add(watcher)
      if (latest !== null) watcher.onLive(latest.data, latest.id)
      timer ??= setTimeout(() => void look(), 0)
      return () => watchers.delete(watcher)
    },
  }
}

async function readLive(
  db: Queryable,
  versions: VersionCache,
  library: Library,
  at: number,
): Promise<Omit<Live, 'stepsRevision'>> {
  const [journeys, deliveries, openTasks, tasksChangedAt, throughput] = await Promise.all([
    readJourneyCounts(db),
    listDeliveryRows(db, { limit: deliveriesShown, cursor: null }),
    countOpenTasks(db),
    lastTaskChange(db),
    readThroughput(db),
  ])
  return {
    now: new Date(at).toISOString(),
    journeys,
    deliveries: await Promise.all(deliveries.map((row) => presentDelivery(row, versions, library))),
    openTasks,
    tasksChangedAt: tasksChangedAt?.toISOString() ?? null,
    throughput,
  }
}

/** Leads per step of every journey that is not archived; journeys without leads are there, too. */
export async function readJourneyCounts(db: Queryable): Promise<JourneyCounts[]> {
  const journeys = (await listJourneyRows(db))
    .map(({ journey }) => journey)
    .filter(({ status }) => status !== 'archived')
  const counts = await countByStep(
    db,
    journeys.map(({ id }) => id),
  )
  const byJourney = Map.groupBy(counts, ({ journeyId }) => journeyId)
  return journeys.map(({ id, key }) => {
    const rows = byJourney.get(id) ?? []
    const sum = (status: string) => rows.reduce((total, row) => total + (row.status === status ? row.count : 0), 0)
    return {
      journeyId: id,
      key,
      active: sum('active'),
      paused: sum('paused'),
      parked: sum('parked'),
      steps: toStepCounts(rows),
    }
  })
}

/** Counts per step and status, as the contract shows them. `here` is all of them. */
export function toStepCounts(rows: readonly { stepId: string; status: string; count: number }[]) {
  return [...Map.groupBy(rows, ({ stepId }) => stepId)].map(([stepId, list]) => {
    const of = (status: string) => list.find((row) => row.status === status)?.count ?? 0
    return {
      stepId,
      here: list.reduce((total, row) => total + row.count, 0),
      paused: of('paused'),
      parked: of('parked'),
    }
  })
}
