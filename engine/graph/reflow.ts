/**
 * What moves after an edit: the steps whose place in the flow changed and what follows them, nothing else. Only where that
 * would put one card onto another is everything arranged anew (but for what was placed by hand), around the place of the
 * edit.
 */
import { arrange, cardGap, cardSize, flowOf, gridStep, snap, type ArrangeOptions } from './arrange.ts'
import type { JourneyDocument, Point, PortsOf } from './document.ts'

type Positions = JourneyDocument['layout']['positions']

/**
 * Where each step is drawn: as its layout says; where that says nothing, or would put cards onto each other that nobody
 * placed there by hand, as it would be arranged.
 */
export function placesOf(
  document: JourneyDocument,
  portsOf: PortsOf,
  options: ArrangeOptions = {},
): Readonly<Record<string, Point>> {
  const { positions } = document.layout
  const { heightOf = () => cardSize.height } = options
  const isFree = (id: string): boolean => positions[id]?.pinned !== true
  if (document.graph.nodes.every(({ id }) => positions[id] !== undefined)) {
    return overlaps(positions, heightOf, isFree) ? arrange(document, portsOf, options) : positions
  }
  // Somebody placed some steps, by hand or by file: those stay, the others follow them.
  const known: Positions = {}
  for (const [id, place] of Object.entries(positions)) known[id] = { ...place, pinned: true }
  return arrange(withPositions(document, known), portsOf, options)
}

/**
 * The document after an edit with everything in its place. `heightOf` tells the heights after the edit, `heightBefore`
 * those before. Returns `after` itself when nothing moves.
 */
export function reflow(
  before: JourneyDocument,
  after: JourneyDocument,
  portsOf: PortsOf,
  {
    heightOf = () => cardSize.height,
    heightBefore = heightOf,
  }: ArrangeOptions & { heightBefore?: ArrangeOptions['heightOf'] } = {},
): JourneyDocument {
  if (before.graph.nodes === after.graph.nodes && before.graph.edges === after.graph.edges) return after
  const present = placesOf(before, portsOf, { heightOf: heightBefore })
  const { order, forward } = flowOf(after, portsOf)
  const moved = movedBy(before, after, forward, (id) => heightBefore(id) !== heightOf(id))
  const isFirst = before.graph.nodes.length === 0
  const kept: Positions = {}
  for (const id of order) {
    const own = after.layout.positions[id]
    const place = own ?? present[id]
    if (place === undefined) moved.add(id)
    else if (own?.pinned === true || !moved.has(id)) kept[id] = own ?? { x: place.x, y: place.y }
  }
  // What an edit touched moves with all that follows it, but for what was placed by hand.
  for (const id of order) {
    if (!moved.has(id)) continue
    for (const child of forward.get(id) ?? []) {
      moved.add(child)
      if (kept[child]?.pinned !== true) delete kept[child]
    }
  }
  if (order.every((id) => kept[id] !== undefined)) return settled(after, kept)

  const fixed: Positions = {}
  for (const [id, place] of Object.entries(kept)) fixed[id] = { ...place, pinned: true }
  const followed = isFirst
    ? arrange(withPositions(after, kept), portsOf, { heightOf })
    : arrange(withPositions(after, fixed), portsOf, { heightOf })
  const places = overlaps(followed, heightOf, (id) => fixed[id] === undefined)
    ? anchored(
        arrange(withPositions(after, kept), portsOf, { heightOf }),
        present,
        anchorOf(order, forward, moved),
        kept,
      )
    : followed
  const settledPlaces: Positions = {}
  for (const id of order) {
    const place = places[id] ?? { x: 0, y: 0 }
    const isPinned = kept[id]?.pinned === true
    settledPlaces[id] = isPinned && kept[id] !== undefined ? kept[id] : { x: place.x, y: place.y }
  }
  return settled(after, settledPlaces)
}

/** Everything (or the chosen steps) arranged anew; what was placed by hand is free again. Notes stay. */
export function tidy(
  document: JourneyDocument,
  places: Readonly<Record<string, Point>>,
  only?: ReadonlySet<string>,
): JourneyDocument {
  const positions: Positions = {}
  for (const { id } of document.graph.nodes) {
    const own = document.layout.positions[id]
    const place = only === undefined || only.has(id) ? places[id] : own
    if (place === undefined) continue
    positions[id] = only?.has(id) === false && own !== undefined ? own : { x: snap(place.x), y: snap(place.y) }
  }
  return settled(document, positions)
}

/** Steps that are new, have a new way in, or whose own ways out lie lower or higher than before. */
function movedBy(
  before: JourneyDocument,
  after: JourneyDocument,
  forward: ReadonlyMap<string, readonly string[]>,
  isResized: (id: string) => boolean,
): Set<string> {
  const known = new Set(before.graph.nodes.map(({ id }) => id))
  const ways = new Set(before.graph.edges.map(({ from, to }) => `${from}\n${to}`))
  const moved = new Set<string>()
  for (const { id } of after.graph.nodes) if (!known.has(id)) moved.add(id)
  for (const { from, to } of after.graph.edges) {
    const isForward = forward.get(from)?.includes(to) === true
    if (isForward && (!ways.has(`${from}\n${to}`) || isResized(from))) moved.add(to)
  }
  return moved
}

/** The step above the first one that moved: it stays where it is on the screen. */
function anchorOf(
  order: readonly string[],
  forward: ReadonlyMap<string, readonly string[]>,
  moved: ReadonlySet<string>,
): string | undefined {
  return order.find((id) => !moved.has(id) && (forward.get(id) ?? []).some((child) => moved.has(child))) ?? order[0]
}

/** The places shifted so that the anchor is where it was; those placed by hand stay. */
function anchored(
  places: Readonly<Record<string, Point>>,
  present: Readonly<Record<string, Point>>,
  anchor: string | undefined,
  kept: Positions,
): Record<string, Point> {
  const [from, to] = anchor === undefined ? [] : [places[anchor], present[anchor]]
  if (from === undefined || to === undefined || Object.values(kept).some(({ pinned }) => pinned === true)) {
    return { ...places }
  }
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  return Object.fromEntries(Object.entries(places).map(([id, { x, y }]) => [id, { x: x + dx, y: y + dy }]))
}

/** Whether a card that moved lies on another one. Looks only at neighbours, by cells as wide as a card. */
function overlaps(
  places: Readonly<Record<string, Point>>,
  heightOf: (id: string) => number,
  hasMoved: (id: string) => boolean,
): boolean {
  const columns = new Map<number, { id: string; x: number; y: number; bottom: number }[]>()
  const columnOf = (x: number): number => Math.floor(x / (cardSize.width + gridStep))
  const cards = Object.entries(places).map(([id, { x, y }]) => ({ id, x, y, bottom: y + heightOf(id) }))
  for (const card of cards) {
    const column = columns.get(columnOf(card.x))
    if (column === undefined) columns.set(columnOf(card.x), [card])
    else column.push(card)
  }
  for (const column of columns.values()) column.sort((a, b) => a.y - b.y)
  const collide = (a: (typeof cards)[number], b: (typeof cards)[number]): boolean =>
    (hasMoved(a.id) || hasMoved(b.id)) &&
    Math.abs(a.x - b.x) < cardSize.width + gridStep &&
    a.y < b.bottom + gridStep &&
    b.y < a.bottom + gridStep
  for (const [index, column] of columns) {
    for (const beside of [column, columns.get(index + 1) ?? []]) {
      if (sweep(column, beside, collide)) return true
    }
  }
  return false
}

/** Two columns from the top down, looking only at cards that begin before the other one ends. */
function sweep<Card extends { id: string; y: number; bottom: number }>(
  own: readonly Card[],
  beside: readonly Card[],
  collide: (a: Card, b: Card) => boolean,
): boolean {
  const longest = beside.reduce((most, { y, bottom }) => Math.max(most, bottom - y), 0)
  let first = 0
  for (const card of own) {
    while (first < beside.length && (beside[first]?.y ?? 0) + longest + gridStep < card.y) first += 1
    for (let index = first; index < beside.length; index += 1) {
      const other = beside[index]
      if (other === undefined || other.y > card.bottom + cardGap.y) break
      if (other.id !== card.id && collide(card, other)) return true
    }
  }
  return false
}

function withPositions(document: JourneyDocument, positions: Positions): JourneyDocument {
  return { ...document, layout: { ...document.layout, positions } }
}

/** The document with these positions; places that did not change are the very same objects, and so is the document. */
function settled(document: JourneyDocument, positions: Positions): JourneyDocument {
  const before = document.layout.positions
  let changed = Object.keys(before).length !== Object.keys(positions).length
  const next: Positions = {}
  for (const [id, place] of Object.entries(positions)) {
    const old = before[id]
    const isSame = old !== undefined && old.x === place.x && old.y === place.y && old.pinned === place.pinned
    next[id] = isSame ? old : place
    changed ||= !isSame
  }
  return changed ? withPositions(document, next) : document
}
