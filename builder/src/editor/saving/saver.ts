/**
 * Saves the draft by itself: a moment after the last change, on top of the revision that was read. Nothing is ever saved
 * over what somebody else has saved; while the server is away it is tried again, later and later; and every change is in
 * this browser's journal first.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Problem } from '#server/contract/problem.ts'
import { isDirty, type Content, type EditorStore, type SavedDraft } from '../store.ts'
import type { Journal } from './journal.ts'
import { createKeeper } from './keeper.ts'
import { isSameContent, type TheirDraft } from './same-content.ts'
import { t } from '../../i18n/t.ts'

type SavingState =
  | { kind: 'saved' }
  /** Changes wait for the pause after the last of them. */
  | { kind: 'waiting' }
  | { kind: 'saving' }
  /** The server is away. It is asked again at `retryAt`, UTC ms. */
  | { kind: 'unreachable'; retryAt: number }
  /** The server does not take it as it is; it is tried again with the next change. */
  | { kind: 'refused'; message: string }
  /** Somebody else has saved meanwhile; nothing is sent until a person has chosen. */
  | { kind: 'conflict'; theirs: TheirDraft }

/** What the page shows of it. */
export interface Saving {
  state: SavingState
  /** False while the newest change is not yet in this browser's journal: closing the page would lose it. */
  isKept: boolean
  /** Somebody else's draft that was taken over because nothing of one's own was lost by it; to tell about it. */
  takenOver: TheirDraft | null
}

export interface SaverOptions {
  store: EditorStore
  /** Null when the browser keeps nothing. */
  journal: Pick<Journal, 'write'> | null
  /** Saves on top of a revision. @throws what `problemOf` can read */
  save: (content: Content, baseRevision: number) => Promise<Pick<SavedDraft, 'revision' | 'updatedAt'>>
  /** The draft as the server has it. */
  load: () => Promise<TheirDraft>
  /** What went wrong: null when no answer came. */
  problemOf: (error: unknown) => Problem | null
  /** A conflict that was found when the journal was restored. */
  conflict?: TheirDraft | null
  now?: () => number
}

/** After the last change. */
const pauseMs = 800
/** Somebody who never pauses is saved that often. */
const longestWaitMs = 10_000
const firstRetryMs = 1000
const longestRetryMs = 30_000
/** Saves without an answer that are remembered: one of them may have arrived. */
const rememberedSaves = 3

export interface Saver {
  state: StoreApi<Saving>
  /** Begins to watch the store. Returns how to stop: what is not saved then is sent at once, and resolves when it has arrived or failed. */
  start: () => () => Promise<void>
  /** Saves now instead of after the pause; also while the server seems to be away. */
  saveNow: () => void
  /** The server has told that the draft has this revision now. */
  noteRevision: (revision: number, by: string | null) => void
  /** Conflict: one's own draft is saved on top of theirs. */
  keepMine: () => void
  /** Conflict: theirs is shown; one's own can be had back by undo. */
  takeTheirs: () => void
}

export function createSaver(options: SaverOptions): Saver {
  const { store, journal, save, load, problemOf, conflict = null, now = Date.now } = options
  const state = createStore<Saving>(() => ({
    state: conflict === null ? { kind: 'saved' } : { kind: 'conflict', theirs: conflict },
    isKept: true,
    takenOver: null,
  }))
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitingSince: number | null = null
  let retryMs = firstRetryMs
  let isSending = false
  let isRunning = false
  /** Sent, and not answered. */
  let sent: readonly Content[] = []
  /** The newest revision that was heard of, and who made it. */
  let heard: { revision: number; by: string | null } | null = null
  let sending: Promise<void> | null = null
  let looking: Promise<void> | null = null

  const set = (next: SavingState) => state.setState({ state: next })
  const shown = () => state.getState().state
  const hasChanges = () => isDirty(store.getState())
  const keep = createKeeper(store, journal, {
    sent: () => sent,
    onKept: (isKept) => state.setState({ isKept: isKept || !hasChanges() }),
  })

  const schedule = (): void => {
    const present = shown()
    if (!isRunning || present.kind === 'conflict' || isSending) return
    clearTimeout(timer)
    if (!hasChanges()) {
      waitingSince = null
      set({ kind: 'saved' })
      return
    }
    // The same again would be refused again; the next change makes it wait.
    if (present.kind === 'refused') return
    waitingSince ??= now()
    const wait =
      present.kind === 'unreachable'
        ? // A server that is away is asked when its time has come, not with every change.
          Math.max(0, present.retryAt - now())
        : Math.min(pauseMs, Math.max(0, waitingSince + longestWaitMs - now()))
    if (present.kind !== 'unreachable') set({ kind: 'waiting' })
    timer = setTimeout(() => void send(), wait)
  }

  const send = (): Promise<void> => {
    sending ??= sendOnce().finally(() => (sending = null))
    return sending
  }

  const sendOnce = async (): Promise<void> => {
    clearTimeout(timer)
    if (shown().kind === 'conflict') return
    if (!hasChanges()) {
      schedule()
      return
    }
    const { content, saved } = store.getState()
    isSending = true
    waitingSince = null
    // A server that is away is asked quietly: what is shown changes when it has answered.
    if (shown().kind !== 'unreachable') set({ kind: 'saving' })
    sent = [...sent, content].slice(-rememberedSaves)
    keep()
    let outcome: SavingState
    try {
      const { revision, updatedAt } = await save(content, saved.revision)
      store.markSaved({ revision, updatedAt, content })
      outcome = answered()
    } catch (error) {
      outcome = await afterFailure(error)
    }
    isSending = false
    settle(outcome)
  }

  const answered = (): SavingState => {
    sent = []
    retryMs = firstRetryMs
    return { kind: 'saved' }
  }

  const afterFailure = async (error: unknown): Promise<SavingState> => {
    const problem = problemOf(error)
    if (problem?.code === 'DRAFT_CONFLICT') {
      try {
        return meet(await load())
      } catch (again) {
        return afterFailure(again)
      }
    }
    if (problem === null || problem.status >= 500 || problem.status === 429) {
      const wait = retryMs * (0.8 + Math.random() * 0.4)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
      return { kind: 'unreachable', retryAt: now() + wait }
    }
    const [issue] = problem.issues ?? []
    return { kind: 'refused', message: issue === undefined ? problem.detail : issue.message }
  }

  /** Another draft in place of the one this was made on: somebody's, or one's own save whose answer was lost. */
  const meet = (theirs: TheirDraft): SavingState => {
    const { content, saved } = store.getState()
    const { revision, updatedAt } = theirs
    const own = [content, ...sent, saved.content].find((one) => isSameContent(one, theirs.content))
    if (own !== undefined) {
      store.markSaved({ revision, updatedAt, content: own })
      return answered()
    }
    if (hasChanges()) return { kind: 'conflict', theirs }
    takeOver(
      theirs,
      theirs.by === null
        ? t('take over what was saved elsewhere')
        : t('take over what {{name}} saved', { name: theirs.by }),
    )
    state.setState({ takenOver: theirs })
    return answered()
  }

  const settle = (outcome: SavingState): void => {
    const isOld = outcome.kind === 'refused' && store.getState().content !== sent.at(-1)
    set(isOld ? { kind: 'waiting' } : outcome)
    keep()
    schedule()
    lookForOthers()
  }

  /** Adds to the history without being an edit: also where nothing can be edited now. */
  const remember = (...steps: { label: string; after: Content }[]): void => {
    const { content, done, selection } = store.getState()
    const entries = [...done]
    let before = content
    for (const { label, after } of steps) {
      entries.push({ label, before, after, selectedBefore: selection, selectedAfter: selection, merge: null })
      before = after
    }
    store.restoreHistory({ done: entries, undone: [] }, before)
  }

  /** Shows theirs; undo leads back. */
  const takeOver = ({ revision, updatedAt, content }: TheirDraft, label: string): void => {
    remember({ label, after: content })
    store.markSaved({ revision, updatedAt, content })
  }

  /** Reads the draft when a newer revision was heard of than the one this builds on. */
  const lookForOthers = (): void => {
    const isNews = heard !== null && heard.revision > store.getState().saved.revision
    if (!isRunning || !isNews || isSending || looking !== null) return
    looking = load()
      .then((draft) => {
        if (isSending || draft.revision <= store.getState().saved.revision) return
        const theirs = { ...draft, by: heard?.revision === draft.revision ? heard.by : draft.by }
        clearTimeout(timer)
        settle(shown().kind === 'conflict' ? { kind: 'conflict', theirs } : meet(theirs))
      })
      // Saving meets the same conflict, or the stream tells again.
      .catch(() => undefined)
      .finally(() => (looking = null))
  }

  return {
    state,
    start: () => {
      isRunning = true
      const stop = store.subscribe((present, before) => {
        if (present.content === before.content && present.done === before.done) return
        keep()
        if (present.content === before.content) return
        if (shown().kind === 'refused') set({ kind: 'waiting' })
        schedule()
      })
      // What was restored from the journal.
      if (hasChanges()) keep()
      schedule()
      lookForOthers()
      return () => {
        isRunning = false
        stop()
        clearTimeout(timer)
        return (sending ?? send()).then(keep.settled)
      }
    },
    saveNow: () => void send(),
    noteRevision: (revision, by) => {
      if (heard !== null && heard.revision >= revision) return
      heard = { revision, by }
      lookForOthers()
    },
    keepMine: () => {
      const present = shown()
      if (present.kind !== 'conflict') return
      const { revision, updatedAt, content, by } = present.theirs
      const mine = store.getState().content
      // What is saved over is not lost: undo leads to it.
      const whose = by === null ? 'the other draft' : `${by}’s draft`
      remember(
        { label: t('take {{whose}}', { whose }), after: content },
        { label: t('keep mine instead of {{whose}}', { whose }), after: mine },
      )
      store.markSaved({ revision, updatedAt, content })
      sent = []
      set({ kind: 'waiting' })
      void send()
    },
    takeTheirs: () => {
      const present = shown()
      if (present.kind !== 'conflict') return
      const { by } = present.theirs
      set({ kind: 'saved' })
      takeOver(present.theirs, by === null ? t('take the other draft') : t('take {{name}}’s draft', { name: by }))
      sent = []
      settle({ kind: 'saved' })
    },
  }
}
