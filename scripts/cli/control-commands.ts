import type { Command } from 'commander'
import { and, inArray } from 'drizzle-orm'
import { completeTask } from '#activities/controls/complete-task.ts'
import { findEnrollments, requestControl, type ControlRequest } from '#activities/controls/request-control.ts'
import type { Database } from '#db/client.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { listTaskRows } from '#db/repositories/task-reads.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { addCommand, CommandError, exitCodes, table, wholeNumber, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'
import { requireLead } from './lead-commands.ts'

interface ControlOptions extends GlobalOptions {
  enrollment?: string
  lead?: string
  journey?: string
  step?: string
  status?: 'active' | 'paused' | 'parked'
  to?: string
  reason: string
}

const actions = {
  pause: 'Hold enrollments where they are; what falls due meanwhile happens on resume',
  resume: 'Go on after a pause',
  exit: 'Take leads out of a journey',
  move: 'Put leads on another step of their journey',
  retry: 'Run the step again that an enrollment is parked at',
  skip: 'Go on past the step that an enrollment is parked at',
} as const satisfies Partial<Record<ControlRequest['action'], string>>

/** Enrollments looked up at a time. */
const pageSize = 1000

/** `trellis controls pause|resume|exit|move|retry|skip`, one enrollment, one lead's, or a journey's in bulk. */
export function addControlCommands(program: Command): void {
  const control = program
    .command('controls')
    .description('Pause, resume, exit, move, retry or skip: one, or many by journey and step')
  for (const [action, description] of Object.entries(actions) as [keyof typeof actions, string][]) {
    addCommand<ControlOptions>(
      control,
      action,
      description,
      (command) => {
        const common = command
          .option('--enrollment <id>', 'this enrollment')
          .option('--lead <lead>', "this lead's enrollments")
          .option('--journey <key>', 'all enrollments of this journey (with --lead: only there)')
          .option('--step <id>', 'only those that stand on this step')
          .option('--status <status>', 'only active, paused or parked ones')
          .option('--reason <text>', 'kept with it', 'by hand')
        return action === 'move' ? common.requiredOption('--to <step>', 'the step to stand on') : common
      },
      (_, options) =>
        withInstance(async ({ database: { db }, poker }) => {
          let requested = 0
          for await (const enrollmentIds of selectEnrollments(db, options)) {
            const { reason, actor, to } = options
            const result = await requestControl(
              { db, poker },
              { action, enrollmentIds, reason, actor, ...(to === undefined ? {} : { stepId: to }) },
            )
            requested += result.requested
          }
          const exitCode = requested === 0 ? exitCodes.refused : exitCodes.ok
          return {
            data: { action, requested },
            text: `${action}: requested for ${String(requested)} enrollments.`,
            exitCode,
          }
        }),
    )
  }
}

/** Pages of ids. The next page is looked up after the last has been dealt with, by id, so that none is met twice. */
async function* selectEnrollments(db: Database, options: ControlOptions): AsyncGenerator<string[]> {
  const { enrollment, lead, journey, step, status } = options
  if (enrollment !== undefined) {
    yield [enrollment]
    return
  }
  const found = journey === undefined ? null : await findJourney(db, journey)
  if (journey !== undefined && found === null) {
    throw new CommandError(`There is no journey "${journey}".`, { code: 'JOURNEY_NOT_FOUND' })
  }
  if (lead !== undefined) {
    const leadId = await requireLead(db, lead)
    const rows = await db
      .select()
      .from(enrollments)
      .where(and(inArray(enrollments.leadId, [leadId]), inArray(enrollments.status, ['active', 'paused', 'parked'])))
    const fits = rows.filter(
      (row) =>
        (found === null || row.journeyId === found.id) &&
        (step === undefined || row.stepId === step) &&
        (status === undefined || row.status === status),
    )
    yield fits.map((row) => row.id)
    return
  }
  if (found === null) {
    throw new CommandError('Say which enrollments: --enrollment, --lead or --journey.', {
      code: 'USAGE',
      exitCode: exitCodes.usage,
    })
  }
  for (let after: string | undefined; ;) {
    const ids = await findEnrollments(db, {
      journeyId: found.id,
      limit: pageSize,
      ...(step === undefined ? {} : { stepId: step }),
      ...(status === undefined ? {} : { status }),
      ...(after === undefined ? {} : { after }),
    })
    after = ids.at(-1)
    if (after === undefined) return
    yield ids
  }
}

/** `trellis tasks list|complete`. */
export function addTaskCommands(program: Command): void {
  const tasks = program.command('tasks').description('Calls and other work for people')
  addCommand<
    GlobalOptions & { queue?: string; assignee?: string; status: 'open' | 'done' | 'cancelled'; limit: number }
  >(
    tasks,
    'list',
    'Tasks, those due soonest first',
    (command) =>
      command
        .option('--queue <name>', 'only of this queue')
        .option('--assignee <name>', 'only of this person')
        .option('--status <status>', 'open, done or cancelled', 'open')
        .option('--limit <number>', 'at most', wholeNumber, 50),
    (_, { queue, assignee, status, limit }) =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listTaskRows(db, { queue, assignee, status, limit, cursor: null })
        const data = rows.map(({ task, lead, journey }) => ({
          id: task.id,
          kind: task.kind,
          status: task.status,
          title: task.title,
          reason: task.reason,
          dueAt: task.dueAt.toISOString(),
          queue: task.queue,
          assignee: task.assignee,
          outcome: task.outcome,
          outcomes: task.outcomes.map(({ id }) => id),
          lead: { id: lead.id, email: lead.email, phone: lead.phone, isTest: lead.isTest },
          journey: journey?.key ?? null,
        }))
        const lines = data.map((task) => [
          task.id,
          task.dueAt.slice(0, 16),
          task.queue,
          task.lead.email ?? task.lead.id,
          task.title,
          task.outcomes.join('|'),
        ])
        return {
          data,
          text:
            lines.length === 0
              ? `No ${status} task.`
              : table([['ID', 'DUE', 'QUEUE', 'LEAD', 'TITLE', 'OUTCOMES'], ...lines]),
        }
      }),
  )
  addCommand<GlobalOptions & { outcome: string; note?: string }>(
    tasks,
    'complete <id>',
    'Close a task with one of its outcomes',
    (command) =>
      command.requiredOption('--outcome <id>', 'what came of it').option('--note <text>', 'kept with the task'),
    ([taskId = ''], { outcome, note, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const result = await completeTask(
          { db, poker },
          { taskId, outcome, actor, ...(note === undefined ? {} : { note }) },
        )
        if (!result.done) throw new CommandError(result.message, { code: result.code })
        return { data: { taskId, outcome }, text: `Done: ${outcome}.` }
      }),
  )
}
