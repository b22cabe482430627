/** How big a step is drawn, and where its ways out are: known before anything is measured. */
import { cardSize } from '#engine/graph/arrange.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Port } from '#engine/steps/contract.ts'
import type { Catalogue } from '../catalogue.ts'

const rowHeight = 24
/** What Live adds under a card. */
export const footerHeight = 24
/** Steps that only end the way are a low pill. */
const endHeight = 48
/** More rows than these are told as a number. */
const mostRows = 8
const padding = 8

/** Ends of a way: exit, goal, anything without a way out. */
export function isEnd(node: GraphNode, ports: readonly Port[]): boolean {
  return ports.length === 0 && node.type !== 'entry'
}

/** The ways out that have a row of their own: those of a step that has several that matter. */
export function rowsOf(ports: readonly Port[]): { shown: readonly Port[]; hidden: number } {
  const needed = ports.filter(({ optional }) => optional !== true)
  if (needed.length < 2) return { shown: [], hidden: 0 }
  if (ports.length <= mostRows) return { shown: ports, hidden: 0 }
  return { shown: ports.slice(0, mostRows - 1), hidden: ports.length - mostRows + 1 }
}

/** In pixels at 100 %; a multiple of the grid. */
export function cardHeight(node: GraphNode, ports: readonly Port[]): number {
  if (isEnd(node, ports)) return endHeight
  const { shown, hidden } = rowsOf(ports)
  const rows = shown.length + (hidden > 0 ? 1 : 0)
  return rows === 0 ? cardSize.height : cardSize.height + rows * rowHeight + padding
}

/**
 * How far right each way out lies. Several that matter stand evenly about the middle; where only one does, it is in the
 * middle, so that the way on is straight, and those that may stay open are beside it.
 */
export function portX(index: number, ports: readonly Port[]): number {
  const middle = cardSize.width / 2
  const needed = ports.filter(({ optional }) => optional !== true).length
  if (needed === 1 && ports[0]?.optional !== true) return middle + index * Math.min(48, 96 / ports.length)
  if (ports.length < 2) return middle
  // Many ways out come closer together, never off the card.
  const distance = Math.min(56, (cardSize.width - 48) / (ports.length - 1))
  return middle + (index - (ports.length - 1) / 2) * distance
}

/** Heights by id, for arranging. Ids that are not there are as high as a plain card. */
export function heightsOf(
  nodes: readonly GraphNode[],
  { portsOf }: Pick<Catalogue, 'portsOf'>,
): (id: string) => number {
  const heights = new Map(nodes.map((node) => [node.id, cardHeight(node, portsOf(node))]))
  return (id) => heights.get(id) ?? cardSize.height
}
