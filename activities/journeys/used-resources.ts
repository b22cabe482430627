/** What of the library a graph uses. */
import type { Json } from '#engine/facts.ts'
import type { JourneyResources } from '#engine/graph/journey-file.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Library, Segment } from '#engine/library.ts'

/**
 * Whatever of the library the graph mentions. Found by looking at every text in it, so that custom steps need not tell;
 * an entry whose key happens to be a word of the graph comes along, too, which does no harm.
 */
export function usedResources(
  graph: Graph,
  library: Library,
  segmentNames: ReadonlyMap<string, string>,
): JourneyResources {
  const used = { fields: new Set<string>(), segments: new Set<string>(), assets: new Set<string>() }
  const more = { pools: new Set<string>(), surveys: new Set<string>(), forms: new Set<string>() }
  const kinds = { ...used, ...more }
  const templateWord = /[a-z][a-z0-9_]*/g
  const mention = (text: string): void => {
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      if (!Object.hasOwn(library[kind], text) || kinds[kind].has(text)) continue
      kinds[kind].add(text)
      visit(library[kind][text] as unknown as Json)
    }
  }
  const visit = (value: Json | undefined): void => {
    if (typeof value === 'string') {
      mention(value)
      if (value.includes('{{') || value.includes('{%')) {
        for (const [word] of value.matchAll(templateWord)) if (Object.hasOwn(library.fields, word)) mention(word)
      }
    } else if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  visit(graph as unknown as Json)
  const pick = <Entry>(kind: keyof typeof kinds): Entry[] =>
    [...kinds[kind]].sort().flatMap((key) => {
      const entry = library[kind][key]
      return entry === undefined ? [] : [entry as Entry]
    })
  return {
    fields: pick('fields'),
    segments: [...kinds.segments].sort().flatMap((key): Segment[] => {
      const rule = library.segments[key]
      return rule === undefined ? [] : [{ key, name: segmentNames.get(key) ?? key, rule }]
    }),
    assets: pick('assets'),
    pools: pick('pools'),
    surveys: pick('surveys'),
    forms: pick('forms'),
  }
}
