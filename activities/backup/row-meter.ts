import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'

/** Counts and hashes COPY text on its way: a row is a line, since COPY writes line breaks inside values as `\n`. */
export function createRowMeter(): { stream: Transform; rows: () => number; sha256: () => string } {
  const hash = createHash('sha256')
  let rows = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1
      hash.update(chunk)
      done(null, chunk)
    },
  })
  let digest: string | null = null
  return { stream, rows: () => rows, sha256: () => (digest ??= hash.digest('hex')) }
}
