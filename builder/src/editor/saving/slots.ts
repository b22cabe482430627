/**
 * Which record of the journal a page may write. Each page of the same journey has one of its own, held by a lock of the
 * browser that ends with the page however it ends, so that two tabs never write over each other and what a crashed one
 * left is found by the next.
 */
import { isFromNewerCode, listHeads, removeJournal, type JournalDatabase, type Kept } from './journal.ts'
import { isSameJson } from '../history/delta.ts'
import { holdByMessages } from './hold-by-messages.ts'

/** Pages of one journey in one browser; one more is edited without a journal. */
const slots = 8
const dayMs = 86_400_000
/** A record whose content the server has is kept for its undo; one with unsaved changes for much longer. */
const keptSavedMs = 7 * dayMs
const keptUnsavedMs = 90 * dayMs

export interface Slot {
  key: string
  /** Lets another page have it. */
  release(): void
}

/**
 * Takes a record for this page: the one this tab had before a reload, else one that holds unsaved changes nobody has
 * open, else an empty one. Null when all are in use.
 */
export async function takeSlot(db: JournalDatabase, owner: string, now: number): Promise<Slot | null> {
  const heads = new Map((await listHeads(db, owner)).map((head) => [head.key, head]))
  const own = sessionStorage.getItem(`trellis.slot ${owner}`)
  const rank = (key: string): number => {
    const head = heads.get(key)
    if (head !== undefined && isFromNewerCode(head)) return Infinity
    if (key === own) return 0
    if (head === undefined) return 3
    return isUnsaved(head) ? 1 : 2
  }
  const keys = Array.from({ length: slots }, (_, index) => `${owner} ${String(index)}`)
  for (const key of keys.filter((one) => rank(one) < Infinity).toSorted((a, b) => rank(a) - rank(b))) {
    // The page that had it may still be on its way out.
    const release = await holdLock(`trellis draft ${key}`, key === own ? 1000 : 0)
    if (release === null) continue
    const head = heads.get(key)
    if (head !== undefined && isOutdated(head, now)) await removeJournal(db, key)
    sessionStorage.setItem(`trellis.slot ${owner}`, key)
    return { key, release }
  }
  return null
}

type Contents = Pick<Kept, 'content' | 'base' | 'writtenAt'>

/** True when a record is so old that it is thrown away instead of opened; whose it was makes no difference. */
export function isOutdated(head: Contents, now: number): boolean {
  return now - head.writtenAt > (isUnsaved(head) ? keptUnsavedMs : keptSavedMs)
}

function isUnsaved({ content, base }: Contents): boolean {
  return !isSameJson(content, base.content)
}

/** Holds a lock until it is let go or the page ends; null when another page has it for longer than `waitMs`. */
async function holdLock(name: string, waitMs: number): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return holdByMessages(name)
  return new Promise((resolve) => {
    const options = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true }
    navigator.locks
      .request(name, options, async (lock) => {
        if (lock === null) {
          resolve(null)
          return
        }
        await new Promise<void>((release) => resolve(() => release()))
      })
      .catch(() => resolve(null))
  })
}
