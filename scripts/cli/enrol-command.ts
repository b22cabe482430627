import type { Command } from 'commander'
import { enrollMatching } from '#activities/enrollments/enroll-matching.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { EntryGuardExceeded } from '#activities/journeys/errors.ts'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { newId } from '#db/ids.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { addCommand, CommandError, exitCodes, wholeNumber, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'
import { requireLead } from './lead-commands.ts'

interface EnrolOptions extends GlobalOptions {
  lead?: string
  segment?: string
  testRun?: string
  limit?: number
  key?: string
  yes?: boolean
}

/** `trellis enrol JOURNEY --lead LEAD` or `--segment KEY`. */
export function addEnrolCommand(program: Command): void {
  addCommand<EnrolOptions>(
    program,
    'enrol <journey>',
    "Put a lead, or a segment's leads, into a journey; its entry rule and re-enrollment policy decide",
    (command) =>
      command
        .option('--lead <lead>', 'an id, an address or an external id')
        .option('--segment <key>', 'everybody in this segment')
        .option('--test-run <id>', "with --segment: this test run's leads instead of real ones")
        .option('--limit <number>', 'with --segment: at most', wholeNumber)
        .option('--yes', 'with --segment: also when that is more than the journey lets in within an hour')
        .option('--key <text>', 'names this enrolment: repeated with the same key it enrols nobody twice'),
    ([journey = ''], options) =>
      withInstance(async ({ database: { db }, poker, temporal }) => {
        const { actor, lead, segment, testRun, limit } = options
        const entryKey = `cli:${options.key ?? newId()}`
        if ((lead === undefined) === (segment === undefined)) {
          throw new CommandError('Say who: either --lead or --segment.', { code: 'USAGE', exitCode: exitCodes.usage })
        }
        if (segment !== undefined) {
          const schedules = temporal === null ? null : createEntrySchedules(temporal, { db })
          const { sweepId, matching, requested, held } = await enrollMatching(
            { db, poker, schedules },
            {
              journey,
              rule: { kind: 'in_segment', segment },
              entryKey,
              actor,
              testRunId: testRun ?? null,
              aboveGuard: options.yes === true ? 'enrol' : 'refuse',
              ...(limit === undefined ? {} : { limit }),
            },
          ).catch((error: unknown) => {
            if (!(error instanceof EntryGuardExceeded)) throw error
            const message = `${error.message} Say --yes if all of them are meant.`
            throw new CommandError(message, { code: error.code, cause: error })
          })
          return {
            data: { journey, segment, sweepId, matching, requested, held, entryKey },
            text: held
              ? `The enrolment is held: trellis sweeps release '${sweepId}'`
              : `${String(matching)} leads are asked into "${journey}".`,
          }
        }
        const found = await findJourney(db, journey)
        if (found === null) throw new CommandError(`There is no journey "${journey}".`, { code: 'JOURNEY_NOT_FOUND' })
        const leadId = await requireLead(db, lead ?? '')
        const result = await requestEnrollment(
          { db, poker },
          { journeyId: found.id, lead: { id: leadId }, entryKey, actor },
        )
        if (!result.done) throw new CommandError(result.message, { code: result.code })
        return { data: { journey, leadId, entryKey }, text: `Lead ${leadId} was asked into "${journey}".` }
      }),
  )
}
