/** The history of edits, small: each entry as what it changed, to be kept in the browser and put back after a reload. */
import type { Content, EditorState, HistoryEntry } from '../store.ts'
import { applyDelta, diff, invert, type Delta } from './delta.ts'

/** One entry of the history as it is kept. */
export interface PackedEntry {
  label: string
  delta: Delta | null
  selectedBefore: readonly string[]
  selectedAfter: readonly string[]
}

type History = Pick<EditorState, 'done' | 'undone'>

// An entry is never changed in place.
const packed = new WeakMap<HistoryEntry, PackedEntry>()

/** All entries from the oldest to the last that can be done again. */
export function entriesOf({ done, undone }: History): readonly HistoryEntry[] {
  return [...done, ...undone.toReversed()]
}

export function packEntry(entry: HistoryEntry): PackedEntry {
  const known = packed.get(entry)
  if (known !== undefined) return known
  const { label, before, after, selectedBefore, selectedAfter } = entry
  const made = { label, delta: diff(before, after), selectedBefore, selectedAfter }
  packed.set(entry, made)
  return made
}

/**
 * The history around `content`, of which `position` entries are done. Entries that do not fit (made by another version,
 * or lost in part) and what lies behind them are left out: undo then ends there, and never leads to anything wrong.
 */
export function unpackHistory(content: Content, entries: readonly PackedEntry[], position: number): History {
  const done: HistoryEntry[] = []
  let at = content
  for (const entry of entries.slice(0, position).toReversed()) {
    const before = step(at, entry, true)
    if (before === null) break
    done.unshift(unpackEntry(entry, before, at))
    at = before
  }
  const undone: HistoryEntry[] = []
  at = content
  for (const entry of entries.slice(position)) {
    const after = step(at, entry, false)
    if (after === null) break
    undone.unshift(unpackEntry(entry, at, after))
    at = after
  }
  return { done, undone }
}

function step(content: Content, { delta }: PackedEntry, backwards: boolean): Content | null {
  if (delta === null) return content
  try {
    return applyDelta(content, backwards ? invert(delta) : delta) as Content
  } catch {
    return null
  }
}

function unpackEntry(entry: PackedEntry, before: Content, after: Content): HistoryEntry {
  const { label, selectedBefore, selectedAfter } = entry
  const made: HistoryEntry = { label, before, after, selectedBefore, selectedAfter, merge: null }
  packed.set(made, entry)
  return made
}
