/** Random journeys in the real step catalogue: valid by construction, and valid ones spoilt. */
import * as fc from 'fast-check'
import { graphSchema, type Graph } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

export const registry = createStepRegistry()

const always = { kind: 'always' }
/** Step types with a config that has no problem of its own. */
const kinds: readonly { type: string; config: Record<string, unknown> }[] = [
  { type: 'wait', config: { duration: 'P1D' } },
  { type: 'wait', config: { duration: 'PT2H', businessDays: true } },
  { type: 'wait_until_time', config: { days: ['fri'], time: '09:00' } },
  { type: 'wait_for_event', config: { event: 'replied', timeout: 'P7D' } },
  { type: 'send_email', config: { subject: 'Hello', body: 'Hello {{ lead.first_name }}' } },
  { type: 'add_tag', config: { tag: 'seen' } },
  { type: 'split', config: {} },
  { type: 'branch', config: { cases: [{ id: 'a', name: 'A', when: always }] } },
  { type: 'go_to', config: {} },
]

/** The ports and nature of a step, asked of the catalogue as the compiler does. */
export function described(node: { type: string; config: Record<string, unknown> }): {
  ports: string[]
  rests: boolean
} {
  const type = registry.get(node.type)
  const config = type?.config.parse(node.config)
  return { ports: type?.ports(config).map(({ id }) => id) ?? [], rests: type?.rests(config) ?? false }
}

/**
 * An entry, up to 20 steps and an exit. Each step's first way leads to the next step, so that all are reached; other ways
 * lead anywhere ahead, and back only from steps in which time passes.
 */
export const validGraphs: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      aims: fc.array(fc.tuple(fc.boolean(), fc.nat(1000)), { minLength: 4, maxLength: 4 }),
      disabled: fc.constantFrom(false, false, false, true),
    }),
    { maxLength: 20 },
  )
  .map((choices) => {
    const id = (index: number): string => (index >= choices.length ? 'exit' : `step${String(index)}`)
    const steps = choices.map(({ kind, aims, disabled }, index) => {
      const ahead = (aim: number): string => id(index + 1 + (aim % (choices.length - index)))
      const config = kind.type === 'go_to' ? { target: ahead(aims[3]?.[1] ?? 0) } : kind.config
      const node = { id: id(index), type: kind.type, config, ...(disabled ? { disabled } : {}) }
      const { ports, rests } = described(node)
      const edges = ports.map((port, place) => {
        const [back = false, aim = 0] = aims[place] ?? []
        const anywhere = back && rests && !disabled ? id(aim % (choices.length + 1)) : ahead(aim)
        return { from: node.id, port, to: place === 0 ? id(index + 1) : anywhere }
      })
      return { node, edges }
    })
    return graphSchema.parse({
      format: 1,
      nodes: [
        { id: 'start', type: 'entry', config: { triggers: [{ id: 't', kind: 'manual' }] } },
        ...steps.map(({ node }) => node),
        { id: 'exit', type: 'exit' },
      ],
      edges: [{ from: 'start', port: 'next', to: id(0) }, ...steps.flatMap(({ edges }) => edges)],
    })
  })

/** The same with some edges led elsewhere, added or removed: circles, orphans, loose ends. */
export const rewiredGraphs: fc.Arbitrary<Graph> = validGraphs.chain((graph) => {
  const target = fc.constantFrom(...graph.nodes.map(({ id }) => id), 'ghost')
  const rewire = fc.array(fc.option(target, { freq: 6 }), {
    minLength: graph.edges.length,
    maxLength: graph.edges.length,
  })
  return fc.tuple(rewire, fc.array(fc.nat(graph.edges.length - 1), { maxLength: 2 })).map(([targets, removed]) => ({
    ...graph,
    edges: graph.edges
      .map((edge, index) => ({ ...edge, to: targets[index] ?? edge.to }))
      .filter((_, index) => !removed.includes(index)),
  }))
})

/** The same value with its nodes, edges and all keys in another order. */
export function shuffled(graph: Graph, order: readonly number[]): Graph {
  const mix = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item, index) => ({ item, key: order[index % order.length] ?? 0, index }))
      .sort((one, other) => one.key - other.key || other.index - one.index)
      .map(({ item }) => item)
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(mix(Object.entries(value)).map(([key, member]) => [key, turned(member)]))
  }
  return {
    ...(turned(graph) as Graph),
    nodes: mix(graph.nodes.map((node) => turned(node) as typeof node)),
    edges: mix(graph.edges),
  }
}
