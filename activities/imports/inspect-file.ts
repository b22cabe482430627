import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { TextDecoder } from 'node:util'
import { ImportError } from './errors.ts'

/** Encodings a CSV file comes in. Old spreadsheets write `windows-1252`, a superset of Latin-1. */
type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** What one pass over a file tells before a row of it is read. */
export interface CsvFacts {
  /** SHA-256 of the bytes, in hex. */
  hash: string
  bytes: number
  encoding: CsvEncoding
  delimiter: ',' | ';' | '\t' | '|'
}

/** As much of the file as the delimiter is guessed from. */
const headBytes = 64 * 1024
const delimiters = [',', ';', '\t', '|'] as const

/**
 * Reads a file once, in constant memory: hash, encoding and delimiter. A byte order mark decides the encoding; without
 * one, a file that is not valid UTF-8 is taken as windows-1252 (every byte string is valid there, so it comes last).
 *
 * @throws {ImportError} CSV_EMPTY; CSV_NOT_TEXT for workbooks, archives and other binary files.
 */
export async function inspectCsvFile(path: string): Promise<CsvFacts> {
  const hash = createHash('sha256')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const head: Buffer[] = []
  let bytes = 0
  let isUtf8 = true
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    if (bytes < headBytes) head.push(chunk)
    bytes += chunk.length
    isUtf8 &&= decodes(utf8, chunk)
  }
  isUtf8 &&= decodes(utf8)
  const start = Buffer.concat(head).subarray(0, headBytes)
  const encoding = encodingOf(start, isUtf8)
  const text = new TextDecoder(encoding).decode(start)
  if (text.trim() === '')
    throw new ImportError('CSV_EMPTY', ['The file is empty. Choose a CSV file with a header line.'])
  if (text.includes('\0')) {
    const what = start.subarray(0, 2).toString('latin1') === 'PK' ? 'a workbook or an archive' : 'a binary file'
    throw new ImportError('CSV_NOT_TEXT', [`This is ${what}, not a CSV file. Save it as "CSV UTF-8" and import that.`])
  }
  return { hash: hash.digest('hex'), bytes, encoding, delimiter: guessDelimiter(text) }
}

/** True while the bytes so far are valid UTF-8; called without a chunk at the end. */
function decodes(decoder: TextDecoder, chunk?: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined })
    return true
  } catch {
    return false
  }
}

function encodingOf(start: Buffer, isUtf8: boolean): CsvEncoding {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  return isUtf8 ? 'utf-8' : 'windows-1252'
}

/** The candidate that the header line holds most often outside quotes; a comma when it holds none. */
function guessDelimiter(text: string): CsvFacts['delimiter'] {
  const counts = new Map<string, number>()
  let isQuoted = false
  for (const char of text) {
    if (char === '"') isQuoted = !isQuoted
    else if (!isQuoted && (char === '\n' || char === '\r')) break
    else if (!isQuoted) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  return delimiters.reduce((best, candidate) =>
    (counts.get(candidate) ?? 0) > (counts.get(best) ?? 0) ? candidate : best,
  )
}
