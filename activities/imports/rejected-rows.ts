import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'

/** One row that was not imported, and why. */
export interface RejectedRow {
  row: number
  line: number
  reasons: string[]
  cells: string[]
}

export interface RejectedRowsFile {
  /** In the file when it returns: call it before the commit that counts the rows as done. */
  write(rejected: readonly RejectedRow[]): Promise<void>
  close(): Promise<void>
}

export interface RejectedRowsOptions {
  /** Column names of the imported file. */
  columns: readonly string[]
  /** Keeps what the file already says about rows up to this one: an interrupted import goes on. @default 0 */
  keepUntilRow?: number
}

/**
 * Writes rejected rows as CSV: row number, line, reason, then the original columns, so that it can be corrected and
 * imported again. Cells that a spreadsheet would run as a formula are escaped (CWE-1236).
 */
export async function createRejectedRowsFile(
  path: string,
  { columns, keepUntilRow = 0 }: RejectedRowsOptions,
): Promise<RejectedRowsFile> {
  const next = `${path}.part`
  const file = await open(next, 'w')
  await file.appendFile(stringify([['Row', 'Line', 'Reason', ...columns]], { escape_formulas: true, bom: true }))
  if (keepUntilRow > 0) {
    for await (const cells of readRecords(path)) {
      if (Number(cells[0]) <= keepUntilRow) await file.appendFile(stringify([cells]))
    }
  }
  await rename(next, path)
  return {
    async write(rejected) {
      const records = rejected.map(({ row, line, reasons, cells }) => {
        const padded = Array.from({ length: Math.max(columns.length, cells.length) }, (_, index) => cells[index] ?? '')
        return [String(row), String(line), reasons.join(' '), ...padded]
      })
      if (records.length > 0) await file.appendFile(stringify(records, { escape_formulas: true }))
    },
    close: () => file.close(),
  }
}

/** Records of an earlier file without its header; none when there is no such file. */
async function* readRecords(path: string): AsyncGenerator<string[]> {
  const records = createReadStream(path).pipe(parse({ bom: true, from_line: 2, relax_column_count: true }))
  try {
    yield* records as AsyncIterable<string[]>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Removes the file of an import that rejected nothing. */
export async function removeRejectedRowsFile(path: string): Promise<void> {
  await rm(path, { force: true })
}
