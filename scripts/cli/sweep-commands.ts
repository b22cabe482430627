import type { Command } from 'commander'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { cancelSweep, releaseSweep } from '#activities/entry/sweep.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { listSweeps } from '#db/repositories/sweeps.ts'
import { addCommand, CommandError, table } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis sweeps …`: many leads on their way into a journey at once; those the entry guard holds wait for a person. */
export function addSweepCommands(program: Command): void {
  const sweeps = program.command('sweeps').description('Many leads entering a journey at once, and those held back')
  addCommand(
    sweeps,
    'list <journey>',
    'The latest sweeps of a journey and how they stand',
    (command) => command,
    ([key = '']) =>
      withInstance(async ({ database: { db } }) => {
        const journey = await findJourney(db, key)
        if (journey === null) throw new CommandError(`There is no journey "${key}".`, { code: 'JOURNEY_NOT_FOUND' })
        const data = (await listSweeps(db, journey.id)).map((sweep) => ({
          id: sweep.id,
          trigger: sweep.triggerId,
          status: sweep.status,
          firesAt: sweep.firesAt.toISOString(),
          matched: sweep.matched,
          enqueued: sweep.enqueued,
        }))
        const rows = data.map((one) => [one.status, one.firesAt, String(one.matched), String(one.enqueued), one.id])
        return { data, text: table([['STATUS', 'AT', 'FOUND', 'LET IN', 'ID'], ...rows]) }
      }),
  )
  addCommand(
    sweeps,
    'release <id>',
    'Let in what the entry guard held',
    (command) => command,
    ([sweepId = ''], { actor }) =>
      withInstance(async ({ database: { db }, temporal }) => {
        const schedules = temporal === null ? null : createEntrySchedules(temporal, { db })
        await releaseSweep({ db, schedules }, { sweepId, actor })
        return { data: { sweepId, status: 'released' }, text: 'Released.' }
      }),
  )
  addCommand(
    sweeps,
    'cancel <id>',
    'Nobody more enters by this sweep',
    (command) => command,
    ([sweepId = ''], { actor }) =>
      withInstance(async ({ database: { db } }) => {
        await cancelSweep({ db }, { sweepId, actor })
        return { data: { sweepId, status: 'cancelled' }, text: 'Cancelled.' }
      }),
  )
}
