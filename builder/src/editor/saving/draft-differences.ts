/** Where two drafts of a journey differ, in words: what a person needs to choose between them. */
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Catalogue } from '../catalogue.ts'
import { isSameJson } from '../history/delta.ts'
import type { Content } from '../store.ts'

/** One difference; null = it is not there. */
export interface Difference {
  /** Of the step, when it is about one. */
  id: string | null
  what: string
  mine: string | null
  theirs: string | null
}

export function compareDrafts(mine: Content, theirs: Content, catalogue: Catalogue): Difference[] {
  const titleOf = (node: GraphNode) => catalogue.titleOf(node)
  const summaryOf = (node: GraphNode) => catalogue.summaryOf(node)
  const text = (what: string, a: string, b: string): Difference[] =>
    a === b ? [] : [{ id: null, what, mine: a, theirs: b }]
  const wayText = (content: Content, node: GraphNode): string => {
    const { nodes, edges } = content.document.graph
    const ways = edges.filter(({ from }) => from === node.id).toSorted((a, b) => a.port.localeCompare(b.port))
    const labels = new Map(catalogue.portsOf(node).map(({ id, label }) => [id, label]))
    const target = (to: string) => {
      const found = nodes.find(({ id }) => id === to)
      return found === undefined ? to : titleOf(found)
    }
    return ways.map(({ port, to }) => `${labels.get(port) ?? port} → ${target(to)}`).join('\n')
  }
  const settings = (node: GraphNode): string =>
    [summaryOf(node), node.disabled === true ? 'Switched off' : '', node.notes ?? ''].filter(Boolean).join('\n')

  const [left, right] = [mine.document.graph, theirs.document.graph]
  const ids = [...new Set([...left.nodes, ...right.nodes].map(({ id }) => id))]
  const steps = ids.flatMap((id): Difference[] => {
    const a = left.nodes.find((node) => node.id === id)
    const b = right.nodes.find((node) => node.id === id)
    if (a === undefined || b === undefined) {
      const node = a ?? b
      if (node === undefined) return []
      return [{ id, what: titleOf(node), mine: a && summaryOf(a), theirs: b && summaryOf(b) }].map(
        ({ mine: m, theirs: t, ...rest }) => ({ ...rest, mine: m ?? null, theirs: t ?? null }),
      )
    }
    const found: Difference[] = []
    if (!isSameJson(a, b)) {
      const [own, other] = [settings(a), settings(b)]
      const renamed = titleOf(a) !== titleOf(b)
      found.push({
        id,
        what: titleOf(a),
        mine: renamed ? `${titleOf(a)}\n${own}` : own,
        theirs: renamed ? `${titleOf(b)}\n${other}` : own === other ? 'Other settings' : other,
      })
    }
    const [own, other] = [wayText(mine, a), wayText(theirs, b)]
    if (own !== other)
      found.push({ id, what: `${titleOf(a)}: where it leads`, mine: own || 'Nowhere', theirs: other || 'Nowhere' })
    return found
  })

  const notes = (content: Content) => content.document.layout.notes
  const noteIds = [...new Set([...notes(mine), ...notes(theirs)].map(({ id }) => id))]
  const noteDifferences = noteIds.flatMap((id): Difference[] => {
    const a = notes(mine).find((note) => note.id === id)?.text ?? null
    const b = notes(theirs).find((note) => note.id === id)?.text ?? null
    return a === b ? [] : [{ id: null, what: 'Note', mine: a, theirs: b }]
  })
  const isMoved = !isSameJson(mine.document.layout.positions, theirs.document.layout.positions)
  const all = [
    ...text('Name', mine.name.trim(), theirs.name.trim()),
    ...text('Description', mine.description, theirs.description),
    ...steps,
    ...noteDifferences,
    ...(isSameJson(left.settings, right.settings)
      ? []
      : [{ id: null, what: 'Journey settings', mine: 'Yours', theirs: 'Theirs' }]),
  ]
  return all.length === 0 && isMoved
    ? [{ id: null, what: 'Where steps are drawn', mine: 'Yours', theirs: 'Theirs' }]
    : all
}
