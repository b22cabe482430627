/** Dragging a step out of the palette, by mouse, pen or finger: with a ghost of our own, onto the canvas or a connection. */
import { useCallback, useRef, type PointerEvent } from 'react'
import type { StepManifest } from '#server/contract/steps.ts'
import { canvasBridge } from './canvas-bridge.ts'
import classes from './palette.module.css'

/** Pixels a pointer must go before it is a drag. */
const threshold = 5

export function usePaletteDrag() {
  const wasDragged = useRef(false)

  const begin = useCallback((event: PointerEvent<HTMLElement>, step: StepManifest) => {
    if (event.button !== 0) return
    wasDragged.current = false
    const tile = event.currentTarget
    const start = { x: event.clientX, y: event.clientY }
    let ghost: HTMLElement | null = null
    // A finger that moves along the palette scrolls it; across it, it drags.
    const isFinger = event.pointerType === 'touch'

    const move = (next: globalThis.PointerEvent) => {
      const at = { x: next.clientX, y: next.clientY }
      if (ghost === null) {
        const [dx, dy] = [at.x - start.x, at.y - start.y]
        if (Math.hypot(dx, dy) < threshold || (isFinger && Math.abs(dx) < Math.abs(dy))) return
        wasDragged.current = true
        tile.setPointerCapture(next.pointerId)
        ghost = ghostOf(tile)
      }
      ghost.style.transform = `translate(${String(at.x - 24)}px, ${String(at.y - 20)}px)`
      canvasBridge()?.highlight(canvasBridge()?.hit(at) ?? null)
    }
    const end = (last: globalThis.PointerEvent | KeyboardEvent) => {
      const isDrop = last.type === 'pointerup'
      if (last instanceof KeyboardEvent && last.key !== 'Escape') return
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
      removeEventListener('pointercancel', end)
      removeEventListener('keydown', end)
      ghost?.remove()
      const bridge = canvasBridge()
      bridge?.highlight(null)
      if (ghost === null || !isDrop || !(last instanceof globalThis.PointerEvent)) return
      const target = bridge?.hit({ x: last.clientX, y: last.clientY }) ?? null
      if (target !== null) bridge?.insert(step.type, target)
    }
    // Of the window: a quick hand has left the tile by its first move.
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
    addEventListener('pointercancel', end)
    addEventListener('keydown', end)
  }, [])

  const add = useCallback((type: string) => {
    if (wasDragged.current) {
      wasDragged.current = false
      return
    }
    const bridge = canvasBridge()
    bridge?.insert(type, bridge.targetOfSelection())
  }, [])
  return { begin, add }
}

function ghostOf(tile: HTMLElement): HTMLElement {
  const ghost = tile.cloneNode(true) as HTMLElement
  ghost.className = classes['ghost'] ?? ''
  ghost.setAttribute('aria-hidden', 'true')
  document.body.append(ghost)
  return ghost
}
