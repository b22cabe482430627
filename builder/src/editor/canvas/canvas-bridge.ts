/** What palette, commands and the other parts of the editor ask of the canvas that is shown. */
import type { Point } from '#engine/graph/document.ts'
import type { EdgeSelection } from '../store.ts'

/** Where a new step goes. */
export type Target =
  /** Into a connection, or at the end of a way out. */
  | { kind: 'way'; way: EdgeSelection; at?: Point }
  /** On its own. */
  | { kind: 'place'; at: Point }

export interface QuickAddRequest {
  /** Where it opens, in pixels of the window. */
  screen: Point
  target: Target
}

export interface CanvasBridge {
  /** What lies under a point of the window while a step is dragged there; null beside the canvas. */
  hit(screen: Point): Target | null
  /** Lights up where it would go; null: nothing. */
  highlight(target: Target | null): void
  /** Adds a step and selects it. Tells whether it could. */
  insert(type: string, target: Target): boolean
  /** Where a step goes that was clicked rather than dragged: after what is selected. */
  targetOfSelection(): Target
  openQuickAdd(request?: QuickAddRequest): void
}

let present: CanvasBridge | null = null

export function registerBridge(bridge: CanvasBridge): () => void {
  present = bridge
  return () => {
    if (present === bridge) present = null
  }
}

/** Null while no canvas is shown. */
export function canvasBridge(): CanvasBridge | null {
  return present
}
