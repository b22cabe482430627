/** The safety net: leads and sweeps that lost what should have moved them are moved. Every rescue is counted and logged. */
import type { Database } from '#db/client.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { findOverdueLeads, pruneConsumedInputs, takeStalePokes, takeStuckSweeps } from '#db/repositories/reconcile.ts'
import { takeForgottenEffects } from '#db/repositories/open-effects.ts'
import { takeStuckMoves } from '#db/repositories/journey-moves.ts'
import { findOverduePublications } from '#db/repositories/publications.ts'
import { tellResting } from '../segments/tell-resting.ts'
import { judgeClicks } from '../links/judge-clicks.ts'
import type { Poker } from '../poker.ts'
import type { EntrySchedules } from './schedules.ts'

export interface ReconcileDependencies {
  db: Database
  poker: Poker
  schedules: EntrySchedules
  /** Called when something had to be rescued: a metric and a warning. */
  onRescue?: (counts: { pokes: number; overdue: number; sweeps: number }) => void
}

const batchSize = 1000
/** Old inputs deleted per run: 10,000 every 30 s keeps up with 28 million a day. */
const pruneSize = 10_000
/** Batches of overdue leads in one run; the next run goes on from the start, where those rescued are gone. */
const mostBatches = 20

/**
 * Re-pokes leads whose poke is older than 30 s, those overdue by 5 min and those whose effect was forgotten, and restarts sweeps that stand still. Never
 * lists executions: what should move is known from the database alone.
 */
export async function reconcile(
  { db, poker, schedules, onRescue }: ReconcileDependencies,
  heartbeat: () => void = () => {},
): Promise<{ pokes: number; overdue: number; sweeps: number }> {
  const counts = { pokes: 0, overdue: 0, sweeps: 0 }
  for (let batch = 0; batch < mostBatches; batch += 1) {
    const stale = await takeStalePokes(db, batchSize)
    for (const priority of new Set(stale.map((poke) => poke.priority))) {
      const leadIds = stale.filter((poke) => poke.priority === priority).map((poke) => poke.leadId)
      await poker.poke(leadIds, { priority })
    }
    counts.pokes += stale.length
    heartbeat()
    if (stale.length < batchSize) break
  }
  let after: Awaited<ReturnType<typeof findOverdueLeads>>['next'] = null
  for (let batch = 0; batch < mostBatches; batch += 1) {
    const found = await findOverdueLeads(db, after, batchSize)
    await poker.poke(found.leadIds, { priority: 4 })
    counts.overdue += found.leadIds.length
    heartbeat()
    after = found.next
    if (after === null) break
  }
  for (let batch = 0; batch < mostBatches; batch += 1) {
    const leadIds = await takeForgottenEffects(db, batchSize)
    await poker.poke(leadIds, { priority: 4 })
    counts.overdue += leadIds.length
    heartbeat()
    if (leadIds.length === 0) break
  }
  for (const sweepId of await takeStuckSweeps(db)) {
    await schedules.startSweep(sweepId)
    counts.sweeps += 1
  }
  for (const moveId of await takeStuckMoves(db)) {
    await schedules.startMove(moveId)
    counts.sweeps += 1
  }
  for (const { id, publishAt } of await findOverduePublications(db)) {
    await schedules.startPublication(id, publishAt.getTime())
    counts.sweeps += 1
  }
  // Not a rescue: whom the save of a segment left to be told.
  await tellResting({ db, poker }, { pages: mostBatches, heartbeat })
  // Clicks that a stopped web server left unjudged.
  await judgeClicks({ db, poker, library: () => readLibrary(db) }, Date.now())
  await pruneConsumedInputs(db, pruneSize)
  if (counts.pokes + counts.overdue + counts.sweeps > 0) onRescue?.(counts)
  return counts
}
