/** What a step says: everything a search in the journey looks at. */
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Catalogue } from '../catalogue.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'

// A node is never changed in place.
const texts = new WeakMap<GraphNode, string>()

/** Name, kind, summary, notes, and every text of the settings: subjects, bodies, rule fields and values, assets. */
function textOf(node: GraphNode, catalogue: Catalogue): string {
  const known = texts.get(node)
  if (known !== undefined) return known
  const parts = [
    catalogue.titleOf(node),
    catalogue.manifest(node.type)?.title ?? node.type,
    catalogue.summaryOf(node),
    node.notes ?? '',
    ...leaves(node.config),
  ]
  const text = parts.join('\n').toLowerCase()
  texts.set(node, text)
  return text
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (Array.isArray(value)) return value.flatMap(leaves)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return []
}

/** Ids of the steps and notes that hold every word, in `order`, notes last. Nothing for an empty search. */
export function findInJourney(
  { graph, layout }: JourneyDocument,
  words: string,
  catalogue: Catalogue,
  order: readonly string[],
): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  const fits = (text: string) => wanted.every((word) => text.includes(word))
  const rank = new Map(order.map((id, index) => [id, index]))
  const steps = graph.nodes.filter((node) => fits(textOf(node, catalogue))).map(({ id }) => id)
  const notes = layout.notes.filter(({ text }) => fits(text.toLowerCase())).map(({ id }) => id)
  return [...steps.toSorted((a, b) => (rank.get(a) ?? Infinity) - (rank.get(b) ?? Infinity)), ...notes]
}
