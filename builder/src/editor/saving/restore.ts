/** What an earlier visit left in this browser, put back on top of what the server has now. */
import { unpackHistory } from '../history/packed-history.ts'
import type { EditorStore } from '../store.ts'
import type { Kept } from './journal.ts'
import { isSameContent, type TheirDraft } from './same-content.ts'

export type Restored =
  /** Nothing was left, or somebody has saved since and nothing of one's own was unsaved. */
  | { kind: 'nothing' }
  /** The server has everything; undo goes on where it was. */
  | { kind: 'history' }
  /** Changes that were not saved are back, and will be saved now. */
  | { kind: 'unsaved'; writtenAt: number }
  /** They are back, and somebody else has saved meanwhile. */
  | { kind: 'conflict'; writtenAt: number; theirs: TheirDraft }

/** Puts it into a store that was opened with `theirs`. */
export function restoreKept(store: EditorStore, kept: Kept, theirs: TheirDraft): Restored {
  const { content, base, sent, entries, position, writtenAt } = kept
  const { revision, updatedAt } = theirs
  const history = unpackHistory(content, entries, position)
  if (isSameContent(content, theirs.content)) {
    store.restoreHistory(history, content)
    store.markSaved({ revision, updatedAt, content })
    return { kind: 'history' }
  }
  if (isSameContent(content, base.content)) return { kind: 'nothing' }
  store.restoreHistory(history, content)
  // A save whose answer was never heard is no conflict with oneself.
  if (revision === base.revision || [base.content, ...sent].some((one) => isSameContent(one, theirs.content))) {
    return { kind: 'unsaved', writtenAt }
  }
  // Still built on what it was built on: until a person has chosen, nothing may be saved over theirs.
  store.markSaved(base)
  return { kind: 'conflict', writtenAt, theirs }
}
