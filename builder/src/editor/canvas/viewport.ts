/** Where one looks: remembered per journey, else so that the journey (or its beginning) can be read. */
import { getViewportForBounds, type Viewport } from 'reactflow'
import { cardSize } from '#engine/graph/arrange.ts'
import type { Point } from '#engine/graph/document.ts'

export interface Size {
  width: number
  height: number
}

export interface Box extends Point, Size {}

export const minZoom = 0.03
export const maxZoom = 2
/** Smallest zoom at which a card can be read at once. */
const readableZoom = 0.7
const margin = 40

/** The box around all of them; null around nothing. */
export function boundsOf(boxes: Iterable<Box>): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top }
}

/** All of it, at most at 100 %. */
export function fitView(bounds: Box, size: Size): Viewport {
  return getViewportForBounds(bounds, size.width, size.height, minZoom, 1, `${margin}px`)
}

/** The first look: all of it where it can be read, else the entry (or the topmost step) at the top. */
export function firstView(bounds: Box | null, first: Point | undefined, size: Size): Viewport {
  if (bounds === null) return { x: size.width / 2, y: size.height / 3, zoom: 1 }
  const all = fitView(bounds, size)
  if (all.zoom >= readableZoom || first === undefined) return all
  const zoom = readableZoom
  return { zoom, x: size.width / 2 - zoom * (first.x + cardSize.width / 2), y: margin - zoom * first.y }
}

/** The same zoom, moved so that the box is in sight; null when it is already. */
export function revealView(view: Viewport, box: Box, size: Size): Viewport | null {
  const [left, top] = [box.x * view.zoom + view.x, box.y * view.zoom + view.y]
  const [right, bottom] = [left + box.width * view.zoom, top + box.height * view.zoom]
  const isSeen = left >= 16 && top >= 16 && right <= size.width - 16 && bottom <= size.height - 16
  return isSeen ? null : centredView(view.zoom, box, size)
}

export function centredView(zoom: number, box: Box, size: Size): Viewport {
  return {
    zoom,
    x: size.width / 2 - zoom * (box.x + box.width / 2),
    y: size.height / 2 - zoom * (box.y + box.height / 2),
  }
}

const keyOf = (journey: string): string => `trellis.viewport.${journey}`

export function rememberedView(journey: string): Viewport | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(journey)) ?? 'null')
    if (typeof stored !== 'object' || stored === null) return null
    const { x, y, zoom } = stored as Partial<Viewport>
    const isWhole = [x, y, zoom].every((value) => Number.isFinite(value))
    return isWhole ? { x: x ?? 0, y: y ?? 0, zoom: Math.min(maxZoom, Math.max(minZoom, zoom ?? 1)) } : null
  } catch {
    return null
  }
}

export function rememberView(journey: string, { x, y, zoom }: Viewport): void {
  try {
    localStorage.setItem(keyOf(journey), JSON.stringify({ x: Math.round(x), y: Math.round(y), zoom }))
  } catch {
    // A browser that stores nothing begins anew each time.
  }
}
