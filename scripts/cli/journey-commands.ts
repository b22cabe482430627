import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { diffJourneys } from '#activities/journeys/diff-journeys.ts'
import { exportJourney, importJourneyFile } from '#activities/journeys/journey-files.ts'
import { countExistingMatches, publishJourney } from '#activities/journeys/publish.ts'
import type { PublishResult } from '#activities/journeys/publish-result.ts'
import { archiveJourney, pauseJourney, resumeJourney } from '#activities/journeys/status.ts'
import { countByStep, listJourneyRows } from '#db/repositories/journey-reads.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { loadStepRegistry } from '#server/step-registry.ts'
import { addCommand, CommandError, exitCodes, table, wholeNumber, type GlobalOptions } from './command.ts'
import { readJson } from './import-command.ts'
import { withInstance, type Instance } from './instance.ts'
import { checkJourneyFiles, describeIssues, readJourneyFiles } from './journey-files.ts'

/** `trellis journeys …`. */
export function addJourneyCommands(program: Command): void {
  const journeys = program.command('journeys').description('Journeys: files, versions, status')
  addListCommand(journeys)
  addValidateCommand(journeys)
  addImportFileCommand(journeys)
  addPublishCommand(journeys)
  addExportCommand(journeys)
  addDiffCommand(journeys)
  addStatusCommands(journeys)
}

/** Built-in steps and the custom activities of this installation. */
function loadRegistry(): Promise<StepRegistry> {
  return loadStepRegistry((problem) => process.stderr.write(`${problem}\n`))
}

/** What publishing and status changes work with. */
function journeyDependencies({ database, poker, temporal }: Instance) {
  const schedules = temporal === null ? null : createEntrySchedules(temporal, { db: database.db })
  return { db: database.db, poker, schedules }
}

function addListCommand(journeys: Command): void {
  addCommand(
    journeys,
    'list',
    'All journeys, their status and how many leads are in them',
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listJourneyRows(db)
        const counts = await countByStep(
          db,
          rows.map(({ journey }) => journey.id),
        )
        const data = rows.map(({ journey, publishedAt }) => ({
          key: journey.key,
          name: journey.name,
          status: journey.status,
          version: journey.liveVersion,
          publishedAt: publishedAt?.toISOString() ?? null,
          leads: counts.filter(({ journeyId }) => journeyId === journey.id).reduce((sum, { count }) => sum + count, 0),
        }))
        const lines = data.map(({ key, name, status, version, leads }) => [
          key,
          status,
          String(version ?? '-'),
          String(leads),
          name,
        ])
        return { data, text: table([['KEY', 'STATUS', 'VERSION', 'LEADS IN IT', 'NAME'], ...lines]) }
      }),
  )
}

function addValidateCommand(journeys: Command): void {
  addCommand(
    journeys,
    'validate <files...>',
    'Check journey files: every problem at its step. Needs no server',
    (command) => command,
    async (paths) => {
      const checked = await checkJourneyFiles(paths, await loadRegistry())
      const text = checked
        .map(({ path, valid, issues }) =>
          [`${path}: ${valid ? 'valid' : 'not valid'}`, ...describeIssues(issues)].join('\n'),
        )
        .join('\n')
      return { data: checked, text, exitCode: checked.every(({ valid }) => valid) ? exitCodes.ok : exitCodes.refused }
    },
  )
}

function addImportFileCommand(journeys: Command): void {
  addCommand<GlobalOptions & { publish?: boolean; replaceResources?: boolean; keepResources?: boolean }>(
    journeys,
    'import <files...>',
    'Bring journey files in as drafts, with the assets, pools, surveys and segments they carry',
    (command) =>
      command
        .option('--publish', 'make them live, too')
        .option('--replace-resources', 'also replace what live journeys use now')
        .option('--keep-resources', 'leave what is there as it is, and bring in only what is missing'),
    (paths, options) =>
      withInstance(async (instance) => {
        const imported: { path: string; key: string; revision: number }[] = []
        for (const { path } of await readJourneyFiles(paths)) {
          const result = await importJourneyFile(instance.database, await readJson(path), options)
          if (!result.imported) {
            throw new CommandError([`${path} cannot be brought in:`, ...describeIssues(result.issues)].join('\n'), {
              code: 'JOURNEY_INVALID',
            })
          }
          imported.push({ path, key: result.key, revision: result.revision })
        }
        // Published after all are there: they may name each other.
        const published: PublishResult[] = []
        for (const { key } of options.publish === true ? imported : []) {
          published.push(await publish(instance, { journey: key, actor: options.actor }))
        }
        const text = imported.map(({ key, path }, index) => `${key}: ${describePublished(published[index])} (${path})`)
        return { data: { imported, published }, text: text.join('\n') }
      }),
  )
}

function describePublished(result: PublishResult | undefined): string {
  if (result === undefined || !result.published) return 'draft'
  return result.isNew
    ? `live as version ${String(result.version)}`
    : `live, version ${String(result.version)} as before`
}

/** Publishes, or fails with every reason why not. */
async function publish(
  instance: Instance,
  request: {
    journey: string
    actor: string
    note?: string
    enrolExisting?: boolean
    despiteTestCases?: boolean
    resume?: boolean
  },
): Promise<PublishResult> {
  const deps = { ...journeyDependencies(instance), registry: await loadRegistry() }
  const result = await publishJourney(deps, request)
  if (result.published) return result
  const lines = [`"${request.journey}" cannot be published:`, ...describeIssues(result.issues)]
  throw new CommandError(lines.join('\n'), { code: 'JOURNEY_INVALID' })
}

function addPublishCommand(journeys: Command): void {
  addCommand<GlobalOptions & { note?: string; enrolExisting?: boolean; despiteTestCases?: boolean; resume?: boolean }>(
    journeys,
    'publish <key>',
    'Make the draft the version new leads enter',
    (command) =>
      command
        .option('--note <text>', 'what changed')
        .option('--enrol-existing', 'also enrol those who match a segment trigger already')
        .option('--despite-test-cases', 'also when test cases come out otherwise')
        .option('--resume', 'also when the journey is paused or archived: it goes live again'),
    ([key = ''], { actor, note, enrolExisting, despiteTestCases, resume }) =>
      withInstance(async (instance) => {
        const matching = await countExistingMatches({ db: instance.database.db, registry: await loadRegistry() }, key)
        const result = await publish(instance, {
          journey: key,
          actor,
          ...(note === undefined ? {} : { note }),
          ...(despiteTestCases === undefined ? {} : { despiteTestCases }),
          ...(enrolExisting === undefined ? {} : { enrolExisting }),
          ...(resume === undefined ? {} : { resume }),
        })
        const existing = `${String(matching ?? 0)} leads match a segment trigger now${enrolExisting === true ? ' and are enrolled' : ''}.`
        return { data: { ...result, matching }, text: `${key}: ${describePublished(result)}. ${existing}` }
      }),
  )
}

function addExportCommand(journeys: Command): void {
  addCommand<GlobalOptions & { version?: number; out?: string }>(
    journeys,
    'export <key>',
    'Write a journey with everything it needs as a file that stands alone',
    (command) =>
      command
        .option('--version <number>', 'a published version (default: the draft)', wholeNumber)
        .option('--out <file>', 'default: standard output'),
    ([key = ''], { version, out }) =>
      withInstance(async ({ database: { db } }) => {
        const file = await exportJourney(db, key, version)
        const text = `${JSON.stringify(file, null, 2)}\n`
        if (out === undefined) return { data: file, text }
        await writeFile(out, text)
        return { data: { key: file.key, out }, text: `${file.key} was written to ${out}` }
      }),
  )
}

function addDiffCommand(journeys: Command): void {
  addCommand<GlobalOptions & { version?: number; key?: string }>(
    journeys,
    'diff <file>',
    'What differs between the installed journey and a file',
    (command) =>
      command
        .option('--version <number>', 'compare with a published version (default: the draft)', wholeNumber)
        .option('--key <key>', 'compare with another journey than the one the file names'),
    ([path = ''], { version, key }) =>
      withInstance(async ({ database: { db } }) => {
        const [read] = await readJourneyFiles([path])
        if (read === undefined || read.file === null) {
          throw new CommandError([`${path} is no journey file:`, ...describeIssues(read?.issues ?? [])].join('\n'), {
            code: 'JOURNEY_INVALID',
          })
        }
        const diff = diffJourneys(await exportJourney(db, key ?? read.file.key, version), read.file)
        const text = diff.same ? 'They are the same.' : diff.lines.join('\n')
        return { data: diff, text, exitCode: diff.same ? exitCodes.ok : exitCodes.refused }
      }),
  )
}

function addStatusCommands(journeys: Command): void {
  const reason = (command: Command) => command.option('--reason <text>', 'kept in the audit log', '')
  type Options = GlobalOptions & { reason: string; exitLeads?: boolean }
  addCommand<Options>(
    journeys,
    'pause <key>',
    'Nobody enters, moves or is written to until it is resumed',
    reason,
    ([journey = ''], options) =>
      withInstance(async (instance) => {
        const data = await pauseJourney(journeyDependencies(instance), {
          journey,
          actor: options.actor,
          reason: options.reason,
        })
        return { data, text: `${journey} is paused.` }
      }),
  )
  addCommand<Options>(
    journeys,
    'resume <key>',
    'What fell due during the pause happens now',
    reason,
    ([journey = ''], options) =>
      withInstance(async (instance) => {
        const data = await resumeJourney(journeyDependencies(instance), {
          journey,
          actor: options.actor,
          reason: options.reason,
        })
        return { data, text: `${journey} is live again.` }
      }),
  )
  addCommand<Options>(
    journeys,
    'archive <key>',
    'Put a journey away',
    (command) => reason(command).option('--exit-leads', 'leads that are in it leave'),
    ([journey = ''], options) =>
      withInstance(async (instance) => {
        const request = { journey, actor: options.actor, reason: options.reason, exitLeads: options.exitLeads === true }
        const data = await archiveJourney(journeyDependencies(instance), request)
        return { data, text: `${journey} is archived; ${String(data.exited)} leads left it.` }
      }),
  )
}
