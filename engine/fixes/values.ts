/** Changing one value deep inside a step's config or the journey's settings. */
import { changeSettings, configureStep } from '../graph/edit.ts'
import { findNode, type JourneyDocument } from '../graph/document.ts'
import { settingsSchema } from '../graph/schema.ts'
import type { Issue } from '../issues.ts'
import { portsOfRegistry, type FixContext } from './fix.ts'

type Path = readonly (string | number)[]

/** What stands at a path; undefined when the way there ends. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

/** The same with another value at the path; `undefined` takes it away, out of a list, too. What is missing is made. */
function withValue(root: unknown, path: Path, next: unknown): unknown {
  const [part, ...rest] = path
  if (part === undefined) return next
  if (Array.isArray(root)) {
    const index = Number(part)
    if (rest.length === 0 && next === undefined) return root.filter((_, place) => place !== index)
    return root.map((item: unknown, place) => (place === index ? withValue(item, rest, next) : item))
  }
  const object = typeof root === 'object' && root !== null ? (root as Record<string, unknown>) : {}
  if (rest.length === 0 && next === undefined) {
    return Object.fromEntries(Object.entries(object).filter(([key]) => key !== String(part)))
  }
  return { ...object, [part]: withValue(object[part], rest, next) }
}

/** What an issue's path leads into: the step's config, or the graph for `settings.…`. */
export function rootOf({ nodeId, path }: Issue, { graph }: JourneyDocument): unknown {
  if (nodeId !== undefined) return graph.nodes.find(({ id }) => id === nodeId)?.config
  return path[0] === 'settings' ? { settings: graph.settings } : undefined
}

/** Writes a value at a path of the step's config or the settings. Settings that would not be readable stay as they were. */
export function setValue(
  document: JourneyDocument,
  { nodeId }: Pick<Issue, 'nodeId'>,
  path: Path,
  next: unknown,
  context: Pick<FixContext, 'registry'>,
): JourneyDocument {
  if (nodeId !== undefined) {
    const node = findNode(document, nodeId)
    if (node === undefined) return document
    const config = withValue(node.config, path, next) as Record<string, unknown>
    return configureStep(document, nodeId, config, portsOfRegistry(context))
  }
  if (path[0] !== 'settings') return document
  const settings = settingsSchema.safeParse(withValue(document.graph.settings, path.slice(1), next))
  return settings.success ? changeSettings(document, settings.data) : document
}
