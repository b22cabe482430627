/** How wide the inspector is, and whether it is there; remembered by this browser. */
import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useCommands } from '../../commands/registry.ts'
import { t } from '../../i18n/t.ts'
import classes from './inspector.module.css'

const least = 320
const most = 560
const normal = 360
const storageKey = 'trellis.inspector'

interface Remembered {
  width: number
  isOpen: boolean
}

function recall(): Remembered {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<Remembered>
    return { width: clamp(stored.width ?? normal), isOpen: stored.isOpen ?? true }
  } catch {
    return { width: normal, isOpen: true }
  }
}

function clamp(width: number): number {
  return Number.isFinite(width) ? Math.min(most, Math.max(least, Math.round(width))) : normal
}

export function useWidth() {
  const [state, setState] = useState(recall)
  const change = (next: Partial<Remembered>): void => {
    const changed = { ...state, ...next, width: clamp(next.width ?? state.width) }
    setState(changed)
    try {
      localStorage.setItem(storageKey, JSON.stringify(changed))
    } catch {
      // A browser that keeps nothing only forgets the width.
    }
  }
  useCommands([
    {
      id: 'editor.inspector',
      title: () => (state.isOpen ? t('Hide the inspector') : t('Show the inspector')),
      group: 'View',
      keys: [']'],
      run: () => change({ isOpen: !state.isOpen }),
    },
  ])
  return { ...state, onWidth: (width: number) => change({ width }) }
}

/** The left border, to be drawn; by keyboard with the arrows. */
export function WidthHandle({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.preventDefault()
    const { currentTarget, pointerId, clientX } = event
    currentTarget.setPointerCapture(pointerId)
    const onMove = (move: globalThis.PointerEvent): void => onWidth(width + clientX - move.clientX)
    const onUp = (): void => {
      currentTarget.removeEventListener('pointermove', onMove)
      currentTarget.removeEventListener('pointerup', onUp)
    }
    currentTarget.addEventListener('pointermove', onMove)
    currentTarget.addEventListener('pointerup', onUp)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowLeft' ? 16 : event.key === 'ArrowRight' ? -16 : 0
    if (by === 0) return
    event.preventDefault()
    event.stopPropagation()
    onWidth(width + by)
  }
  return (
    <div
      className={classes['handle']}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t('Width of the inspector')}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onWidth(normal)}
    />
  )
}
