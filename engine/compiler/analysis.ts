/** A graph looked at once: what every check and the definition are made from. */
import type { Graph, GraphEdge, GraphNode } from '../graph/schema.ts'
import { readingOrder, successorsOf, type Successors } from '../graph/traverse.ts'
import type { Issue } from '../issues.ts'
import type { Library } from '../library.ts'
import type { StepRegistry } from '../steps/catalogue.ts'
import type { Port, StepType } from '../steps/contract.ts'
import { configIssues } from './config-issues.ts'
import { textsIn, type PlacedText } from './config-texts.ts'

/** What a graph is compiled against. */
export interface CompileContext {
  library: Library
  /** Keys of journeys that exist, for "enrol in" and "leave". */
  journeys: ReadonlySet<string>
  registry: Pick<StepRegistry, 'get'>
}

/** A node with what its type says about it. */
export interface AnalysedStep {
  node: GraphNode
  /** What the author calls it, else its type's title. */
  name: string
  /** Null when the type is not registered. */
  type: StepType | null
  /** The parsed config, defaults filled in; null when the type is unknown or the config is wrong. */
  config: Record<string, unknown> | null
  /** Every text in `config`, at any depth. */
  texts: readonly PlacedText[]
  /** Null when `config` is. */
  ports: readonly Port[] | null
  jumps: readonly string[]
  /** Lets time pass. Steps that cannot be understood count as resting, so that one mistake is not reported as two. */
  rests: boolean
  minStayMs: number
}

export interface Analysis {
  graph: Graph
  context: CompileContext
  /** Every node, in the order of the graph, repeated ids included. */
  steps: readonly AnalysedStep[]
  /** The first node of each id. */
  byId: ReadonlyMap<string, AnalysedStep>
  /** Enabled or not, in the order of the graph. */
  entries: readonly AnalysedStep[]
  /** Edges by the node they leave, dangling ones included. */
  edgesFrom: ReadonlyMap<string, readonly GraphEdge[]>
  /** Every connection, edges and jumps, those of disabled steps' other ports included. */
  connected: Successors
  /** The connections leads can take: a disabled step leads on by its first port only. */
  walked: Successors
  /** Every id once, as a reader follows the journey. */
  order: readonly string[]
  /** Config errors, and step types that threw while they were asked. */
  configProblems: readonly Issue[]
}

/** Asks each node's type about it. Never throws: a step type that does is reported as a problem of its step. */
export function analyse(graph: Graph, context: CompileContext): Analysis {
  const configProblems: Issue[] = []
  const steps = graph.nodes.map((node) => analyseStep(node, context, configProblems))
  const byId = new Map<string, AnalysedStep>()
  for (const step of steps) if (!byId.has(step.node.id)) byId.set(step.node.id, step)
  const entries = steps.filter((step) => step.type?.category === 'entry')
  const edgesFrom = new Map<string, GraphEdge[]>()
  for (const edge of graph.edges) {
    const edges = edgesFrom.get(edge.from)
    if (edges === undefined) edgesFrom.set(edge.from, [edge])
    else edges.push(edge)
  }
  const jumpsOf = (chosen: readonly AnalysedStep[]) =>
    chosen.flatMap(({ node, jumps }) => jumps.map((to) => ({ from: node.id, to })))
  const inPortOrder = [...byId.values()].flatMap((step) => sortedEdges(step, edgesFrom.get(step.node.id) ?? []))
  const connected = successorsOf({ nodes: graph.nodes, edges: inPortOrder }, jumpsOf(steps))
  const taken = inPortOrder.filter(({ from, port }) => {
    const step = byId.get(from)
    return step?.node.disabled !== true || step.ports === null || port === step.ports[0]?.id
  })
  const walked = successorsOf(
    { nodes: graph.nodes, edges: taken },
    jumpsOf(steps.filter(({ node }) => node.disabled !== true)),
  )
  const starts = entries.map(({ node }) => node.id).sort()
  const order = readingOrder(connected, starts)
  return { graph, context, steps, byId, entries, edgesFrom, connected, walked, order, configProblems }
}

/**
 * Runs something a step type provides. Types come from custom code too: what throws becomes a problem at the step.
 */
export function askType<Answer>(
  { node, name }: Pick<AnalysedStep, 'node' | 'name'>,
  problems: Issue[],
  fallback: Answer,
  ask: () => Answer,
): Answer {
  try {
    return ask()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    problems.push({
      code: 'STEP_CONFIG_INVALID',
      severity: 'error',
      nodeId: node.id,
      path: [],
      message: `Step "${name}" could not be checked: its type "${node.type}" failed with "${reason}"; change the config or mend the type.`,
    })
    return fallback
  }
}

/** The step with this id called by its name, for messages. */
export function quoteStep(analysis: Analysis, id: string): string {
  return `"${analysis.byId.get(id)?.name ?? id}"`
}

function analyseStep(node: GraphNode, { registry }: CompileContext, problems: Issue[]): AnalysedStep {
  const type = registry.get(node.type) ?? null
  const name = node.name ?? type?.title ?? node.type
  const unknown: AnalysedStep = {
    node,
    name,
    type,
    config: null,
    texts: [],
    ports: null,
    jumps: [],
    rests: true,
    minStayMs: 0,
  }
  if (type === null) return unknown
  return askType(unknown, problems, unknown, () => {
    const parsed = type.config.safeParse(node.config)
    if (!parsed.success) {
      problems.push(...configIssues(parsed.error.issues, node))
      return unknown
    }
    const config = parsed.data
    return {
      ...unknown,
      config: config as Record<string, unknown>,
      texts: textsIn(config),
      ports: type.ports(config),
      jumps: type.jumps?.(config) ?? [],
      rests: node.disabled !== true && type.rests(config),
      minStayMs: node.disabled === true ? 0 : (type.minStayMs?.(config) ?? 0),
    }
  })
}

/** Edges in the order of the step's ports, so that nothing depends on the order in which they were drawn. */
function sortedEdges({ ports }: AnalysedStep, edges: readonly GraphEdge[]): GraphEdge[] {
  const rank = new Map(ports?.map(({ id }, index) => [id, index]))
  const rankOf = ({ port }: GraphEdge): number => rank.get(port) ?? rank.size
  return edges.toSorted(
    (one, other) => rankOf(one) - rankOf(other) || compare(one.port, other.port) || compare(one.to, other.to),
  )
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
