/** The journey as ELK takes it, and what ELK gives back: layers from top to bottom, ways out in their order. */
import type { ElkNode } from 'elkjs/lib/elk-api'
import { cardGap, cardSize } from '#engine/graph/arrange.ts'
import type { JourneyDocument, Point } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import { cardHeight, portX } from './card-size.ts'

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.crossingMinimization.forceNodeModelOrder': 'false',
  // Three tries at avoiding crossings instead of seven, without the last polishing: half the time, 5 % more crossings.
  'elk.layered.thoroughness': '3',
  'elk.layered.crossingMinimization.greedySwitch.type': 'OFF',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(cardGap.y),
  'elk.spacing.nodeNode': String(cardGap.x),
  'elk.spacing.edgeNode': '24',
  'elk.spacing.componentComponent': '80',
}

/** The chosen steps (all of them, unless told) with the connections between them. */
export function toElk({ graph }: JourneyDocument, catalogue: Catalogue, only?: ReadonlySet<string>): ElkNode {
  const nodes = graph.nodes.filter(({ id }) => only === undefined || only.has(id))
  const portOf = new Map(nodes.map((node) => [node.id, catalogue.portsOf(node)]))
  return {
    id: 'journey',
    layoutOptions: options,
    children: nodes.map((node) => {
      const ports = portOf.get(node.id) ?? []
      const height = cardHeight(node, ports)
      return {
        id: node.id,
        width: cardSize.width,
        height,
        layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
        ports: [
          { id: `${node.id}\nin`, x: cardSize.width / 2, y: 0, layoutOptions: { 'elk.port.side': 'NORTH' } },
          ...ports.map((port, index) => ({
            id: `${node.id}\n${port.id}`,
            x: portX(index, ports),
            y: height,
            layoutOptions: { 'elk.port.side': 'SOUTH', 'elk.port.index': String(index) },
          })),
        ],
      }
    }),
    edges: graph.edges
      .filter(({ from, to, port }) => portOf.has(to) && portOf.get(from)?.some(({ id }) => id === port) === true)
      .map(({ from, port, to }) => ({
        id: `${from}\n${port}\n`,
        sources: [`${from}\n${port}`],
        targets: [`${to}\nin`],
      })),
  }
}

/** Where ELK put them, moved so that the anchor (the first step) stays where it is. */
export function fromElk({ children = [] }: ElkNode, present: Readonly<Record<string, Point>>): Record<string, Point> {
  const anchor = children.find(({ id }) => present[id] !== undefined)
  const was = anchor === undefined ? undefined : present[anchor.id]
  const [dx, dy] = [(was?.x ?? 0) - (anchor?.x ?? 0), (was?.y ?? 0) - (anchor?.y ?? 0)]
  return Object.fromEntries(children.map(({ id, x = 0, y = 0 }) => [id, { x: x + dx, y: y + dy }]))
}
