/**
 * What is being edited, kept in this browser with every change, so that neither a reload nor a crash nor a server that is
 * away loses anything. One record per open page holds the document and which revision it builds on; the history lies
 * beside it, one small record per entry, so that a change writes a change.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { graphFormat } from '#engine/graph/schema.ts'
import { packEntry, type PackedEntry } from '../history/packed-history.ts'
import type { Content, HistoryEntry, SavedDraft } from '../store.ts'

/** The format this code keeps. A record of another one is left as it is. */
const journalFormat = 1

/** At most so many entries, and so much of them, outlive a reload; the oldest go first. */
export const maxEntries = 400
const maxHistoryLength = 2_000_000

/** Kept by a page: where it stood. */
interface Head {
  key: string
  /** Whose page it was, and of which journey. */
  owner: string
  format: number
  graphFormat: number
  content: Content
  /** What the server had then. */
  base: SavedDraft
  /** What was on its way to the server, so that a save whose answer was never heard is known again. */
  sent: readonly Content[]
  /** Entries done, counted from `first`. */
  position: number
  /** Sequence numbers of the entries kept: from `first`, before `end`. */
  first: number
  end: number
  /** UTC ms. */
  writtenAt: number
}

interface Schema extends DBSchema {
  heads: { key: string; value: Head; indexes: { owner: string } }
  entries: { key: [string, number]; value: PackedEntry }
}
export type JournalDatabase = IDBPDatabase<Schema>

/** Opens the browser's database. @throws when the browser keeps nothing (some private windows) */
export async function openJournalDatabase(name = 'trellis-drafts'): Promise<JournalDatabase> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('heads', { keyPath: 'key' }).createIndex('owner', 'owner')
      db.createObjectStore('entries')
    },
    // A page with newer code waits for this one to let go.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase | null)?.close(),
  })
}

/** What an earlier visit left. */
export interface Kept {
  content: Content
  base: SavedDraft
  sent: readonly Content[]
  entries: PackedEntry[]
  position: number
  writtenAt: number
}

/** What a page writes. */
interface Present {
  content: Content
  base: SavedDraft
  sent: readonly Content[]
  /** From the oldest to the last that can be done again. */
  entries: readonly HistoryEntry[]
  position: number
}

export interface Journal {
  /** Null when there is nothing, or nothing this code can read. */
  read(): Promise<Kept | null>
  write(present: Present): Promise<void>
}

/** True for a record that newer code has written: it must neither be used nor written over. */
export function isFromNewerCode(head: Pick<Head, 'format' | 'graphFormat'>): boolean {
  return head.format > journalFormat || head.graphFormat > graphFormat
}

/** The journal under a key. `now` is UTC ms. */
export function createJournal(
  db: JournalDatabase,
  { key, owner, now = Date.now }: { key: string; owner: string; now?: () => number },
): Journal {
  /** The entries as they lie in the database: the first of them has the number `first`. */
  let written: PackedEntry[] = []
  let first = 0
  let isKnown = false

  const read = async (): Promise<Kept | null> => {
    const tx = db.transaction(['heads', 'entries'])
    const head = await tx.objectStore('heads').get(key)
    if (head === undefined || isFromNewerCode(head)) return null
    const entries = await tx.objectStore('entries').getAll(numbers(key, head.first, head.end - 1))
    await tx.done
    isKnown = true
    first = head.first
    written = entries
    const { content, base, sent, position, writtenAt } = head
    // Fewer than there should be: what is missing cannot be told, so none of them can be used.
    if (entries.length !== head.end - head.first) return { content, base, sent, entries: [], position: 0, writtenAt }
    return { content, base, sent, entries, position, writtenAt }
  }

  const write = async ({ content, base, sent, entries, position }: Present): Promise<void> => {
    const all = entries.map(packEntry)
    const dropped = excess(all, position)
    const kept = all.slice(dropped)
    // Entries are numbered for as long as they live: those that are there already are not written again.
    const known = isKnown ? overlap(written, kept) : { skipped: written.length, same: 0 }
    const from = first + known.skipped
    const tx = db.transaction(['heads', 'entries'], 'readwrite', { durability: 'relaxed' })
    const store = tx.objectStore('entries')
    const head: Head = {
      key,
      owner,
      format: journalFormat,
      graphFormat,
      content,
      base,
      sent,
      position: position - dropped,
      first: from,
      end: from + kept.length,
      writtenAt: now(),
    }
    await Promise.all([
      // What was let go at the beginning, and what is other now at the end.
      store.delete(numbers(key, 0, from - 1)),
      store.delete(numbers(key, from + known.same, Infinity)),
      ...kept.slice(known.same).map((entry, index) => store.put(entry, [key, from + known.same + index])),
      tx.objectStore('heads').put(head),
      tx.done,
    ])
    isKnown = true
    first = from
    written = kept
  }

  return { read, write }
}

/** Entries of a record by number, both included. */
function numbers(key: string, from: number, to: number): IDBKeyRange {
  // A range must not end before it begins; no entry has a number between two.
  return IDBKeyRange.bound([key, from - 0.5], [key, Math.max(to, from - 0.5)])
}

/** How many of the oldest entries to let go. Never more than are done: what can be done again stays. */
function excess(entries: readonly PackedEntry[], position: number): number {
  let length = 0
  let kept = 0
  for (const entry of entries.toReversed()) {
    length += sizeOf(entry)
    if (kept >= maxEntries || length > maxHistoryLength) break
    kept += 1
  }
  return Math.min(entries.length - kept, position)
}

const sizes = new WeakMap<PackedEntry, number>()
function sizeOf(entry: PackedEntry): number {
  const known = sizes.get(entry)
  if (known !== undefined) return known
  const size = JSON.stringify(entry).length
  sizes.set(entry, size)
  return size
}

/** The written entries that stand at the beginning of the new list, after some that were let go. */
function overlap(written: readonly PackedEntry[], kept: readonly PackedEntry[]): { skipped: number; same: number } {
  const skipped = kept[0] === undefined ? written.length : written.indexOf(kept[0])
  if (skipped < 0) return { skipped: written.length, same: 0 }
  let same = 0
  while (same < kept.length && kept[same] === written[skipped + same]) same += 1
  return { skipped, same }
}

/** Records of one person and journey: which there are, and which of them hold what the server may not have. */
export async function listHeads(db: JournalDatabase, owner: string): Promise<Head[]> {
  return db.getAllFromIndex('heads', 'owner', owner)
}

/** Takes a record and its history away. */
export async function removeJournal(db: JournalDatabase, key: string): Promise<void> {
  const tx = db.transaction(['heads', 'entries'], 'readwrite')
  await Promise.all([
    tx.objectStore('heads').delete(key),
    tx.objectStore('entries').delete(numbers(key, 0, Infinity)),
    tx.done,
  ])
}
