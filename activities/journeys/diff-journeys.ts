/** What differs between two journey files: steps and connections, and what they bring of the library. Pure. */
import { diffGraphs, type GraphDiff } from '#engine/compiler/diff.ts'
import { canonicalJson } from '#engine/definition/canonical.ts'
import type { JourneyFile, JourneyResources } from '#engine/graph/journey-file.ts'

/** An asset, pool, survey, segment or field that differs. */
interface ResourceChange {
  kind: keyof JourneyResources
  key: string
  change: 'added' | 'removed' | 'changed'
}

export interface JourneyDiff {
  same: boolean
  graph: GraphDiff
  resources: ResourceChange[]
  /** One sentence each; empty when nothing differs. */
  lines: string[]
}

const words = {
  fields: 'field',
  segments: 'segment',
  assets: 'asset',
  pools: 'pool',
  surveys: 'survey',
  forms: 'form',
} as const

/** Compares what leads would go through; where steps are drawn does not count. */
export function diffJourneys(before: JourneyFile, after: JourneyFile): JourneyDiff {
  const graph = diffGraphs(before.graph, after.graph)
  const kinds = Object.keys(words) as (keyof JourneyResources)[]
  const resources = kinds.flatMap((kind) => diffResources(kind, before.resources[kind], after.resources[kind]))
  const names = (['name', 'description'] as const).filter((property) => before[property] !== after[property])
  const lines = [
    ...names.map((property) => `The journey's ${property} is another: "${after[property]}".`),
    ...graph.lines,
    ...resources.map(({ kind, key, change }) => `The ${words[kind]} "${key}" was ${change}.`),
  ]
  return { same: lines.length === 0, graph, resources, lines }
}

function diffResources(
  kind: keyof JourneyResources,
  before: readonly { key: string }[],
  after: readonly { key: string }[],
): ResourceChange[] {
  const [old, now] = [before, after].map(
    (entries) => new Map(entries.map((entry) => [entry.key, canonicalJson(entry)])),
  )
  const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort()
  return keys.flatMap((key): ResourceChange[] => {
    const [one, other] = [old?.get(key), now?.get(key)]
    if (one === other) return []
    return [{ kind, key, change: one === undefined ? 'added' : other === undefined ? 'removed' : 'changed' }]
  })
}
