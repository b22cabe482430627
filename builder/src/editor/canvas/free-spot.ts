/** Room for a card: none comes to lie on another. */
import { cardSize } from '#engine/graph/arrange.ts'
import type { Point } from '#engine/graph/document.ts'
import type { Box } from './viewport.ts'

/** Between cards, and from one place tried to the next. */
const room = 16
const furthest = 120

/** Where a card with its middle there would lie on no other: there, or as near as there is room. */
export function freeSpot(at: Point, boxes: readonly Box[], height: number = cardSize.height): Point {
  const isFree = ({ x, y }: Point): boolean =>
    boxes.every(
      (box) =>
        Math.abs(x - box.x - box.width / 2) >= (cardSize.width + box.width) / 2 + room ||
        Math.abs(y - box.y - box.height / 2) >= (height + box.height) / 2 + room,
    )
  if (isFree(at)) return at
  const far = ({ x, y }: Point): number => Math.hypot(x - at.x, y - at.y)
  for (let ring = 1; ring <= furthest; ring += 1) {
    const around = Array.from({ length: 2 * ring + 1 }, (_, index) => (index - ring) * room).flatMap((side) => [
      { x: at.x + side, y: at.y + ring * room },
      { x: at.x + ring * room, y: at.y + side },
      { x: at.x - ring * room, y: at.y + side },
      { x: at.x + side, y: at.y - ring * room },
    ])
    const [nearest] = around.filter(isFree).toSorted((one, other) => far(one) - far(other))
    if (nearest !== undefined) return nearest
  }
  return at
}
