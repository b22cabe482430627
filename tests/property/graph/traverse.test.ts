import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cyclesIn,
  predecessorsOf,
  reachableFrom,
  readingOrder,
  stronglyConnected,
  successorsOf,
  topologicalOrder,
  type GraphShape,
} from '#engine/graph/traverse.ts'

const seed = 20_261_122

/** Graphs of up to ten nodes, with repeated nodes and edges, loops and edges to nowhere. */
const graphs: fc.Arbitrary<GraphShape> = fc.nat(9).chain((last) => {
  const id = fc.nat(last).map(String)
  const end = fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: fc.constant('nowhere') })
  return fc.record({
    nodes: fc
      .array(fc.record({ id }), { maxLength: 2 })
      .map((extra) => [...Array.from({ length: last + 1 }, (_, index) => ({ id: String(index) })), ...extra]),
    edges: fc.array(fc.record({ from: end, to: end }), { maxLength: 16 }),
  })
})

/** Oracle: a matrix of who can reach whom in one step or more (Warshall). */
function reachMatrix(graph: GraphShape): (from: string, to: string) => boolean {
  const ids = [...new Set(graph.nodes.map(({ id }) => id))]
  const reach = new Set(
    graph.edges.filter(({ from, to }) => ids.includes(from) && ids.includes(to)).map(({ from, to }) => `${from}>${to}`),
  )
  for (const via of ids)
    for (const from of ids)
      for (const to of ids) if (reach.has(`${from}>${via}`) && reach.has(`${via}>${to}`)) reach.add(`${from}>${to}`)
  return (from, to) => reach.has(`${from}>${to}`)
}

describe('graph walks', () => {
  test('agree with a matrix of who reaches whom', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const successors = successorsOf(graph)
        const reaches = reachMatrix(graph)
        const ids = [...successors.keys()]
        for (const start of ids) {
          const expected = ids.filter((id) => id === start || reaches(start, id))
          expect([...reachableFrom(successors, [start])].sort()).toEqual(expected.sort())
        }
        const groups = stronglyConnected(successors)
        expect(groups.flat().sort()).toEqual([...ids].sort())
        for (const group of groups) {
          for (const one of ids) {
            const together = group[0] === one || (reaches(group[0] ?? '', one) && reaches(one, group[0] ?? ''))
            expect(group.includes(one)).toBe(together)
          }
        }
        expect(cyclesIn(successors).flat().sort()).toEqual(ids.filter((id) => reaches(id, id)).sort())
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('the topological order respects every edge, and is missing exactly when there is a cycle', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const successors = successorsOf(graph)
        const order = topologicalOrder(successors)
        expect(order === null).toBe(cyclesIn(successors).length > 0)
        for (const [from, targets] of successors) {
          for (const to of targets) expect(order === null || order.indexOf(from) < order.indexOf(to)).toBe(true)
        }
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('the reading order holds every node once, reachable ones first', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const successors = successorsOf(graph)
        const order = readingOrder(successors, ['0', 'nowhere'])
        expect([...order].sort()).toEqual([...successors.keys()].sort())
        const reachable = reachableFrom(successors, ['0'])
        expect(new Set(order.slice(0, reachable.size))).toEqual(reachable)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('predecessors are successors turned round, jumps are connections too', () => {
    const successors = successorsOf({ nodes: [{ id: 'a' }, { id: 'b' }], edges: [] }, [{ from: 'a', to: 'b' }])
    expect(predecessorsOf(successors).get('b')).toEqual(['a'])
  })

  test('a chain of 20,000 steps does not exhaust the stack', () => {
    const nodes = Array.from({ length: 20_000 }, (_, index) => ({ id: String(index) }))
    const edges = nodes.map(({ id }) => ({ from: id, to: String((Number(id) + 1) % 20_000) }))
    const successors = successorsOf({ nodes, edges })
    expect(cyclesIn(successors)).toHaveLength(1)
    expect(reachableFrom(successors, ['5'])).toHaveLength(20_000)
  })
})
