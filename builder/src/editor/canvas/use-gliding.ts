/** Steps glide to where an edit put them. */
import { useLayoutEffect, useRef } from 'react'
import type { Point } from '#engine/graph/document.ts'

/** Marks the canvas for as long as a move takes; its style sheet does the rest, and does nothing for reduced motion. */
export function useGliding(element: HTMLElement, places: Readonly<Record<string, Point>>): void {
  const before = useRef(places)
  useLayoutEffect(() => {
    if (before.current === places) return
    before.current = places
    element.dataset['gliding'] = 'true'
    const timer = setTimeout(() => delete element.dataset['gliding'], 200)
    return () => clearTimeout(timer)
  }, [element, places])
}
