/**
 * The way a line takes. Neighbours are joined by a plain step; a line that passes other rows runs down the lane between
 * two columns of cards instead of behind them, and so does one that leads back up.
 */
import { cardGap, cardSize } from '#engine/graph/arrange.ts'
import type { Point } from '#engine/graph/document.ts'

/** From the middle of a card to the middle of the lane beside it. */
const lane = (cardSize.width + cardGap.x) / 2
/** How far lines go straight before they turn. */
const stem = 20
const radius = 8

/** The corners of the line from a way out down to the top of a step. */
export function corners(from: Point, to: Point): Point[] {
  const isNext = to.y - from.y >= 0 && to.y - from.y <= cardGap.y + stem
  if (isNext) {
    if (Math.abs(from.x - to.x) < 3) return [{ x: to.x, y: from.y }, to]
    const middle = to.y - Math.min(32, (to.y - from.y) / 2)
    return [from, { x: from.x, y: middle }, { x: to.x, y: middle }, to]
  }
  const side = from.x >= to.x ? 1 : -1
  const x = to.y < from.y ? Math.max(from.x, to.x) + lane : to.x + side * lane
  const [out, into] = [from.y + stem, to.y - stem - 12]
  // Straight above the lane, or so near that a detour would only be a dent.
  if (Math.abs(from.x - x) < 1) return [from, { x, y: into }, { x: to.x, y: into }, to]
  return [from, { x: from.x, y: out }, { x, y: out }, { x, y: into }, { x: to.x, y: into }, to]
}

/** Between the middle of a label and the step that its line leads to. */
const labelRise = 20
/** Between labels in one place. */
const labelHeight = 22
/** A level piece of line that is shorter has no room for a label. */
const shortestLevel = 40

/**
 * Where the label of a line stands: above the step that it leads to or, where lines of other steps come together (`joins`),
 * on the piece of it before they do. `lane` counts labels in the same place, from 0.
 */
export function labelPlace(points: readonly Point[], { joins, lane: index }: { joins: boolean; lane: number }): Point {
  const to = points.at(-1) ?? { x: 0, y: 0 }
  const [, start, end] = points
  const isOwn = joins && points.length > 3 && start !== undefined && end !== undefined
  if (isOwn && start.y === end.y && Math.abs(start.x - end.x) >= shortestLevel) {
    return { x: (start.x + end.x) / 2, y: start.y + index * labelHeight }
  }
  return { x: to.x, y: to.y - labelRise - index * labelHeight }
}

/** The corners as an SVG path with rounded corners. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...others] = points
  if (first === undefined) return ''
  let path = `M${String(first.x)} ${String(first.y)}`
  for (const [index, point] of others.entries()) {
    const before = points[index] ?? first
    const next = others[index + 1]
    if (next === undefined) {
      path += `L${String(point.x)} ${String(point.y)}`
      continue
    }
    const round = Math.min(radius, distance(before, point) / 2, distance(point, next) / 2)
    const [a, b] = [towards(point, before, round), towards(point, next, round)]
    path += `L${String(a.x)} ${String(a.y)}Q${String(point.x)} ${String(point.y)} ${String(b.x)} ${String(b.y)}`
  }
  return path
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
}

/** A point on the way from one corner to another. */
function towards(from: Point, to: Point, by: number): Point {
  const far = distance(from, to)
  if (far === 0) return from
  return { x: from.x + ((to.x - from.x) * by) / far, y: from.y + ((to.y - from.y) * by) / far }
}
