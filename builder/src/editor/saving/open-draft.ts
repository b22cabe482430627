/** A journey's store as its editor begins: the draft of the server, and what this browser kept beside it. */
import type { Draft } from '#server/contract/drafts.ts'
import { createEditorStore, type EditorStore } from '../store.ts'
import { restoreKept, type Restored } from './restore.ts'
import { theirDraft } from './same-content.ts'
import type { OpenedJournal } from './use-journal.ts'

export interface OpenedDraft {
  store: EditorStore
  restored: Restored
  journal: OpenedJournal
}

export function openDraft(
  draft: Draft,
  journal: OpenedJournal,
  settle: Parameters<typeof createEditorStore>[1],
): OpenedDraft {
  const store = createEditorStore(draft, settle)
  const { kept } = journal
  return { store, journal, restored: kept === null ? { kind: 'nothing' } : restoreKept(store, kept, theirDraft(draft)) }
}
