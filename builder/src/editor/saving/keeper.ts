/** Writes every change to the journal: as often as the browser can take it, never two at once, and always the newest. */
import { entriesOf } from '../history/packed-history.ts'
import type { Content, EditorStore } from '../store.ts'
import type { Journal } from './journal.ts'

interface KeeperOptions {
  /** What is on its way to the server. */
  sent: () => readonly Content[]
  /** Whether what is on the screen would outlive this page. */
  onKept: (isKept: boolean) => void
}

/** Called after each change; `settled` resolves when all has been written. */
type Keeper = (() => void) & { settled: () => Promise<void> }

export function createKeeper(
  store: EditorStore,
  journal: Pick<Journal, 'write'> | null,
  { sent, onKept }: KeeperOptions,
): Keeper {
  let writing: Promise<void> | null = null
  let isStale = false

  const write = async (to: Pick<Journal, 'write'>): Promise<void> => {
    while (isStale) {
      isStale = false
      const present = store.getState()
      const { content, saved: base, done } = present
      try {
        await to.write({ content, base, sent: sent(), entries: entriesOf(present), position: done.length })
        if (!isStale) onKept(true)
      } catch {
        // Full, or forbidden: the page then asks before it is left with unsaved changes.
        onKept(false)
      }
    }
  }

  const keep = () => {
    onKept(false)
    if (journal === null) return
    isStale = true
    writing ??= write(journal).finally(() => (writing = null))
  }
  return Object.assign(keep, { settled: async () => writing ?? undefined })
}
