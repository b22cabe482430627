/** What the keys do on a row of the outline. */
import type { KeyboardEvent } from 'react'
import { t } from '../../i18n/t.ts'
import { announce } from '../../ui/announce.ts'
import type { CanvasEdits } from '../canvas/canvas-edits.ts'
import type { OutlineRow } from './rows.ts'
import type { OutlineState } from './use-outline.ts'

/** What is asked for in a dialog or in the row itself. */
export type Asking =
  | { kind: 'add'; place: 'after' | 'before' }
  | { kind: 'connect' }
  | { kind: 'rename' }
  | { kind: 'note' }
  | { kind: 'delete'; ids: readonly string[] }

interface OutlineActions {
  outline: OutlineState
  edits: CanvasEdits
  isEditable: boolean
  /** Rows that fit into view. */
  page: number
  ask: (asking: Asking) => void
  /** To the first setting of the step in the inspector. */
  openInspector: () => void
}

/** True when the key meant something. */
export function handleOutlineKey(event: KeyboardEvent, actions: OutlineActions): boolean {
  const { outline } = actions
  const { rows, at, active } = outline
  if (active === undefined) return false
  return walk(event, actions) || edit(event, active, actions)

  function walk({ key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent, { page }: OutlineActions): boolean {
    if (altKey || ctrlKey || metaKey) return false
    switch (key) {
      case 'ArrowDown':
        outline.moveTo(at + 1, shiftKey)
        return true
      case 'ArrowUp':
        outline.moveTo(at - 1, shiftKey)
        return true
      case 'Home':
        outline.moveTo(0)
        return true
      case 'End':
        outline.moveTo(rows.length - 1)
        return true
      case 'PageDown':
        outline.moveTo(at + page)
        return true
      case 'PageUp':
        outline.moveTo(at - page)
        return true
      case 'Escape':
        // One level out: with nothing selected the inspector shows the journey itself.
        if (outline.selection.length === 0) return false
        outline.clear()
        announce(t('Nothing is selected; the inspector shows the journey.'))
        return true
      case 'ArrowRight':
        if (active?.kind !== 'step' || !active.isBranch) return true
        if (active.isExpanded) outline.moveTo(at + 1)
        else outline.setFolded(active.key, false)
        return true
      case 'ArrowLeft':
        if (active?.kind === 'step' && active.isBranch && active.isExpanded) outline.setFolded(active.key, true)
        else if (active !== undefined && active.parent !== null) outline.show(active.parent)
        return true
      default:
        return false
    }
  }
}

function edit(
  event: KeyboardEvent,
  row: OutlineRow,
  { outline, edits, isEditable, ask, openInspector }: OutlineActions,
) {
  const { key, altKey, shiftKey } = event
  const isPlain = !altKey && !event.ctrlKey && !event.metaKey
  if (key === 'Enter' && isPlain) {
    if (row.kind === 'step') openInspector()
    else if (row.kind === 'join') outline.show(row.to)
    else if (isEditable) ask({ kind: row.kind === 'note' ? 'note' : 'connect' })
    return true
  }
  const wanted = wish(event)
  if (wanted === null) return false
  if (!isEditable) {
    announce(t('This journey is only looked at here; it is not changed.'))
    return true
  }
  const ids = outline.selection.includes(row.key) ? outline.selection : [row.key]
  switch (wanted) {
    case 'move':
      if (row.kind === 'step') edits.moveAlong(row.key, key === 'ArrowUp' ? 'up' : 'down')
      else announce(t('Only steps are moved along the journey.'))
      return true
    case 'add':
      if (row.kind === 'note') announce(t('Steps are added at steps, not at notes.'))
      else ask({ kind: 'add', place: shiftKey ? 'before' : 'after' })
      return true
    case 'delete':
      if (row.kind === 'join') edits.disconnect(row.way)
      else if (row.kind !== 'open') ask({ kind: 'delete', ids })
      return true
    case 'rename':
      if (row.kind === 'step') ask({ kind: 'rename' })
      else if (row.kind === 'note') ask({ kind: 'note' })
      return true
    case 'switch':
      if (row.kind === 'step') edits.toggle(ids)
      return true
    case 'duplicate':
      if (row.kind === 'step' || row.kind === 'note') edits.duplicate(ids)
      return true
    case 'connect':
      if (row.kind !== 'note') ask({ kind: 'connect' })
      return true
  }
}

type Wish = 'move' | 'add' | 'delete' | 'rename' | 'switch' | 'duplicate' | 'connect'

function wish({ key, altKey, ctrlKey, metaKey }: KeyboardEvent): Wish | null {
  if (altKey) return key === 'ArrowUp' || key === 'ArrowDown' ? 'move' : null
  if (ctrlKey || metaKey) return key.toLowerCase() === 'd' ? 'duplicate' : null
  switch (key) {
    case 'Insert':
    case '+':
      return 'add'
    case 'Delete':
    case 'Backspace':
      return 'delete'
    case 'F2':
      return 'rename'
    case 'd':
    case 'D':
      return 'switch'
    case 'c':
    case 'C':
      return 'connect'
    default:
      return null
  }
}
