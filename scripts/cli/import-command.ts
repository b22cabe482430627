import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { eq } from 'drizzle-orm'
import { importLeads, rowOutcomes, type ImportReport } from '#activities/imports/import-leads.ts'
import { parseMapping, type Mapping } from '#activities/imports/mapping.ts'
import type { Database } from '#db/client.ts'
import { testRuns } from '#db/schema/leads.ts'
import { addCommand, CommandError, exitCodes, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

interface ImportOptions extends GlobalOptions {
  mapping: string
  dryRun?: boolean
  omit?: string[]
  rejected?: string
  testRun?: string
}

/** `trellis import FILE --mapping FILE`. */
export function addImportCommand(program: Command): void {
  addCommand<ImportOptions>(
    program,
    'import <file>',
    'Import leads from a CSV file by a mapping (see docs/import.md)',
    (command) =>
      command
        .requiredOption('--mapping <file>', 'how its columns become leads, e.g. examples/mappings/x-education.json')
        .option('--dry-run', 'read, check and report; write nothing')
        .option('--omit <fields...>', 'fields of the mapping to leave out, e.g. email')
        .option('--rejected <file>', 'where rejected rows go (default: FILE.rejected.csv)')
        .option('--test-run <id>', 'make test leads of this run instead of real ones'),
    async ([file = ''], options) => {
      const mapping = await readMapping(options.mapping)
      const report = await withInstance(async ({ database, poker }) =>
        importLeads(
          { database, poker },
          {
            file,
            mapping,
            actor: options.actor,
            dryRun: options.dryRun === true,
            omit: options.omit ?? [],
            rejectedFile: options.rejected ?? `${file}.rejected.csv`,
            ...(options.testRun === undefined ? {} : { test: await findTestRun(database.db, options.testRun) }),
            onProgress: showProgress(options.json),
          },
        ),
      )
      return { data: report, text: describeReport(report) }
    },
  )
}

/** Reads and checks a mapping file. */
export async function readMapping(path: string): Promise<Mapping> {
  return parseMapping(await readJson(path))
}

/** Reads a JSON file; errors name the file. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new CommandError(`"${path}" cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'FILE_UNREADABLE',
      exitCode: exitCodes.usage,
      cause,
    })
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new CommandError(`"${path}" is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'FILE_NOT_JSON',
      cause,
    })
  }
}

/** A test run's id and clock, as imports and enrolments of test leads need them. */
async function findTestRun(db: Database, id: string) {
  const [run] = /^[0-9a-f-]{36}$/i.test(id) ? await db.select().from(testRuns).where(eq(testRuns.id, id)) : []
  if (run === undefined) throw new CommandError(`There is no test run "${id}".`, { code: 'TEST_RUN_NOT_FOUND' })
  return { runId: run.id, clock: run.clock }
}

function showProgress(json: boolean): (progress: { rows: number; bytes: number; totalBytes: number }) => void {
  if (json || !process.stderr.isTTY) return () => undefined
  return ({ rows, bytes, totalBytes }) => {
    const percent = totalBytes === 0 ? 100 : Math.min(100, Math.round((bytes / totalBytes) * 100))
    process.stderr.write(`\r${String(rows)} rows, ${String(percent)} % read `)
  }
}

function describeReport(report: ImportReport): string {
  const { counts } = report
  const some = (label: string, list: readonly string[]) => (list.length === 0 ? [] : [`${label}: ${list.join(', ')}`])
  return [
    `${report.dryRun ? 'Dry run, nothing was written. ' : ''}${String(report.rows)} rows: ${rowOutcomes
      .map((outcome) => `${String(counts[outcome])} ${outcome}`)
      .join(', ')}; ${String(counts.events)} events.`,
    ...(report.resumedAfterRow > 0 ? [`Went on after row ${String(report.resumedAfterRow)}.`] : []),
    ...(report.encoding === 'utf-8' ? [] : [`Read as ${report.encoding}.`]),
    ...some('Fields defined', report.definedFields),
    ...some('Columns not mapped', report.unmappedColumns),
    ...some('Column names that repeat', report.repeatedColumns),
    ...report.warnings.map((warning) => `Warning: ${warning}`),
    ...report.rejected.map(
      ({ row, line, reasons }) => `Rejected row ${String(row)} (line ${String(line)}): ${reasons.join(' ')}`,
    ),
    ...(counts.rejected > report.rejected.length
      ? [`… and ${String(counts.rejected - report.rejected.length)} more.`]
      : []),
    ...(report.rejectedFile === null ? [] : [`Rejected rows, to correct and import again: ${report.rejectedFile}`]),
  ].join('\n')
}
