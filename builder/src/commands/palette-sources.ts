/** What the palette finds beside commands: parts of the page offer it while they are shown. */

export interface PaletteItem {
  id: string
  title: string
  /** A second line. */
  detail?: string
  run: () => void
}

export interface PaletteSource {
  /** The heading. */
  title: string
  /** What fits, best first; asked with each letter, for an empty search too. */
  find: (words: string) => readonly PaletteItem[]
}

const sources = new Map<string, PaletteSource>()

/** Returns how to take it away. */
export function registerPaletteSource(id: string, source: PaletteSource): () => void {
  sources.set(id, source)
  return () => {
    if (sources.get(id) === source) sources.delete(id)
  }
}

export function paletteSources(): readonly (PaletteSource & { id: string })[] {
  return [...sources].map(([id, source]) => ({ id, ...source }))
}

/** The items whose text holds every word, those that begin with them first. At most `limit`. */
export function rank<Item>(items: readonly Item[], words: string, textOf: (item: Item) => string, limit = 8): Item[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found: { item: Item; score: number }[] = []
  for (const item of items) {
    const text = textOf(item).toLowerCase()
    if (!wanted.every((word) => text.includes(word))) continue
    const first = wanted[0] ?? ''
    const score = text.startsWith(words.toLowerCase())
      ? 0
      : text.split(/\W+/).some((part) => part.startsWith(first))
        ? 1
        : 2
    found.push({ item, score })
  }
  return found
    .toSorted((a, b) => a.score - b.score)
    .slice(0, limit)
    .map(({ item }) => item)
}
