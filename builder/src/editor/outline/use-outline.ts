/** The state of the outline: which row the keyboard is on, what is folded; the selection is the canvas's. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { canvasView } from '../canvas-view.ts'
import { useCatalogue, useDocument, useEditor, useEditorStore } from '../editor-context.tsx'
import { foldedAbove, outlineRows, type OutlineRow } from './rows.ts'

export interface OutlineState {
  rows: readonly OutlineRow[]
  /** The index of the row the keyboard is on; -1 while there are none. */
  at: number
  active: OutlineRow | undefined
  selection: readonly string[]
  /** Moves to a row; `extend` adds its step to the selection. */
  moveTo: (index: number, extend?: boolean) => void
  /** To a step or note, wherever it is, unfolding what hides it. */
  show: (id: string) => void
  setFolded: (id: string, isFolded: boolean) => void
  /** Selects nothing; the row stays. */
  clear: () => void
  foldAll: (isFolded: boolean) => void
}

export function useOutline(): OutlineState {
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const document = useDocument()
  const selection = useEditor((state) => state.selection)
  const [folded, setFoldedIds] = useState<ReadonlySet<string>>(new Set())
  const [key, setKey] = useState<string | null>(null)
  const rows = useMemo(
    () => outlineRows(document, catalogue.portsOf, folded),
    // What is drawn of a step changes with the graph and its notes, never with where it stands.
    [document.graph.nodes, document.graph.edges, document.layout.notes, catalogue, folded],
  )
  // The row that is gone leaves the keyboard where it was, not at the top.
  const last = useRef(0)
  const found = rows.findIndex((row) => row.key === key)
  const at = rows.length === 0 ? -1 : found >= 0 ? found : Math.min(last.current, rows.length - 1)
  useEffect(() => {
    last.current = Math.max(0, at)
  }, [at])

  const show = useCallback(
    (id: string) => {
      setFoldedIds((present) => {
        const above = foldedAbove(editor.getState().content.document, catalogue.portsOf, present, id)
        return above.length === 0 ? present : new Set([...present].filter((one) => !above.includes(one)))
      })
      setKey(id)
    },
    [editor, catalogue],
  )
  // What is selected on the canvas is where the outline is, too.
  const newest = selection.at(-1)
  useEffect(() => {
    if (newest !== undefined) show(newest)
  }, [newest, show])

  const moveTo = (index: number, extend = false) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row === undefined) return
    setKey(row.key)
    if (row.kind === 'join') editor.selectEdge(row.way)
    if (row.kind !== 'step' && row.kind !== 'note') return
    const id = row.key
    editor.select(extend ? [...selection.filter((one) => one !== id), id] : [id])
    canvasView()?.reveal([id])
  }
  return {
    rows,
    at,
    active: rows[at],
    selection,
    moveTo,
    show,
    clear: () => editor.select([]),
    setFolded: (id, isFolded) =>
      setFoldedIds((present) =>
        isFolded ? new Set([...present, id]) : new Set([...present].filter((one) => one !== id)),
      ),
    foldAll: (isFolded) =>
      setFoldedIds(
        isFolded
          ? new Set(
              outlineRows(document, catalogue.portsOf).flatMap((row) =>
                row.kind === 'step' && row.isBranch ? [row.key] : [],
              ),
            )
          : new Set(),
      ),
  }
}
