/** A journey in words: its steps in the order a reader follows them. Beside every drawing, for those who do not see it. */
import { entryType, type JourneyDocument } from '../graph/document.ts'
import type { GraphNode } from '../graph/schema.ts'
import { readingOrder, successorsOf } from '../graph/traverse.ts'
import type { StepCategory } from '../steps/contract.ts'
import type { StepLooks } from './look.ts'

/** A way out of a step. */
export interface ToldWay {
  /** What it is called; null when the step has only this one. */
  label: string | null
  /** Where it leads; null: nowhere yet. */
  to: { number: number; title: string } | null
}

export interface ToldStep {
  /** From 1, in reading order. */
  number: number
  id: string
  title: string
  /** One line; empty while the settings are not finished. */
  summary: string
  category: StepCategory
  isOff: boolean
  /** Empty after an end, and when the one way on is the next step of the list. */
  ways: ToldWay[]
}

/** Every step once: depth first from the entry, ways out in their order. */
export function tellSteps({ graph }: JourneyDocument, looks: StepLooks): ToldStep[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const places = new Map(graph.nodes.map((node) => [node.id, looks.portsOf(node).map(({ id }) => id)]))
  const placeOf = (edge: { from: string; port: string }) => {
    const place = places.get(edge.from)?.indexOf(edge.port) ?? -1
    return place < 0 ? Infinity : place
  }
  // Differences of infinities are no numbers, and the sort is stable: strange ports stay as they come.
  const edges = graph.edges.toSorted((a, b) => placeOf(a) - placeOf(b) || 0)
  const entries = graph.nodes.filter(({ type }) => type === entryType).map(({ id }) => id)
  const order = readingOrder(successorsOf({ nodes: graph.nodes, edges }), entries)
  const numberOf = new Map(order.map((id, index) => [id, index + 1]))
  const wired = new Map(graph.edges.map(({ from, port, to }) => [`${from} ${port}`, to]))

  return order.flatMap((id): ToldStep[] => {
    const node = nodes.get(id)
    if (node === undefined) return []
    const number = numberOf.get(id) ?? 0
    const ways = waysOf(node)
    const isPlain = ways.length === 1 && ways[0]?.to?.number === number + 1
    return [
      {
        number,
        id,
        title: looks.titleOf(node),
        summary: looks.summaryOf(node),
        category: looks.categoryOf(node),
        isOff: node.disabled === true,
        ways: isPlain ? [] : ways,
      },
    ]
  })

  /** Ways that lead somewhere or must. */
  function waysOf(node: GraphNode): ToldWay[] {
    const ways = looks
      .portsOf(node)
      .map(({ id, label, optional }) => ({ label, optional, to: wired.get(`${node.id} ${id}`) }))
      .filter(({ optional, to }) => optional !== true || to !== undefined)
    return ways.map(({ label, to }) => {
      const target = to === undefined ? undefined : nodes.get(to)
      return {
        label: ways.length === 1 ? null : label,
        to: target === undefined ? null : { number: numberOf.get(target.id) ?? 0, title: looks.titleOf(target) },
      }
    })
  }
}
