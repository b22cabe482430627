/** "Tidy up": everything, or what is selected, laid out anew in a worker; one edit, and stopped at any time. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Catalogue } from '../catalogue.ts'
import type { EditorStore } from '../store.ts'
import type { CanvasEdits } from './canvas-edits.ts'
import { drawnPlaces } from './keep-tidy.ts'
import { fromElk, toElk } from './tidy-graph.ts'
import { tidyInWorker, warmTidyWorker } from './tidy-worker.ts'

export interface TidyUp {
  isRunning: boolean
  /** What went wrong the last time, in words. */
  error: string | null
  all: () => void
  selection: () => void
  cancel: () => void
  /** The pointer comes near: what will be needed is fetched. */
  prepare: () => void
}

export function useTidyUp({
  store,
  catalogue,
  edits,
}: {
  store: EditorStore
  catalogue: Catalogue
  edits: CanvasEdits
}): TidyUp {
  const [isRunning, setRunning] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const present = useRef<ReturnType<typeof tidyInWorker> | null>(null)
  useEffect(() => () => present.current?.cancel(), [])

  const run = useCallback(
    async (only?: ReadonlySet<string>) => {
      present.current?.cancel()
      const { document } = store.getState().content
      const tidying = tidyInWorker(toElk(document, catalogue, only))
      present.current = tidying
      setRunning(true)
      setError(null)
      try {
        const laidOut = await tidying.result
        // Steps that came meanwhile keep their places.
        edits.tidy(fromElk(laidOut, drawnPlaces(store.getState().content.document, catalogue)), only)
      } catch (reason) {
        if (!(reason instanceof DOMException)) setError(reason instanceof Error ? reason.message : String(reason))
      } finally {
        if (present.current === tidying) {
          present.current = null
          setRunning(false)
        }
      }
    },
    [store, catalogue, edits],
  )
  return useMemo(
    () => ({
      isRunning,
      error,
      all: () => void run(),
      selection: () => {
        const { selection } = store.getState()
        void run(selection.length > 1 ? new Set(selection) : undefined)
      },
      cancel: () => present.current?.cancel(),
      prepare: warmTidyWorker,
    }),
    [isRunning, error, run, store],
  )
}
