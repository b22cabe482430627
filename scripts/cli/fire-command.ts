import type { Command } from 'commander'
import { sql } from 'drizzle-orm'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { fireTrigger } from '#activities/entry/sweep.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { createSweep } from '#db/repositories/sweeps.ts'
import { findTestRun } from '#db/repositories/test-runs.ts'
import { readLiveTriggers } from '#db/repositories/triggers.ts'
import { addCommand, CommandError, exitCodes, type CommandResult, type GlobalOptions } from './command.ts'
import { requireTemporal, withInstance, type Instance } from './instance.ts'

interface FireOptions extends GlobalOptions {
  trigger?: string
  at?: string
  testRun?: string
}

/** `trellis fire JOURNEY`: a schedule trigger by hand. */
export function addFireCommand(program: Command): void {
  addCommand<FireOptions>(
    program,
    'fire <journey>',
    "Fire a journey's schedule by hand: now for real leads, or at a virtual instant for a test run",
    (command) =>
      command
        .option('--trigger <id>', 'which one, when it has several')
        .option('--test-run <id>', "this run's leads instead of real ones")
        .option('--at <instant>', 'with --test-run: the virtual instant, ISO 8601'),
    ([key = ''], options) => withInstance((instance) => fire(instance, key, options)),
  )
}

async function fire(instance: Instance, key: string, options: FireOptions): Promise<CommandResult> {
  const { db } = instance.database
  const { journeyId, triggerId } = await findSchedule(instance, key, options.trigger)
  if (options.testRun === undefined) {
    const schedules = createEntrySchedules(requireTemporal(instance), { db })
    const firesAt = Date.now()
    const sweepId = await createSweep(db, { journeyId, triggerId, firesAt, testRunId: null })
    await schedules.startSweep(sweepId)
    const instant = new Date(firesAt).toISOString()
    return { data: { journey: key, triggerId, firesAt: instant, sweepId }, text: `"${key}" fires for ${instant}.` }
  }
  const at = await instantOfRun(instance, options.testRun, options.at)
  const { enqueued } = await fireTrigger(
    { db, poker: instance.poker },
    { journeyId, triggerId, at, testRunId: options.testRun },
    { heartbeat: () => undefined, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), now: Date.now },
  )
  const instant = new Date(at).toISOString()
  const data = { journey: key, triggerId, firesAt: instant, entered: enqueued }
  return { data, text: `"${key}" fired for ${instant}: ${String(enqueued)} test leads.` }
}

async function findSchedule({ database: { db } }: Instance, key: string, wanted: string | undefined) {
  const journey = await findJourney(db, key)
  if (journey === null) throw new CommandError(`There is no journey "${key}".`, { code: 'JOURNEY_NOT_FOUND' })
  const live = await readLiveTriggers(
    db,
    sql`jt.journey_id = ${journey.id} and jt.kind in ('schedule', 'segment_entered')`,
  )
  const fitting = live.filter(({ triggerId }) => wanted === undefined || triggerId === wanted)
  const [found] = fitting
  if (found !== undefined && fitting.length === 1) return { journeyId: journey.id, triggerId: found.triggerId }
  const ids = live.map(({ triggerId }) => triggerId).join(', ') || 'none'
  const what = fitting.length > 1 ? 'several schedules' : 'no such live schedule'
  throw new CommandError(`Journey "${key}" has ${what} (${ids}); name one with --trigger.`, {
    code: 'TRIGGER_NOT_FOUND',
  })
}

async function instantOfRun({ database }: Instance, id: string, at: string | undefined): Promise<number> {
  if ((await findTestRun(database.db, id)) === null) {
    throw new CommandError(`There is no test run "${id}".`, { code: 'TEST_RUN_NOT_FOUND' })
  }
  const instant = at === undefined ? Number.NaN : Date.parse(at)
  if (!Number.isNaN(instant)) return instant
  const message = 'Say at which virtual instant, for example --at 2026-10-02T08:00:00Z.'
  throw new CommandError(message, { code: 'USAGE', exitCode: exitCodes.usage })
}
