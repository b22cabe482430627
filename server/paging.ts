/** Cursors of lists: opaque to callers, the key of the last row to us. */
import type { Keyset } from '#db/repositories/keyset.ts'
import { HttpProblem } from './problem.ts'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The key of a row as a cursor. */
export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(parts.join(' ')).toString('base64url')
}

/** The parts a cursor was made of. @throws {HttpProblem} REQUEST_INVALID when it is not one of ours. */
export function decodeCursor(cursor: string, isPart: readonly ((part: string) => boolean)[]): string[] {
  const parts = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  if (parts.length === isPart.length && parts.every((part, index) => isPart[index]?.(part) === true)) return parts
  const message = `"${cursor}" is not a cursor of this list; pass on nextCursor unchanged, or leave it out.`
  throw new HttpProblem('REQUEST_INVALID', message, {
    issues: [{ code: 'CURSOR_INVALID', severity: 'error', path: ['query', 'cursor'], message }],
  })
}

/** An instant as `encodeCursor` wrote it. */
export function isCursorInstant(part: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(part) && !Number.isNaN(Date.parse(part))
}

export function isCursorId(part: string): boolean {
  return uuidPattern.test(part)
}

/** The cursor of a list by (instant, id); null = from the beginning. */
export function readCursor(cursor: string | undefined): Keyset | null {
  if (cursor === undefined) return null
  const [at = '', id = ''] = decodeCursor(cursor, [isCursorInstant, isCursorId])
  return { at: new Date(at), id }
}

/**
 * Cuts a page from rows that were read with `limit + 1`, so that the last page is known to be the last.
 * @param keyOf the instant and id the list is ordered by
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => Keyset,
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  const key = hasMore ? keyOf(last) : null
  return {
    items: shown.map(toItem),
    nextCursor: key === null ? null : encodeCursor([key.at.toISOString(), key.id]),
  }
}
