/** What the page and the worker that checks journeys tell each other. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { StepManifest } from '#server/contract/steps.ts'

/** What journeys are checked against. */
export interface Ground {
  manifests: readonly StepManifest[]
  library: Library
  journeys: readonly string[]
}

export type ToWorker = { kind: 'ground'; ground: Ground } | { kind: 'check'; id: number; graph: Graph }

export type FromWorker =
  /** `ms`: how long the check took, without getting it there and back. */
  | { kind: 'checked'; id: number; issues: Issue[]; ms: number }
  /** No id: what is checked against could not be read. */
  | { kind: 'failed'; id: number | null; message: string }
