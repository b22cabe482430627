/** What a drawing needs to know of each step; the page, the API and the CLI have it from the same catalogue. */
import type { PortsOf } from '../graph/document.ts'
import type { GraphNode } from '../graph/schema.ts'
import type { StepRegistry } from '../steps/catalogue.ts'
import type { StepCategory } from '../steps/contract.ts'
import { drawnPorts, drawnSummary } from '../steps/drawn-ports.ts'

export interface StepLooks {
  portsOf: (node: GraphNode) => ReturnType<typeof drawnPorts>
  titleOf: (node: GraphNode) => string
  /** One line; empty while the settings are not finished. */
  summaryOf: (node: GraphNode) => string
  categoryOf: (node: GraphNode) => StepCategory
}

/** How steps look by the catalogue alone. */
export function stepLooks(registry: Pick<StepRegistry, 'get'>): StepLooks & { portsOf: PortsOf } {
  return {
    portsOf: (node) => drawnPorts(registry.get(node.type), node),
    titleOf: (node) => node.name ?? registry.get(node.type)?.title ?? node.type,
    summaryOf: (node) => {
      const step = registry.get(node.type)
      return step === undefined ? '' : (drawnSummary(step, node) ?? '')
    },
    categoryOf: ({ type }) => registry.get(type)?.category ?? 'custom',
  }
}
