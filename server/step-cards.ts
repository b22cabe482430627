/** What a step's card says: its name, a line made from its settings, and its ways out. */
import type { Graph, GraphNode } from '#engine/graph/schema.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import type { StepCard } from './contract/journeys.ts'

/** One card per node, in the order of the graph. Never throws: settings that do not fit yet leave the summary empty. */
export function createStepCards(graph: Graph, registry: StepRegistry): StepCard[] {
  return graph.nodes.map((node) => createStepCard(node, registry.get(node.type)))
}

function createStepCard(node: GraphNode, step: StepType | undefined): StepCard {
  if (step === undefined) {
    return {
      id: node.id,
      type: node.type,
      name: node.name ?? node.type,
      category: 'custom',
      icon: 'help',
      summary: `There is no step of the type "${node.type}" here.`,
      disabled: node.disabled === true,
      ports: [],
    }
  }
  const parsed = step.config.safeParse(node.config)
  return {
    id: node.id,
    type: node.type,
    name: node.name ?? step.title,
    category: step.category,
    icon: step.icon,
    summary: parsed.success ? step.summary(parsed.data) : 'Not set up yet.',
    disabled: node.disabled === true,
    ports: parsed.success ? step.ports(parsed.data).map(({ id, label }) => ({ id, label })) : [],
  }
}
