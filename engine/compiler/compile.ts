/** Graph in, definition out, or every reason why not. */
import { canonicalJson } from '../definition/canonical.ts'
import { sha256Hex } from '../definition/hash.ts'
import type { Definition } from '../definition/types.ts'
import type { Graph } from '../graph/schema.ts'
import { isPublishable, type Issue } from '../issues.ts'
import { analyse, type CompileContext } from './analysis.ts'
import { buildDefinition } from './build-definition.ts'
import { validate } from './validate.ts'

export type { CompileContext } from './analysis.ts'

/** What compiling yields. `definition` and `hash` are null when an issue is an error; warnings do not keep them back. */
export interface Compilation {
  definition: Definition | null
  /** SHA-256 of the definition's canonical JSON, 64 hex digits. */
  hash: string | null
  /** Every problem, errors and warnings, in reading order. */
  issues: Issue[]
}

/**
 * Compiles a graph (see `parseGraph` for JSON of unknown origin). Pure: the same graph against the same library, journeys
 * and step types gives a byte-identical definition, in whatever order its nodes and edges are listed. Names and notes of
 * the layout are not compiled. Reports all problems, never throws for what an author can do.
 */
export function compile(graph: Graph, context: CompileContext): Compilation {
  const analysis = analyse(graph, context)
  const issues = validate(analysis)
  const definition = isPublishable(issues) ? buildDefinition(analysis) : null
  if (definition === null) return { definition: null, hash: null, issues }
  const text = canonicalJson(definition)
  // Read back from its text, so that what runs now is in no way different from what is loaded from the database later.
  return { definition: JSON.parse(text) as Definition, hash: sha256Hex(text), issues }
}
