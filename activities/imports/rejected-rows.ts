import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { stringify } from 'csv-stringify'

/** One row that was not imported, and why. */
export interface RejectedRow {
  row: number
  line: number
  reasons: string[]
  cells: string[]
}

export interface RejectedRowsFile {
  write(rejected: RejectedRow): Promise<void>
  /** Flushes and closes; the file is whole afterwards. */
  close(): Promise<void>
}

/**
 * Writes rejected rows as CSV: row number, line, reason, then the original columns, so that it can be corrected and
 * imported again. Cells that a spreadsheet would run as a formula are escaped (CWE-1236).
 */
export function createRejectedRowsFile(path: string, columns: readonly string[]): RejectedRowsFile {
  const csv = stringify({
    header: true,
    columns: ['Row', 'Line', 'Reason', ...columns].map((header, index) => ({ key: String(index), header })),
    escape_formulas: true,
    bom: true,
  })
  const file = createWriteStream(path)
  const finished = once(file, 'finish')
  // `close` awaits `finished`; without this an early failure would end the process before anyone looks.
  finished.catch(() => undefined)
  csv.pipe(file)
  return {
    async write({ row, line, reasons, cells }) {
      const padded = Array.from({ length: Math.max(columns.length, cells.length) }, (_, index) => cells[index] ?? '')
      const hasRoom = csv.write([String(row), String(line), reasons.join(' '), ...padded])
      if (!hasRoom) await once(csv, 'drain')
    },
    async close() {
      csv.end()
      await finished
    },
  }
}
