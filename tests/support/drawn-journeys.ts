/** Journeys of any size for tests and measurements of the canvas: branches, merges and ends in a steady mix. */
import { arrange } from '#engine/graph/arrange.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { graphSchema, layoutSchema, type Graph } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { drawnPorts } from '#engine/steps/drawn-ports.ts'

const registry = createStepRegistry()
const portsOf = (node: Graph['nodes'][number]) => drawnPorts(registry.get(node.type), node)

/** A journey of so many steps; `extra` connections per step lead into steps that have one already. */
export function drawnJourney(steps: number, extra = 0.2): JourneyDocument {
  const nodes: Graph['nodes'] = [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'start', kind: 'manual' }] } },
  ]
  const edges: Graph['edges'] = []
  const open: { from: string; port: string }[] = [{ from: 'entry', port: 'next' }]
  for (let index = 1; index < steps; index += 1) {
    const way = open.shift()
    if (way === undefined) break
    const node = { id: `s${String(index)}`, ...kindAt(index) }
    nodes.push(node)
    edges.push({ ...way, to: node.id })
    for (const { id } of portsOf(node).filter(({ optional }) => optional !== true))
      open.push({ from: node.id, port: id })
  }
  const merges = Math.min(open.length, Math.round(steps * extra))
  for (const [index, way] of open.slice(0, merges).entries()) {
    edges.push({ ...way, to: `s${String(steps - 1 - ((index * 7) % Math.max(1, Math.floor(steps / 4))))}` })
  }
  const graph = graphSchema.parse({ format: 1, nodes, edges })
  const document = { graph, layout: layoutSchema.parse({}) }
  return { graph, layout: layoutSchema.parse({ positions: arrange(document, portsOf) }) }
}

function kindAt(index: number): { type: string; config: Record<string, unknown> } {
  if (index % 6 === 0) {
    const cases = ['a', 'b'].map((id) => ({ id, name: `Way ${id}`, when: { kind: 'always' } }))
    return { type: 'branch', config: { cases } }
  }
  if (index % 5 === 0) return { type: 'add_tag', config: { tag: `tag-${String(index)}` } }
  if (index % 3 === 0) return { type: 'score', config: { amount: (index % 9) + 1 } }
  return { type: 'wait', config: { duration: `P${String((index % 5) + 1)}D` } }
}
