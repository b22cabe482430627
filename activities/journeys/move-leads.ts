/** Carries out what a publish decided for leads in flight: tells them page by page, and waits until each has answered. */
import {
  countResults,
  findMove,
  finishMove,
  settleAnswers,
  stopMove,
  tellMovePage,
  movePriority,
} from '#db/repositories/journey-moves.ts'
import { auditJourney } from '#db/repositories/journeys.ts'
import { policyRecord } from '#engine/publishing/policies.ts'
import type { Database } from '#db/client.ts'
import { transact } from '#db/transact.ts'
import type { MoveProgress } from '../contract.ts'
import type { SweepRun } from '../entry/sweep.ts'
import type { Poker } from '../poker.ts'
import { MoveNotRunning } from './errors.ts'

export interface MoveDependencies {
  db: Database
  poker: Poker
  /** Leads told per second, so that a big move does not crowd out what people do meanwhile. @default 500 */
  pokesPerSecond?: number
  /** Leads per transaction. @default 500 */
  movePageSize?: number
  /** Called after each committed page: where fault tests kill the process. */
  afterMovePage?(moveId: string): Promise<void>
}

/** One call of the activity works this long at most. */
const longestMs = 60_000

/**
 * Tells leads for up to a minute, then takes in their answers. Safe to call again after any kill: who has been told is
 * written with the telling. Pokes that were not sent are sent by the reconciler.
 */
export async function moveLeads(deps: MoveDependencies, moveId: string, run: SweepRun): Promise<MoveProgress> {
  const { db, poker, pokesPerSecond = 500, movePageSize = 500 } = deps
  const started = run.now()
  for (;;) {
    const pageStarted = run.now()
    const leadIds = await tellMovePage(db, moveId, movePageSize)
    if (leadIds === null) break
    await deps.afterMovePage?.(moveId)
    await poker.poke(leadIds, { priority: movePriority })
    run.heartbeat(`+${String(leadIds.length)}`)
    if (run.now() - started > longestMs) return 'more'
    const least = (leadIds.length / pokesPerSecond) * 1000 - (run.now() - pageStarted)
    if (least > 0) await run.sleep(least)
  }
  if ((await settleAnswers(db, moveId)) > 0) return 'waiting'
  await finish(db, moveId)
  return 'done'
}

/** Ends it, and writes down what became of whom. */
async function finish(db: Database, moveId: string): Promise<void> {
  await transact(db, async (tx) => {
    const move = await findMove(tx, moveId)
    if (move === null || !(await finishMove(tx, moveId))) return
    const results = await countResults(tx, [moveId])
    const outcome = move.policies.map((policy, index) =>
      policyRecord(policy, {
        counted: move.counted[index] ?? 0,
        ...Object.fromEntries(
          results.filter((row) => row.policy === index).map(({ result, count }) => [result ?? 'open', count]),
        ),
      }),
    )
    await auditJourney(tx, {
      actor: move.requestedBy,
      action: move.status === 'stopping' ? 'move_cancelled' : 'move_done',
      journeyId: move.journeyId,
      before: { moveId, counted: move.counted.reduce((sum, count) => sum + count, 0) },
      after: { moveId, version: move.version, outcome },
    })
  })
}

/**
 * A person stops a move: who has not been told stays where it is; who has been told answers.
 *
 * @throws {MoveNotRunning} when it is over.
 */
export async function cancelMove(
  { db }: { db: Database },
  { journeyId, moveId, actor }: { journeyId: string; moveId: string; actor: string },
): Promise<void> {
  await transact(db, async (tx) => {
    const move = await findMove(tx, moveId)
    if (move?.journeyId !== journeyId || !(await stopMove(tx, moveId))) throw new MoveNotRunning(moveId)
    await auditJourney(tx, { actor, action: 'move_stopped', journeyId, after: { moveId, version: move.version } })
  })
}
