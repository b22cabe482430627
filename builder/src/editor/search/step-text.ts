/** What a step says: everything a search in the journey looks at. */
import { describeRule } from '#engine/conditions/describe.ts'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { fieldCatalogue } from '#engine/fields.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import type { Catalogue } from '../catalogue.ts'

/** The library as steps name it: what is behind each key. */
export interface Names {
  library: Library
  /** Key → what it is called; a key may be that of several things. */
  byKey: ReadonlyMap<string, readonly string[]>
}

/** The names behind the keys that settings hold: assets, pools, surveys, forms, segments, journeys, fields. */
export function namesOf({ library, segments, journeys }: Snapshot): Names {
  const byKey = new Map<string, string[]>()
  const add = (key: string, name: string) => byKey.set(key, [...(byKey.get(key) ?? []), name])
  for (const { key, title } of Object.values(library.assets)) add(key, title)
  for (const { key, name } of Object.values(library.pools)) add(key, name)
  for (const { key, title, questions } of Object.values(library.surveys)) {
    add(key, title)
    for (const { id, text } of questions) add(id, text)
  }
  for (const { key, title } of Object.values(library.forms)) add(key, title)
  for (const { key, name } of [...segments, ...journeys]) add(key, name)
  for (const { key, label } of fieldCatalogue(library)) add(key, label)
  return { library, byKey }
}

interface Snapshot {
  library: Library
  segments: readonly { key: string; name: string }[]
  journeys: readonly { key: string; name: string }[]
}

// A node is never changed in place, nor are the names.
const texts = new WeakMap<Names, WeakMap<GraphNode, string>>()
const unnamed: Pick<Names, 'byKey'> & { library: null } = { library: null, byKey: new Map() }
const unnamedTexts = new WeakMap<GraphNode, string>()

/**
 * Name, kind, summary, notes, and every text of the settings: subjects, bodies, rules in words, and keys with the names
 * behind them.
 */
function textOf(node: GraphNode, catalogue: Catalogue, names: Names | null): string {
  const known = names === null ? unnamedTexts : (texts.get(names) ?? new WeakMap<GraphNode, string>())
  if (names !== null) texts.set(names, known)
  const kept = known.get(node)
  if (kept !== undefined) return kept
  const parts = [
    catalogue.titleOf(node),
    catalogue.manifest(node.type)?.title ?? node.type,
    catalogue.summaryOf(node),
    node.notes ?? '',
    ...leaves(node.config, names ?? unnamed),
  ]
  const text = parts.join('\n').toLowerCase()
  known.set(node, text)
  return text
}

function leaves(value: unknown, names: Names | typeof unnamed): string[] {
  if (typeof value === 'string') return [value, ...(names.byKey.get(value) ?? [])]
  if (typeof value === 'number') return [String(value)]
  if (Array.isArray(value)) return value.flatMap((one) => leaves(one, names))
  if (typeof value !== 'object' || value === null) return []
  const within = Object.values(value).flatMap((one) => leaves(one, names))
  if (names.library === null || !('kind' in value)) return within
  const rule = ruleSchema.safeParse(value)
  return rule.success ? [describeRule(rule.data, names.library), ...within] : within
}

/** Ids of the steps and notes that hold every word, in `order`, notes last. Nothing for an empty search. */
export function findInJourney(
  { graph, layout }: JourneyDocument,
  words: string,
  { catalogue, names, order }: { catalogue: Catalogue; names: Names | null; order: readonly string[] },
): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  const fits = (text: string) => wanted.every((word) => text.includes(word))
  const rank = new Map(order.map((id, index) => [id, index]))
  const steps = graph.nodes.filter((node) => fits(textOf(node, catalogue, names))).map(({ id }) => id)
  const notes = layout.notes.filter(({ text }) => fits(text.toLowerCase())).map(({ id }) => id)
  return [...steps.toSorted((a, b) => (rank.get(a) ?? Infinity) - (rank.get(b) ?? Infinity)), ...notes]
}
