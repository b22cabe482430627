/**
 * Packing trees side by side by their outlines instead of their boxes: a deep narrow branch stands close beside a wide
 * short one. An outline is a list of steps down (each says where it ends and how far it lies beside the one above), so
 * joining two costs as many looks as the shorter one has steps: the whole tree is packed in linear time.
 */

interface Segment {
  /** Where it ends, in pixels from the top. */
  bottom: number
  /** How far right it lies of the segment above it; of the tree's root, if it is the first. */
  beside: number
  next: Segment | null
}

interface Side {
  head: Segment
  tail: Segment
  /** How far right the last segment lies of the root. */
  tailAt: number
}

/** The left and right border of a tree; every card has the same width, so both are told by left edges. */
export interface Outline {
  left: Side
  right: Side
}

/** Trees side by side. */
export interface Joined {
  outline: Outline | null
  /** Where each tree's root lies, from that of the first. */
  offsets: number[]
  /** The middle between the first and the last root. */
  middle: number
}

/** One card that ends (with the room below it) at `bottom`. */
export function createOutline(bottom: number): Outline {
  const side = (): Side => {
    const segment: Segment = { bottom, beside: 0, next: null }
    return { head: segment, tail: segment, tailAt: 0 }
  }
  return { left: side(), right: side() }
}

/** Puts trees that begin at the same height as close as they go. Uses the outlines up. */
export function joinOutlines(outlines: readonly Outline[], distance: number): Joined {
  const [first, ...others] = outlines
  if (first === undefined) return { outline: null, offsets: [], middle: 0 }
  const offsets = [0]
  let joined = first
  for (const next of others) {
    const { outline, offset } = joinTwo(joined, next, distance)
    joined = outline
    offsets.push(offset)
  }
  return { outline: joined, offsets, middle: (offsets.at(-1) ?? 0) / 2 }
}

/** A card centred above joined trees. */
export function putOnTop(card: Outline, { outline, middle }: Joined): Outline {
  if (outline === null) return card
  for (const [own, below] of [
    [card.left, outline.left],
    [card.right, outline.right],
  ] as const) {
    below.head.beside -= middle
    own.head.next = below.head
    own.tail = below.tail
    own.tailAt = below.tailAt - middle
  }
  return card
}

/** Walks down between the two; `offset` is where the right one's root lies from the left one's. */
function joinTwo(a: Outline, b: Outline, distance: number): { outline: Outline; offset: number } {
  let [right, left]: [Segment | null, Segment | null] = [a.right.head, b.left.head]
  let [rightAt, leftAt] = [right.beside, left.beside]
  let offset = -Infinity
  while (right !== null && left !== null) {
    offset = Math.max(offset, rightAt + distance - leftAt)
    const [rightBottom, leftBottom]: [number, number] = [right.bottom, left.bottom]
    if (rightBottom <= leftBottom) {
      right = right.next
      rightAt += right?.beside ?? 0
    }
    if (leftBottom <= rightBottom) {
      left = left.next
      leftAt += left?.beside ?? 0
    }
  }
  b.right.head.beside += offset
  b.right.tailAt += offset
  // Whichever is deeper shows below the other, on that one's side, too.
  if (left !== null) append(a.left, left, leftAt + offset, b.left)
  if (right !== null) append(b.right, right, rightAt, a.right)
  const outline = { left: a.left, right: b.right }
  if (left !== null) outline.left.tailAt = b.left.tailAt + offset
  return { outline, offset }
}

/** Continues a border with what is left of another one, which lies at `at`. */
function append(side: Side, rest: Segment, at: number, of: Side): void {
  const copy: Segment = { ...rest, beside: at - side.tailAt }
  side.tail.next = copy
  side.tail = of.tail === rest ? copy : of.tail
  side.tailAt = of.tailAt
}
