/** What other parts of the editor may ask of the canvas. It registers itself for as long as it is shown. */
import type { Point } from '#engine/graph/document.ts'

export interface CanvasView {
  /** Where the pointer is, as positions in the layout are counted; null when it is not over the canvas. */
  pointer(): Point | null
  /** The middle of what is in view. */
  centre(): Point
  /** Brings steps or notes into view; what is in view already is left where it is. */
  reveal(ids: readonly string[]): void
  /** Gives the keyboard focus to the canvas. */
  focus(): void
}

let present: CanvasView | null = null

/** Returns how to take it away again. */
export function registerCanvasView(view: CanvasView): () => void {
  present = view
  return () => {
    if (present === view) present = null
  }
}

/** Null while no canvas is shown, as on a phone's outline. */
export function canvasView(): CanvasView | null {
  return present
}
