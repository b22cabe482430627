/**
 * The journey as lines of a tree: a way stays on its level, each way out of a branch begins a deeper one. A step that
 * several ways lead to appears once, where it is first met; the others say that they join it.
 */
import type { GraphNode, Layout } from '#engine/graph/schema.ts'
import { entryType, type JourneyDocument } from '#engine/graph/document.ts'
import type { Port } from '#engine/steps/contract.ts'

/** A way out, and what it is called; `null` beside it: the step has only this one. */
interface Way {
  from: string
  port: string
  label: string | null
}

interface Place {
  /** Unique among the rows. */
  key: string
  /** From 1. */
  level: number
  /** The row's place among its siblings, from 1, and how many they are. */
  position: number
  siblings: number
  /** The key of the row it hangs below; null on the first level. */
  parent: string | null
}

export type OutlineRow = Place &
  (
    | {
        kind: 'step'
        node: GraphNode
        /** How one comes here in this row; null at the beginning of a way. */
        way: Way | null
        /** Something hangs below it. */
        isBranch: boolean
        isExpanded: boolean
        /** How many ways lead here, this one included. */
        leading: number
        /** Nothing leads here and it is not the entry. */
        isLoose: boolean
      }
    /** A way that leads to a step which is told elsewhere. */
    | { kind: 'join'; way: Way; to: string }
    /** A way that leads nowhere. */
    | { kind: 'open'; way: Way }
    | { kind: 'note'; note: Layout['notes'][number] }
  )

type RowParts = OutlineRow extends infer Row ? (Row extends Place ? Omit<Row, 'position' | 'siblings'> : never) : never

/** Everything a reader meets, in order; what hangs below a folded step is left out. Every step once, if all is unfolded. */
export function outlineRows(
  document: JourneyDocument,
  portsOf: (node: GraphNode) => readonly Port[],
  folded: ReadonlySet<string> = new Set(),
): OutlineRow[] {
  const { nodes, edges } = document.graph
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const leading = new Map<string, number>()
  for (const { to } of edges) leading.set(to, (leading.get(to) ?? 0) + 1)
  const edgeOf = new Map(edges.map((edge) => [`${edge.from} ${edge.port}`, edge]))
  const ported = Map.groupBy(edges, ({ from }) => from)
  const seen = new Set<string>()
  const rows: RowParts[] = []
  /** Told, but in a folded part: not told again elsewhere. */
  interface Frame {
    id: string | null
    way: Way | null
    level: number
    parent: string | null
    isHidden: boolean
  }
  const starts = [
    ...nodes.filter(({ type }) => type === entryType),
    ...nodes.filter(({ id, type }) => type !== entryType && !leading.has(id)),
    ...nodes,
  ]
  for (const start of starts) {
    if (seen.has(start.id)) continue
    // A list instead of recursion: a chain of 5,000 steps must not exhaust the stack.
    const ahead: Frame[] = [{ id: start.id, way: null, level: 1, parent: null, isHidden: false }]
    for (let frame = ahead.pop(); frame !== undefined; frame = ahead.pop()) tell(frame, ahead)
  }
  const noted: RowParts[] = document.layout.notes.map((note) => ({
    kind: 'note',
    key: note.id,
    level: 1,
    parent: null,
    note,
  }))
  return withPlaces([...rows, ...noted])

  function tell({ id, way, level, parent, isHidden }: Frame, ahead: Frame[]): void {
    const node = id === null ? undefined : byId.get(id)
    if (node === undefined || id === null) {
      if (way !== null && !isHidden) rows.push({ kind: 'open', key: keyOf(way), level, parent, way })
      return
    }
    if (seen.has(id)) {
      if (way !== null && !isHidden) rows.push({ kind: 'join', key: keyOf(way), level, parent, way, to: id })
      return
    }
    seen.add(id)
    const ways = waysOf(node)
    const isBranch = ways.length > 1
    const isExpanded = !folded.has(id)
    if (!isHidden) {
      const count = leading.get(id) ?? 0
      const isLoose = count === 0 && node.type !== entryType
      rows.push({ kind: 'step', key: id, level, parent, node, way, isBranch, isExpanded, leading: count, isLoose })
    }
    const below = { isHidden: isHidden || (isBranch && !isExpanded) }
    for (const one of ways.toReversed()) {
      const to = edgeOf.get(`${id} ${one.port}`)?.to ?? null
      ahead.push({
        ...below,
        id: to,
        way: one,
        level: isBranch ? level + 1 : level,
        parent: isBranch ? id : parent,
      })
    }
  }

  /** Ways that lead somewhere or must; a step with one way has no name for it. */
  function waysOf(node: GraphNode): Way[] {
    const ports = portsOf(node)
    const wired = ported.get(node.id) ?? []
    const shown = ports.filter(({ id, optional }) => optional !== true || wired.some(({ port }) => port === id))
    const strange = wired.filter(({ port }) => !ports.some(({ id }) => id === port))
    const all = [
      ...shown.map(({ id, label }) => ({ port: id, label })),
      ...strange.map(({ port }) => ({ port, label: port })),
    ]
    return all.map(({ port, label }) => ({ from: node.id, port, label: all.length === 1 ? null : label }))
  }
}

function keyOf({ from, port }: Way): string {
  return `${from} ${port}`
}

/** Position and number of siblings, which a screen reader tells. */
function withPlaces(rows: readonly RowParts[]): OutlineRow[] {
  const counts = new Map<string | null, number>()
  const positions = rows.map(({ parent }) => {
    const position = (counts.get(parent) ?? 0) + 1
    counts.set(parent, position)
    return position
  })
  return rows.map((row, index) => ({
    ...row,
    position: positions[index] ?? 1,
    siblings: counts.get(row.parent) ?? 1,
  }))
}

/** The folded steps above a step, from the top: what has to be unfolded to see it. */
export function foldedAbove(
  document: JourneyDocument,
  portsOf: (node: GraphNode) => readonly Port[],
  folded: ReadonlySet<string>,
  id: string,
): string[] {
  const rows = new Map(outlineRows(document, portsOf).map((row) => [row.key, row]))
  const above: string[] = []
  for (let row = rows.get(id); row !== undefined && row.parent !== null; row = rows.get(row.parent)) {
    if (folded.has(row.parent)) above.unshift(row.parent)
  }
  return above
}
