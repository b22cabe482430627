/** The check itself, apart from the worker it runs in: what publishing says, but for what only the server can see. */
import { analyse } from '#engine/compiler/analysis.ts'
import { validate } from '#engine/compiler/validate.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { createCatalogue } from '../catalogue.ts'
import type { Ground } from './protocol.ts'

/** A function that checks graphs against this ground. */
export function createCheck({ manifests, library, journeys }: Ground): (graph: Graph) => Issue[] {
  const { registry } = createCatalogue(manifests)
  const context = { library, registry, journeys: new Set(journeys) }
  return (graph) => validate(analyse(graph, context))
}
