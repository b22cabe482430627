import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { ImportError } from './errors.ts'
import type { CsvFacts } from './inspect-file.ts'

/** More columns than any list of leads has; a file with more is a matrix or broken. */
const maxColumns = 1000
/** Longest record in characters. Bounds memory when a quote is never closed. */
const maxRecordLength = 1_000_000

export interface CsvHeader {
  /** Column names, trimmed and unique: a name that repeats becomes `Name #1`, `Name #2`… */
  columns: string[]
  /** Names that occur more than once, as written in the file. */
  repeated: string[]
}

export interface CsvRow {
  /** 1 for the first row after the header. Empty lines are not rows. */
  row: number
  /** Line of the file on which the row ends, counted from 1. */
  line: number
  cells: string[]
}

export interface CsvReader {
  header: CsvHeader
  /** Streams the rows in order; memory does not grow with the file. Read it once. */
  rows: AsyncGenerator<CsvRow>
  /** Bytes read from the file so far, for progress. */
  bytesRead(): number
}

/**
 * Opens a CSV file and reads its header. Quotes in the middle of an unquoted cell are taken literally (`5" pipe`);
 * a record that runs over several lines and then has the wrong number of cells means a quote was left open, and is an
 * error of the file rather than of one row, because the rows it swallowed could not be accounted for.
 *
 * @throws {ImportError} CSV_TOO_MANY_COLUMNS, CSV_QUOTE_BROKEN, CSV_RECORD_TOO_LONG, here or while rows are read.
 */
export async function openCsv(path: string, facts: CsvFacts): Promise<CsvReader> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 })
  const records = file.pipe(decoded(facts.encoding)).pipe(
    parse({
      delimiter: facts.delimiter,
      info: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: maxRecordLength,
      bom: true,
    }),
  )
  file.on('error', (error) => records.destroy(error))
  const iterator = (records as AsyncIterable<{ record: string[]; info: { lines: number } }>)[Symbol.asyncIterator]()
  let lastLine = 0
  const next = async () => {
    try {
      const { done, value } = await iterator.next()
      return done === true ? undefined : value
    } catch (error) {
      throw explain(error, lastLine + 1)
    }
  }
  const first = await next()
  if (first === undefined) throw new ImportError('CSV_EMPTY', ['The file has no header line.'])
  lastLine = first.info.lines
  const header = readHeader(first.record)
  async function* rows(): AsyncGenerator<CsvRow> {
    try {
      let countedTwice = 0
      for (let row = 1; ; row += 1) {
        const value = await next()
        if (value === undefined) return
        const long = value.record.filter((cell) => cell.includes('\n') || cell.includes('\r'))
        // The parser counts a CRLF inside a quoted cell as two lines.
        for (const cell of long) countedTwice += cell.split('\r\n').length - 1
        const lines = value.info.lines - countedTwice
        if (long.length > 0 && (value.record.length !== header.columns.length || long.some(isLeftOpen))) {
          throw brokenQuote(lastLine + 1, `runs on to line ${String(lines)}`)
        }
        lastLine = lines
        yield { row, line: lines, cells: value.record }
      }
    } finally {
      file.destroy()
      records.destroy()
    }
  }
  return { header, rows: rows(), bytesRead: () => file.bytesRead }
}

/** A cell of several lines that begins with a quote and has an odd number of them: the parser took a stray quote as text. */
function isLeftOpen(cell: string): boolean {
  return cell.startsWith('"') && (cell.split('"').length - 1) % 2 === 1
}

/** Decodes bytes as they come; a leading byte order mark is dropped. */
function decoded(encoding: CsvFacts['encoding']): Transform {
  const decoder = new TextDecoder(encoding)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, decoder.decode(chunk, { stream: true }))
    },
    flush(done) {
      done(null, decoder.decode())
    },
  })
}

function readHeader(cells: string[]): CsvHeader {
  if (cells.length > maxColumns) {
    throw new ImportError(
      'CSV_TOO_MANY_COLUMNS',
      [
        `The header has ${String(cells.length)} columns; at most ${String(maxColumns)} are read. Remove those not needed.`,
      ],
      1,
    )
  }
  const names = cells.map((cell, index) => cell.trim() || `Column ${String(index + 1)}`)
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  const columns = names.map((name) => {
    if (counts.get(name) === 1) return name
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    return `${name} #${String(nth)}`
  })
  return { columns, repeated: [...counts].filter(([, count]) => count > 1).map(([name]) => name) }
}

function explain(error: unknown, line: number): unknown {
  if (!(error instanceof CsvError)) return error
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return new ImportError(
      'CSV_RECORD_TOO_LONG',
      [
        `The row that begins on line ${String(line)} is longer than ${String(maxRecordLength)} characters. ` +
          'Most likely a quote (") opened there is never closed; close it, or double it if it belongs to the text.',
      ],
      line,
    )
  }
  return brokenQuote(line, 'is not closed before the end of the file')
}

function brokenQuote(line: number, what: string): ImportError {
  return new ImportError(
    'CSV_QUOTE_BROKEN',
    [
      `A quote (") opened in the row that begins on line ${String(line)} ${what}. ` +
        'Close it, or write it twice ("") if it belongs to the text, then import again.',
    ],
    line,
  )
}
