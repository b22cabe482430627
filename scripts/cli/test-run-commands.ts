import type { Command } from 'commander'
import { importLeads } from '#activities/imports/import-leads.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { readTestRunStatus, type TestRunStatus } from '#activities/test-runs/watch-test-run.ts'
import { createTestRun } from '#db/repositories/test-runs.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { addCommand, CommandError, exitCodes, wholeNumber, type CommandResult, type GlobalOptions } from './command.ts'
import { readMapping } from './import-command.ts'
import { requireTemporal, withInstance, type Instance } from './instance.ts'

interface CreateOptions extends GlobalOptions {
  name: string
  csv: string
  mapping: string
  omit?: string[]
  count?: number
  having?: string
  start?: string
  speed: number
  length: string
}

/** `trellis test-run create|watch`: leads on a virtual clock, at speed. */
export function addTestRunCommands(program: Command): void {
  const runs = program.command('test-run').description('Walk test leads through the live journeys at speed')
  addCommand<CreateOptions>(
    runs,
    'create',
    'Make test leads of a CSV file and let their clock run; nothing can reach anybody',
    (command) =>
      command
        .requiredOption('--csv <file>', 'the leads')
        .requiredOption('--mapping <file>', 'how its columns become leads')
        .option('--name <text>', 'what to call it', 'test run')
        .option('--omit <fields...>', 'fields of the mapping to leave out')
        .option('--count <number>', 'at most so many leads', wholeNumber)
        .option('--having <event>', 'only leads with exactly one event of this type')
        .option('--start <instant>', "where their clock starts, ISO 8601 (default: the mapping's asOf)")
        .option('--speed <number>', 'virtual seconds per second; 86400 = a day per second', wholeNumber, 86_400)
        .option('--length <duration>', 'how long it runs, ISO 8601', 'P12W'),
    (_, options) => withInstance((instance) => createRun(instance, options)),
  )
  addCommand<GlobalOptions & { follow?: boolean }>(
    runs,
    'watch <id>',
    'How a test run stands',
    (command) => command.option('--follow', 'until it has ended'),
    ([id = ''], { follow, json }) =>
      withInstance(async ({ database: { db } }) => {
        for (;;) {
          const status = await readTestRunStatus(db, id)
          if (status === null) throw new CommandError(`There is no test run "${id}".`, { code: 'TEST_RUN_NOT_FOUND' })
          if (follow !== true || status.finished) return { data: status, text: describeRun(status) }
          if (!json) process.stdout.write(`${describeRun(status)}\n`)
          await new Promise((resolve) => setTimeout(resolve, 2000))
        }
      }),
  )
}

async function createRun(instance: Instance, options: CreateOptions): Promise<CommandResult> {
  const { database, poker } = instance
  const temporal = requireTemporal(instance)
  const mapping = await readMapping(options.mapping)
  const virtualStart = Date.parse(options.start ?? mapping.asOf)
  if (Number.isNaN(virtualStart)) {
    throw new CommandError(`"${options.start ?? ''}" is no instant; write it in ISO 8601.`, {
      code: 'USAGE',
      exitCode: exitCodes.usage,
    })
  }
  const run = await createTestRun(database.db, { name: options.name, virtualStart, speed: options.speed })
  const { having } = options
  const report = await importLeads(
    { database, poker },
    {
      file: options.csv,
      mapping,
      actor: options.actor,
      omit: options.omit ?? [],
      test: { runId: run.id, clock: run.clock },
      take: {
        count: options.count ?? Infinity,
        fits: ({ events }) => having === undefined || events.filter(({ type }) => type === having).length === 1,
      },
    },
  )
  const until = addDuration(virtualStart, options.length, 'UTC')
  await startTestRun(temporal, { testRunId: run.id, until })
  const leads = report.counts.created
  return {
    data: { id: run.id, leads, until: new Date(until).toISOString(), counts: report.counts },
    text: `Test run ${run.id}: ${String(leads)} leads until ${new Date(until).toISOString()}. Watch it: trellis test-run watch ${run.id} --follow`,
  }
}

function describeRun({ now, finished, leads, enrollments, deliveries, tasks, waiting }: TestRunStatus): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([status, count]) => `${String(count)} ${status}`)
      .join(', ') || 'none'
  return `${now}${finished ? ' (ended)' : ''}  ${String(leads)} leads; enrollments: ${counts(enrollments)}; messages: ${counts(deliveries)}; tasks: ${counts(tasks)}; ${String(waiting)} inputs waiting`
}
