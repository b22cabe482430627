/**
 * One open journey: its document, what is selected, and every edit that can be undone. Edits are pure functions of the
 * document (engine/graph); the store keeps what was before and after each, which costs little since unchanged parts are
 * shared.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { Draft } from '#server/contract/drafts.ts'

/** What is edited, undone and saved. */
export interface Content {
  name: string
  description: string
  document: JourneyDocument
}

export interface HistoryEntry {
  /** What was done, as after "Undo: ": `delete 3 steps`. */
  label: string
  before: Content
  after: Content
  /** What was selected then. */
  selectedBefore: readonly string[]
  selectedAfter: readonly string[]
  /** Consecutive edits with the same key are one entry (typing, one drag). */
  merge: string | null
}

export interface EdgeSelection {
  from: string
  port: string
}

/** What the server has, and which revision it is. */
export interface SavedDraft {
  revision: number
  updatedAt: string
  content: Content
}

interface EditOptions {
  /** Ids to select afterwards. Absent: what was selected and is still there. */
  select?: readonly string[]
  /** Joins this edit with the one before, when that has the same key. */
  merge?: string
}

export interface EditorState {
  /** What does not change by editing. */
  journey: Pick<Draft, 'id' | 'key' | 'status' | 'liveVersion'>
  content: Content
  saved: SavedDraft
  /** Ids of steps and notes, in the order they were selected; the last one is what the inspector shows. */
  selection: readonly string[]
  /** The selected connection, when no step is. */
  edge: EdgeSelection | null
  undone: readonly HistoryEntry[]
  done: readonly HistoryEntry[]
  /** False in Live, Simulate and for people without the right: edits are refused. */
  isEditable: boolean
}

export interface EditorStore extends StoreApi<EditorState> {
  /** Edits steps, connections, notes, settings. An edit that returns the same document is none. Tells whether it was one. */
  apply(label: string, edit: (document: JourneyDocument) => JourneyDocument, options?: EditOptions): boolean
  rename(name: string): boolean
  describe(description: string): boolean
  undo(): HistoryEntry | null
  redo(): HistoryEntry | null
  select(ids: readonly string[]): void
  /** Adds an id to the selection, or takes it out. */
  toggleSelected(id: string): void
  selectEdge(edge: EdgeSelection | null): void
  setEditable(isEditable: boolean): void
  /** The server has this now. */
  markSaved(saved: SavedDraft): void
  /**
   * Other content in place of this one (a conflict resolved, a version restored), as one edit that can be undone. Also where
   * nothing can be edited: what the server has is taken over on a phone, too.
   */
  replaceContent(label: string, content: Content): boolean
  /** History of an earlier visit, put back. */
  restoreHistory(history: Pick<EditorState, 'done' | 'undone'>, content: Content): void
  setJourney(journey: Partial<EditorState['journey']>): void
}

/** `settle` has the last word on an edit: where its steps are drawn. */
export function createEditorStore(
  draft: Draft,
  settle: (before: JourneyDocument, after: JourneyDocument) => JourneyDocument = (_, after) => after,
): EditorStore {
  const content: Content = {
    name: draft.name,
    description: draft.description,
    document: { graph: draft.graph, layout: draft.layout },
  }
  const store = createStore<EditorState>(() => ({
    journey: { id: draft.id, key: draft.key, status: draft.status, liveVersion: draft.liveVersion },
    content,
    saved: { revision: draft.revision, updatedAt: draft.updatedAt, content },
    selection: [],
    edge: null,
    undone: [],
    done: [],
    isEditable: true,
  }))
  const { getState, setState } = store

  function change(
    label: string,
    after: Content,
    {
      select,
      merge = null,
      isForced = false,
    }: { select?: readonly string[] | undefined; merge?: string | null; isForced?: boolean },
  ) {
    const { content: before, selection, done, edge, isEditable } = getState()
    if ((!isEditable && !isForced) || isSameContent(before, after)) return false
    const selected = existing(after, select ?? selection)
    const last = done.at(-1)
    const joins = merge !== null && last?.merge === merge && last.after === before
    const entry: HistoryEntry = joins
      ? { ...last, after, selectedAfter: selected }
      : { label, before, after, selectedBefore: selection, selectedAfter: selected, merge }
    setState({
      content: after,
      selection: selected,
      edge: selected.length === 0 && edge !== null && hasEdge(after, edge) ? edge : null,
      done: [...(joins ? done.slice(0, -1) : done), entry],
      undone: [],
    })
    return true
  }

  return {
    ...store,
    apply: (label, edit, options = {}) => {
      const present = getState().content
      return change(label, { ...present, document: settle(present.document, edit(present.document)) }, options)
    },
    rename: (name) => change('rename the journey', { ...getState().content, name }, { merge: 'name' }),
    describe: (description) =>
      change('change the description', { ...getState().content, description }, { merge: 'description' }),
    replaceContent: (label, after) => change(label, after, { select: [], isForced: true }),
    undo: () => {
      const { done, undone, isEditable } = getState()
      const entry = done.at(-1)
      if (entry === undefined || !isEditable) return null
      setState({
        content: entry.before,
        selection: existing(entry.before, entry.selectedBefore),
        edge: null,
        done: done.slice(0, -1),
        undone: [...undone, entry],
      })
      return entry
    },
    redo: () => {
      const { done, undone, isEditable } = getState()
      const entry = undone.at(-1)
      if (entry === undefined || !isEditable) return null
      setState({
        content: entry.after,
        selection: existing(entry.after, entry.selectedAfter),
        edge: null,
        done: [...done, entry],
        undone: undone.slice(0, -1),
      })
      return entry
    },
    select: (ids) => {
      const selection = existing(getState().content, ids)
      const { selection: before, edge } = getState()
      if (edge === null && before.length === selection.length && before.every((id, index) => id === selection[index])) {
        return
      }
      setState({ selection, edge: null })
    },
    toggleSelected: (id) => {
      const { selection, content: present } = getState()
      const next = selection.includes(id) ? selection.filter((one) => one !== id) : [...selection, id]
      setState({ selection: existing(present, next), edge: null })
    },
    selectEdge: (edge) => {
      const found = edge !== null && hasEdge(getState().content, edge) ? edge : null
      setState(found === null ? { edge: null } : { edge: found, selection: [] })
    },
    setEditable: (isEditable) => setState({ isEditable }),
    markSaved: (saved) => setState({ saved }),
    restoreHistory: ({ done, undone }, restored) =>
      setState({ done, undone, content: restored, selection: existing(restored, getState().selection), edge: null }),
    setJourney: (journey) => setState({ journey: { ...getState().journey, ...journey } }),
  }
}

/** True while the server has not what is on the screen. */
export function isDirty({ content, saved }: EditorState): boolean {
  return !isSameContent(content, saved.content)
}

function isSameContent(a: Content, b: Content): boolean {
  return a.name === b.name && a.description === b.description && isSameDocument(a.document, b.document)
}

function isSameDocument(a: JourneyDocument, b: JourneyDocument): boolean {
  return a === b || (a.graph === b.graph && a.layout === b.layout)
}

function existing({ document }: Content, ids: readonly string[]): readonly string[] {
  const known = new Set([...document.graph.nodes, ...document.layout.notes].map(({ id }) => id))
  return ids.filter((id) => known.has(id))
}

function hasEdge({ document }: Content, { from, port }: EdgeSelection): boolean {
  return document.graph.edges.some((edge) => edge.from === from && edge.port === port)
}
