/** What a new version does to the places where leads of an older one stand. */
import { diffGraphs } from '../compiler/diff.ts'
import type { Graph } from '../graph/schema.ts'

/** `rewired`: the step is the same, but it leads elsewhere. */
export type PlaceChange = 'removed' | 'changed' | 'rewired' | 'same'

/** For each step of `before`. A step that is both changed and rewired is changed. */
export function placeChanges(before: Graph, after: Graph): Map<string, PlaceChange> {
  const diff = diffGraphs(before, after)
  const changes = new Map<string, PlaceChange>(before.nodes.map(({ id }) => [id, 'same']))
  for (const { id } of diff.rewired) changes.set(id, 'rewired')
  for (const { id } of diff.changed) changes.set(id, 'changed')
  for (const { id } of diff.removed) changes.set(id, 'removed')
  return changes
}
