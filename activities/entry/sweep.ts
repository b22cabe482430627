/** Sweeps as activities: begin one, work through its pages, hold it when it brings in too many, release it. */
import { occurrenceAt } from '#engine/entry/schedule-instants.ts'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Database } from '#db/client.ts'
import { entriesInLastHour } from '#db/repositories/entry-guard.ts'
import { createLibraryCache, libraryRevision } from '#db/repositories/library.ts'
import {
  commitHeldPage,
  commitPage,
  createSweep,
  findMatches,
  findSweep,
  hasLaterSweep,
  moveSweep,
  readSweepPlan,
  type SweepRow,
} from '#db/repositories/sweeps.ts'
import type { SweepOccasion, SweepProgress } from '../contract.ts'
import { SweepNotHeld } from '../journeys/errors.ts'
import type { Poker } from '../poker.ts'
import type { EntrySchedules } from './schedules.ts'

export interface SweepDependencies {
  db: Database
  poker: Poker
  /** @default a cache of its own */
  libraries?: ReturnType<typeof createLibraryCache>
  /** Pokes a second, so that a sweep does not crowd out what people do meanwhile. @default 500 */
  pokesPerSecond?: number
  /** Leads per transaction. @default 1000 */
  pageSize?: number
  /** Called after each committed page, before its pokes: where fault tests kill the process. */
  afterPage?(sweepId: string, leadIds: readonly string[]): Promise<void>
}

/** Leads found by one evaluation of the segment: ten pages of one query. */
const pagesPerQuery = 10
/** One activity works at most this long; the workflow calls again. */
const longestActivityMs = 60_000
/** A run missed by more than this is not made up for. */
const catchupMs = 24 * 3_600_000
/** Timely, but after what people do. */
const sweepPriority = 4
/** By hand, for many: after everything else. */
const bulkPriority = 5

/** Loads the library at its present revision. */
export async function presentLibrary(db: Database, libraries: ReturnType<typeof createLibraryCache>): Promise<Library> {
  return libraries.get(db, await libraryRevision(db))
}

/**
 * Writes down the sweep a schedule has fired, unless there is nothing to do: the journey is not live any more, the
 * instant is none of the trigger's, it is more than 24 hours past, or a later one was made already: of several missed
 * runs only one is made. A time that comes twice stands for its first instant.
 */
export async function beginSweep(
  { db }: Pick<SweepDependencies, 'db'>,
  occasion: SweepOccasion,
  now: Instant,
): Promise<{ sweepId: string } | null> {
  const plan = await readSweepPlan(db, occasion)
  if (plan?.trigger?.kind !== 'schedule') return null
  const firesAt = occurrenceAt(plan.trigger, occasion.firesAt)
  if (firesAt === null || now - firesAt > catchupMs) return null
  const sweep = { journeyId: occasion.journeyId, triggerId: occasion.triggerId, firesAt, testRunId: null }
  if (await hasLaterSweep(db, sweep)) return null
  return { sweepId: await createSweep(db, sweep) }
}

/** What paces pokes and tells of progress, given by whoever runs the pages. */
export interface SweepRun {
  heartbeat(detail: string): void
  sleep(ms: number): Promise<void>
  now(): number
}

/**
 * Works through pages for up to a minute. Safe to call again after any kill: the cursor moves with each page. Pokes that
 * were not sent are sent by the reconciler.
 */
export async function sweepPages(
  deps: SweepDependencies,
  sweepId: string,
  run: SweepRun,
): Promise<{ progress: SweepProgress; enqueued: number }> {
  const { db, poker, pageSize = 1000, pokesPerSecond = 500, libraries = createLibraryCache() } = deps
  const started = run.now()
  const pace = async (count: number, since: Instant): Promise<void> => {
    const least = (count / pokesPerSecond) * 1000 - (run.now() - since)
    if (least > 0) await run.sleep(least)
  }
  let enqueued = 0
  while (run.now() - started < longestActivityMs) {
    const sweep = await findSweep(db, sweepId)
    if (sweep === null || !isUnderWay(sweep)) return { progress: sweep?.status === 'held' ? 'held' : 'done', enqueued }
    if (sweep.source?.kind === 'held') {
      const pageStarted = run.now()
      const leadIds = await commitHeldPage(db, sweepId, pageSize, sweepPriority)
      if (leadIds === null) {
        await end(db, sweep, 'done')
        return { progress: 'done', enqueued }
      }
      enqueued += leadIds.length
      await deps.afterPage?.(sweepId, leadIds)
      await poker.poke(leadIds, { priority: sweepPriority })
      run.heartbeat(`+${String(enqueued)}`)
      await pace(leadIds.length, pageStarted)
      continue
    }
    const plan = await readSweepPlan(db, sweep)
    if (plan === null) {
      await end(db, sweep, 'cancelled')
      return { progress: 'done', enqueued }
    }
    const library = await presentLibrary(db, libraries)
    const most = sweep.source?.kind === 'rule' ? sweep.source.limit : null
    const wanted = Math.min(pageSize * pagesPerQuery, most === null ? Infinity : most - sweep.matched)
    const found = wanted <= 0 ? [] : await findMatches(db, sweep, sweep.cursor, plan, library, wanted)
    if (found.length === 0) {
      await end(db, sweep, 'done')
      return { progress: 'done', enqueued }
    }
    const priority = plan.trigger === null ? bulkPriority : sweepPriority
    let cursor = sweep.cursor
    for (let start = 0; start < found.length; start += pageSize) {
      const page = found.slice(start, start + pageSize)
      const allowed = await guard(db, sweep, page, plan.settings.entryGuardPerHour)
      if (allowed.length === 0) return { progress: 'held', enqueued }
      const pageStarted = run.now()
      const isOurs = await commitPage(db, { ...sweep, cursor }, allowed, {
        spreadMinutes: sweep.testRunId === null && plan.trigger !== null ? plan.settings.spreadMinutes : 0,
        priority,
      })
      if (!isOurs) return { progress: 'more', enqueued }
      enqueued += allowed.length
      cursor = allowed.at(-1) ?? cursor
      await deps.afterPage?.(sweepId, allowed)
      await poker.poke(allowed, { priority })
      run.heartbeat(`${String(cursor)} +${String(enqueued)}`)
      await pace(allowed.length, pageStarted)
      // The guard let in only some: look again, it holds the sweep now.
      if (allowed.length < page.length) break
    }
  }
  return { progress: 'more', enqueued }
}

function isUnderWay(sweep: SweepRow): boolean {
  return sweep.status === 'running' || sweep.status === 'released'
}

async function end(db: Database, sweep: SweepRow, status: 'done' | 'cancelled'): Promise<void> {
  await db.transaction((tx) => moveSweep(tx, sweep.id, ['running', 'released'], status, null))
}

/** As many of the page as may still enter within the hour; when that is not all, the sweep is held. */
async function guard(
  db: Database,
  sweep: SweepRow,
  page: readonly string[],
  perHour: number,
): Promise<readonly string[]> {
  if (sweep.testRunId !== null || sweep.status === 'released') return page
  const entered = await entriesInLastHour(db, sweep.journeyId, perHour)
  const room = Math.max(0, perHour - entered)
  if (page.length <= room) return page
  if (room > 0) return page.slice(0, room)
  const detail = { reason: 'entry guard', entriesInLastHour: entered, entryGuardPerHour: perHour }
  await db.transaction((tx) => moveSweep(tx, sweep.id, ['running'], 'held', { actor: 'system', detail }))
  return []
}

/**
 * A person agrees that a held sweep brings in the rest.
 *
 * @throws {SweepNotHeld} when it is not held (any more).
 */
export async function releaseSweep(
  { db, schedules }: { db: Database; schedules: EntrySchedules | null },
  { sweepId, actor }: { sweepId: string; actor: string },
): Promise<void> {
  const audit = { actor, detail: {} }
  const isReleased = await db.transaction((tx) => moveSweep(tx, sweepId, ['held'], 'released', audit))
  if (!isReleased) throw new SweepNotHeld(sweepId)
  await schedules?.startSweep(sweepId)
}

/**
 * A person decides that a sweep brings in nobody more.
 *
 * @throws {SweepNotHeld} when it is over already.
 */
export async function cancelSweep(
  { db }: { db: Database },
  { sweepId, actor }: { sweepId: string; actor: string },
): Promise<void> {
  const audit = { actor, detail: {} }
  const isCancelled = await db.transaction((tx) =>
    moveSweep(tx, sweepId, ['running', 'held', 'released'], 'cancelled', audit),
  )
  if (!isCancelled) throw new SweepNotHeld(sweepId)
}

/**
 * Fires a segment trigger for the leads of one test run at a virtual instant, here and now, all at once (no spread). A
 * repeat finds its sweep done. Returns how many leads it enrolled.
 */
export async function fireTrigger(
  deps: SweepDependencies,
  { journeyId, triggerId, at, testRunId }: { journeyId: string; triggerId: string; at: Instant; testRunId: string },
  run: SweepRun,
): Promise<{ enqueued: number }> {
  const sweepId = await createSweep(deps.db, { journeyId, triggerId, firesAt: at, testRunId })
  return runSweep(deps, sweepId, run)
}

/** For who works through a sweep in its own process, outside of Temporal. */
const unattended: SweepRun = { heartbeat: () => {}, sleep: () => Promise.resolve(), now: Date.now }

/** Works through a sweep to its end (or until it is held), here and now, unpaced. */
export async function runSweep(
  deps: SweepDependencies,
  sweepId: string,
  run: SweepRun = unattended,
): Promise<{ enqueued: number }> {
  let enqueued = 0
  for (;;) {
    const result = await sweepPages({ ...deps, pokesPerSecond: Number.POSITIVE_INFINITY }, sweepId, run)
    enqueued += result.enqueued
    if (result.progress !== 'more') return { enqueued }
  }
}
