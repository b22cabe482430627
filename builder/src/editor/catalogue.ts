/** The steps of this installation, as the page needs them: the engine's own, and custom ones made from what the API tells. */
import { z } from 'zod'
import type { GraphNode } from '#engine/graph/schema.ts'
import { builtInSteps, createStepRegistry, type StepRegistry } from '#engine/steps/catalogue.ts'
import type { Port, StepCategory, StepType } from '#engine/steps/contract.ts'
import { drawnPorts, drawnSummary } from '#engine/steps/drawn-ports.ts'
import { runEffectStep } from '#engine/steps/effect-step.ts'
import { fillTemplate } from '#engine/steps/fill-template.ts'
import type { StepManifest } from '#server/contract/steps.ts'

export interface Catalogue {
  /** What compiler, validator and interpreter take. */
  registry: StepRegistry
  /** In palette order. */
  manifests: readonly StepManifest[]
  manifest(type: string): StepManifest | undefined
  isCustom(type: string): boolean
  portsOf: (node: GraphNode) => readonly Port[]
  /** What the author calls it, else its type's title. */
  titleOf(node: GraphNode): string
  /** One line made from the settings. */
  summaryOf(node: GraphNode): string
  categoryOf(node: GraphNode): StepCategory
  iconOf(node: GraphNode): string
  /** Settings a new step of the type begins with. */
  starterOf(type: string): Record<string, unknown>
  /** Steps its settings jump to. */
  jumpsOf(node: GraphNode): readonly string[]
}

/**
 * The catalogue of what `GET /api/v1/steps` answered. Never throws: a schema that cannot be read accepts anything.
 * @param say the engine's words in the reader's language; workers need none
 */
export function createCatalogue(manifests: readonly StepManifest[], say = (text: string) => text): Catalogue {
  const own = new Set(builtInSteps.map(({ type }) => type))
  const registry = createStepRegistry(manifests.filter(({ type }) => !own.has(type)).map(toStepType))
  const byType = new Map(manifests.map((manifest) => [manifest.type, manifest]))
  // A node is never changed in place, so what was worked out for it holds as long as it lives.
  const ports = new WeakMap<GraphNode, readonly Port[]>()
  const summaries = new WeakMap<GraphNode, string>()
  return {
    registry,
    manifests,
    manifest: (type) => byType.get(type),
    isCustom: (type) => !own.has(type),
    portsOf: (node) =>
      remember(ports, node, () =>
        drawnPorts(registry.get(node.type), node).map((port) => ({ ...port, label: say(port.label) })),
      ),
    titleOf: (node) => node.name ?? byType.get(node.type)?.title ?? registry.get(node.type)?.title ?? node.type,
    summaryOf: (node) => remember(summaries, node, () => say(summarise(registry.get(node.type), node))),
    categoryOf: ({ type }) => registry.get(type)?.category ?? 'custom',
    iconOf: ({ type }) => registry.get(type)?.icon ?? 'help',
    starterOf: (type) => structuredClone(registry.get(type)?.starter ?? {}),
    jumpsOf: ({ type, config }) => {
      const step = registry.get(type)
      const parsed = step?.config.safeParse(config)
      return step?.jumps !== undefined && parsed?.success === true ? step.jumps(parsed.data) : []
    },
  }
}

function remember<Value>(cache: WeakMap<GraphNode, Value>, node: GraphNode, make: () => Value): Value {
  const found = cache.get(node)
  if (found !== undefined) return found
  const made = make()
  cache.set(node, made)
  return made
}

function summarise(step: StepType | undefined, node: GraphNode): string {
  if (step === undefined) return `There is no step of the type “${node.type}” here.`
  return drawnSummary(step, node) ?? 'Not set up yet'
}

/** A custom step's browser half: the same form, ports and summary; in a rehearsal its result is drawn as it declares. */
function toStepType(manifest: StepManifest): StepType {
  const ports: Port[] = manifest.ports ?? [{ id: 'next', label: 'Next' }]
  return {
    type: manifest.type,
    version: manifest.version,
    title: manifest.title,
    category: manifest.category,
    icon: manifest.icon,
    description: manifest.description,
    synonyms: manifest.synonyms,
    config: readSchema(manifest.config),
    starter: manifest.starter,
    ports: () => ports,
    summary: (config) => (manifest.summary === null ? manifest.description : fillTemplate(manifest.summary, config)),
    rests: () => true,
    ...(manifest.attempts === null ? {} : { attempts: manifest.attempts }),
    simulate: manifest.simulate.map(({ after, ...result }) => (after === undefined ? result : { ...result, after })),
    run: (context) =>
      runEffectStep(context, () => ({
        effectType: manifest.type,
        queue: 'custom',
        input: null,
        timeoutMs: 60_000,
        heartbeatMs: null,
        maxAttempts: 1,
      })),
  }
}

function readSchema(schema: StepManifest['config']): z.ZodType {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  } catch {
    return z.record(z.string(), z.unknown())
  }
}
