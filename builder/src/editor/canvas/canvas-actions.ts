/** What commands and keys of the canvas work with. */
import type { Point } from '#engine/graph/document.ts'
import type { CanvasBridge } from './canvas-bridge.ts'
import type { CanvasEdits } from './canvas-edits.ts'
import type { RenamingStore } from './canvas-events.ts'
import type { TidyUp } from './use-tidy-up.ts'
import type { Box, Size } from './viewport.ts'

export interface CanvasActions {
  bridge: CanvasBridge
  edits: CanvasEdits
  /** Asks which way to keep where that has to be asked. */
  remove: (ids: readonly string[]) => void
  /** Brings steps into view; `isCentred` also when they are in view already. */
  reveal: (ids: readonly string[], isCentred?: boolean) => void
  tidyUp: TidyUp
  renaming: RenamingStore
  boxesOf: (ids: readonly string[]) => Box[]
  sizeNow: () => Size
  /** The middle of what is in view. */
  centre: () => Point
  element: HTMLElement
}
