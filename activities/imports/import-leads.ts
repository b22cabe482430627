/** Imports leads from a CSV file: the use case behind `trellis import`, the API and the demo of real data. */
import type { Field } from '#engine/fields.ts'
import type { CustomField, Library } from '#engine/library.ts'
import type { DatabaseHandle, Transaction } from '#db/client.ts'
import { advanceImportJob, beginImportJob } from '#db/repositories/import-jobs.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import type { Poker } from '../poker.ts'
import { checkMapping } from './check-mapping.ts'
import { ImportError } from './errors.ts'
import { inspectCsvFile, type CsvFacts } from './inspect-file.ts'
import { createRowMapper, type MappedLead } from './map-row.ts'
import { hashMapping, type Mapping } from './mapping.ts'
import { openCsv, type CsvRow } from './read-csv.ts'
import {
  createRejectedRowsFile,
  removeRejectedRowsFile,
  type RejectedRow,
  type RejectedRowsFile,
} from './rejected-rows.ts'
import { createSeenRows, type SeenRows } from './seen-rows.ts'
import { writeBatch, type ImportRow } from './write-batch.ts'

export interface ImportRequest {
  /** Path of the CSV file. */
  file: string
  mapping: Mapping
  actor: string
  /** Reads, checks and reports, but leaves the database as it was. @default false */
  dryRun?: boolean
  /** Fields of the mapping to leave out, e.g. `email` to see what happens to leads without an address. */
  omit?: readonly string[]
  /** Makes test leads of this run instead of real ones. */
  test?: { runId: string; clock: LeadClock }
  /**
   * Takes only leads that fit, and no more than so many; the other rows are counted as skipped. For test runs on a part
   * of a file. Not part of what makes an import the same import: use it with a test run of its own.
   */
  take?: { fits: (lead: MappedLead) => boolean; count: number }
  /** Where rejected rows go; none are kept when absent. The file is removed again when nothing was rejected. */
  rejectedFile?: string
  onProgress?: (progress: ImportProgress) => void
}

interface ImportProgress {
  rows: number
  bytes: number
  totalBytes: number
}

export const rowOutcomes = ['created', 'updated', 'unchanged', 'rejected', 'skipped'] as const
type ImportCounts = Record<(typeof rowOutcomes)[number], number> & {
  /** Events recorded; those known from an earlier import are not counted. */
  events: number
  /** Single values that were not taken over (another lead's address); the rest of their row was. */
  warnings: number
}

export interface ImportReport {
  /** Null in a dry run. */
  jobId: string | null
  dryRun: boolean
  /** Rows of the file: the sum of created, updated, unchanged, rejected and skipped. */
  rows: number
  counts: ImportCounts
  /** Rows done by an earlier, interrupted import of the same file and mapping. */
  resumedAfterRow: number
  encoding: CsvFacts['encoding']
  /** Columns that the mapping neither uses nor ignores on purpose. */
  unmappedColumns: string[]
  repeatedColumns: string[]
  /** Custom fields that were created or gained options. */
  definedFields: string[]
  /** The first rejected rows, at most 20. */
  rejected: Omit<RejectedRow, 'cells'>[]
  /** The first warnings, at most 20. */
  warnings: string[]
  rejectedFile: string | null
}

/** Rows per transaction: small enough that a lead's turn never waits long for a lock, large enough to be quick. */
const batchSize = 500
const shownProblems = 20
/** First key of the advisory lock of one import; the second is of its job. */
const importLock = 72_010_412

/**
 * Imports a file. Every row is created, updated, unchanged or rejected. Batches are committed together with the job's
 * progress, so that an import that was killed goes on after its last batch; one that is repeated finds everything
 * unchanged. Memory does not grow with the file (but for 16 bytes or so per row in a dry run).
 *
 * History does not start journeys: only those with the trigger "import" take the leads in.
 *
 * @throws {ImportError} when the file or the mapping cannot be used, or the same import is under way.
 */
export async function importLeads(
  { database, poker }: { database: DatabaseHandle; poker: Pick<Poker, 'poke'> },
  request: ImportRequest,
): Promise<ImportReport> {
  const mapping = omitFields(request.mapping, request.omit ?? [])
  const file = await inspectCsvFile(request.file)
  const csv = await openCsv(request.file, file)
  const library = await readLibrary(database.db)
  const { fields, define, unmapped } = checkMapping(mapping, csv.header, library)
  const mappingHash = hashMapping(mapping, { testRun: request.test?.runId ?? null })

  const lock = request.dryRun === true ? null : await lockImport(database, file.hash, mappingHash)
  try {
    const job =
      lock === null ? null : await begin(database, { fileHash: file.hash, mappingHash, actor: request.actor, define })
    const startAfter = job?.rowsDone ?? 0
    const run: ImportRun = {
      request,
      file,
      jobId: job?.id ?? null,
      library: withFields(library, fields),
      counts: { created: 0, updated: 0, unchanged: 0, rejected: 0, skipped: 0, events: 0, warnings: 0, ...job?.counts },
      rows: startAfter,
      seen: job === null ? createSeenRows() : null,
      rejectedFile:
        request.rejectedFile === undefined
          ? null
          : await createRejectedRowsFile(request.rejectedFile, {
              columns: csv.header.columns,
              keepUntilRow: startAfter,
            }),
      rejected: [],
      warnings: [],
    }
    const mapRow = createRowMapper(mapping, csv.header.columns, fields)
    try {
      for await (const batch of batches(csv.rows, startAfter)) {
        const mapped = batch.map((row): ImportRow => ({ ...row, mapped: mapRow(row.cells) }))
        const poked = await importBatch(database, run, mapped)
        await poker.poke(poked, { priority: 5 })
        request.onProgress?.({ rows: run.rows, bytes: csv.bytesRead(), totalBytes: file.bytes })
      }
      if (job !== null) await finish(database, run, 'done')
    } catch (error) {
      if (job !== null) await finish(database, run, 'failed')
      throw error
    } finally {
      await run.rejectedFile?.close()
    }
    const hasRejections = run.counts.rejected > 0
    if (!hasRejections && request.rejectedFile !== undefined) await removeRejectedRowsFile(request.rejectedFile)
    return {
      jobId: run.jobId,
      dryRun: job === null,
      rows: run.rows,
      counts: run.counts,
      resumedAfterRow: startAfter,
      encoding: file.encoding,
      unmappedColumns: unmapped,
      repeatedColumns: csv.header.repeated,
      definedFields: define.map(({ key }) => key),
      rejected: run.rejected,
      warnings: run.warnings,
      rejectedFile: hasRejections ? (request.rejectedFile ?? null) : null,
    }
  } finally {
    await lock?.release()
  }
}

/** One import under way. */
interface ImportRun {
  request: ImportRequest
  file: CsvFacts
  jobId: string | null
  library: Library
  counts: ImportCounts
  /** Rows of the file that are accounted for. */
  rows: number
  /** In a dry run: which rows came earlier, since none of them is in the database. */
  seen: SeenRows | null
  rejectedFile: RejectedRowsFile | null
  rejected: ImportReport['rejected']
  warnings: string[]
}

/** Thrown to take a dry run's batch back; never seen outside. */
class DryRunEnd extends Error {}

/** How often a batch is tried again when Postgres chose it as the victim of a deadlock (40P01) or a conflict (40001). */
const retries = 3

/** Writes one batch and its progress in one transaction. Returns the leads to poke. */
async function importBatch(database: DatabaseHandle, run: ImportRun, rows: ImportRow[]): Promise<string[]> {
  const lastRow = rows.at(-1)?.row ?? run.rows
  const { taken, skipped } = take(run, rows)
  for (let attempt = 1; ; attempt += 1) {
    try {
      const batch = await database.db
        .transaction(async (tx) => {
          const written = await writeTaken(tx, run, taken)
          written.counts.skipped += skipped
          await run.rejectedFile?.write(written.rejected)
          if (run.jobId === null) throw new DryRunEnd(undefined, { cause: written })
          await advanceImportJob(tx, run.jobId, { rowsDone: lastRow, counts: written.counts })
          return written
        })
        .catch((error: unknown) => {
          if (error instanceof DryRunEnd) return { ...(error.cause as TakenBatch), leadIds: [] }
          throw error
        })
      run.counts = batch.counts
      run.rows = lastRow
      const rejected = batch.rejected.map(({ row, line, reasons }) => ({ row, line, reasons }))
      run.rejected.push(...rejected.slice(0, shownProblems - run.rejected.length))
      run.warnings.push(...batch.warnings.slice(0, shownProblems - run.warnings.length))
      return batch.leadIds
    } catch (error) {
      if (attempt === retries || !isConflict(error)) throw error
    }
  }
}

/** Drizzle wraps the driver's error, which has the code. */
function isConflict(error: unknown): boolean {
  return [error, (error as Error).cause].some((one) => {
    const code = (one as { code?: unknown } | undefined)?.code
    return code === '40P01' || code === '40001'
  })
}

/** Leaves out the rows that the request does not want. */
function take({ request, counts }: ImportRun, rows: ImportRow[]): { taken: ImportRow[]; skipped: number } {
  const wanted = request.take
  if (wanted === undefined) return { taken: rows, skipped: 0 }
  let room = wanted.count - counts.created - counts.updated - counts.unchanged
  const taken = rows.filter(({ mapped }) => {
    if (mapped.kind === 'rejected') return true
    if (room <= 0 || !wanted.fits(mapped.lead)) return false
    room -= 1
    return true
  })
  return { taken, skipped: rows.length - taken.length }
}

interface TakenBatch {
  counts: ImportCounts
  rejected: RejectedRow[]
  warnings: string[]
  leadIds: string[]
}

async function writeTaken(tx: Transaction, run: ImportRun, rows: ImportRow[]): Promise<TakenBatch> {
  const written = await writeBatch(tx, rows, {
    library: run.library,
    actor: run.request.actor,
    importKey: run.jobId,
    mapping: run.request.mapping,
    test: run.request.test ?? null,
  })
  const counts = { ...run.counts, events: run.counts.events + written.events }
  const rejected: RejectedRow[] = []
  const warnings: string[] = []
  for (const [index, row] of rows.entries()) {
    const result = written.rows[index] ?? { outcome: 'rejected', reasons: ['The row was not written.'] }
    const outcome = run.seen?.correct(row, result.outcome) ?? result.outcome
    counts[outcome] += 1
    if (outcome === 'rejected') {
      rejected.push({ row: row.row, line: row.line, cells: row.cells, reasons: result.reasons })
    } else warnings.push(...result.reasons.map((reason) => `Row ${String(row.row)}: ${reason}`))
  }
  counts.warnings += warnings.length
  return { counts, rejected, warnings, leadIds: written.leadIds }
}

async function* batches(rows: AsyncIterable<CsvRow>, startAfter: number): AsyncGenerator<CsvRow[]> {
  let batch: CsvRow[] = []
  for await (const row of rows) {
    if (row.row <= startAfter) continue
    batch.push(row)
    if (batch.length === batchSize) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

async function begin(
  database: DatabaseHandle,
  { define, ...job }: { fileHash: string; mappingHash: string; actor: string; define: CustomField[] },
) {
  return database.db.transaction(async (tx) => {
    const begun = await beginImportJob(tx, job)
    await saveResources(tx, { fields: define })
    await audit(tx, job.actor, 'import.start', begun.id, {
      fields: define.map(({ key }) => key),
      rowsDone: begun.rowsDone,
    })
    return begun
  })
}

async function finish(database: DatabaseHandle, run: ImportRun, status: 'done' | 'failed'): Promise<void> {
  const { jobId, counts, rows } = run
  if (jobId === null) return
  await database.db.transaction(async (tx) => {
    await advanceImportJob(tx, jobId, { rowsDone: rows, counts, status })
    await audit(tx, run.request.actor, status === 'done' ? 'import.done' : 'import.fail', jobId, { rows, ...counts })
  })
}

async function audit(
  tx: Transaction,
  actor: string,
  action: string,
  jobId: string,
  after: Record<string, number | string[]>,
): Promise<void> {
  await tx.insert(auditLog).values({ actor, action, subjectKind: 'import', subjectId: jobId, after })
}

/** Only one import of a file and mapping at a time. A lock of the session: it ends with the process, however that dies. */
async function lockImport(database: DatabaseHandle, fileHash: string, mappingHash: string) {
  const connection = await database.sql.reserve()
  const key = Buffer.from(`${fileHash}${mappingHash}`, 'hex').reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7)
  const [row] = await connection<{ locked: boolean }[]>`select pg_try_advisory_lock(${importLock}, ${key}) as locked`
  if (row?.locked !== true) {
    connection.release()
    throw new ImportError('IMPORT_RUNNING', [
      'This file is being imported with this mapping already; wait for it to end.',
    ])
  }
  return {
    async release() {
      await connection`select pg_advisory_unlock(${importLock}, ${key})`
      connection.release()
    },
  }
}

/** The library as it will be once the mapping's fields are defined. */
function withFields(library: Library, fields: ReadonlyMap<string, Field>): Library {
  const own = [...fields.values()].filter((field) => field.core === undefined)
  return {
    ...library,
    fields: {
      ...library.fields,
      ...Object.fromEntries(
        own.map(({ key, label, type, options }) => [
          key,
          { key, label, type, ...(options === undefined ? {} : { options: [...options] }) },
        ]),
      ),
    },
  }
}

function omitFields(mapping: Mapping, omit: readonly string[]): Mapping {
  const stray = omit.filter((key) => mapping.fields[key] === undefined)
  if (stray.length > 0) {
    throw new ImportError('MAPPING_INVALID', [`The mapping has no field "${stray.join('", "')}" to leave out.`])
  }
  if (omit.length === 0) return mapping
  return {
    ...mapping,
    fields: Object.fromEntries(Object.entries(mapping.fields).filter(([key]) => !omit.includes(key))),
  }
}
