import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffGraphs } from '#engine/compiler/diff.ts'
import { canonicalJson } from '#engine/definition/canonical.ts'
import { graphSchema, type Graph, type GraphNode } from '#engine/graph/schema.ts'
import { placeChanges } from '#engine/publishing/place-changes.ts'

const seed = 20_261_122
const ids = ['entry', 'a', 'b', 'c', 'd', 'e']
const value = fc.oneof(
  fc.constantFrom('P1D', 'P2D', 'Hello', ''),
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.subarray(['x', 'y']),
)
const config = fc.record(
  { duration: value, body: value, inner: fc.record({ deep: value, other: value }, { requiredKeys: [] }) },
  { requiredKeys: [] },
)
const name = fc.option(fc.constantFrom('Wait', 'Ask', 'Tell'), { nil: undefined })

/** Steps of a few ids with any settings and connections: two of them share steps, and differ in all ways there are. */
const graphs: fc.Arbitrary<Graph> = fc
  .record({
    present: fc.subarray(ids.slice(1)),
    parts: fc.array(fc.record({ config, name, isOff: fc.boolean() }), { minLength: 6, maxLength: 6 }),
    wires: fc.uniqueArray(fc.record({ from: fc.nat(5), port: fc.constantFrom('next', 'else'), to: fc.nat(5) }), {
      selector: ({ from, port }) => `${String(from)}:${port}`,
    }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin'),
  })
  .map(({ present, parts, wires, zone }) => {
    const known = ['entry', ...present]
    return graphSchema.parse({
      format: 1,
      nodes: known.map((id) => {
        const part = parts[ids.indexOf(id)]
        return {
          id,
          type: id === 'entry' ? 'entry' : 'wait',
          config: part?.config ?? {},
          ...(part?.name === undefined ? {} : { name: part.name }),
          ...(part?.isOff === true ? { disabled: true } : {}),
        }
      }),
      edges: wires
        .map(({ from, port, to }) => ({ from: ids[from] ?? '', port, to: ids[to] ?? '' }))
        .filter(({ from, to }) => known.includes(from) && known.includes(to)),
      settings: { zone },
    })
  })
const pairs = fc.tuple(graphs, graphs)

/** The old graph with the differences carried out; only added steps, and the ways they lead, are looked up in the new one. */
function carriedOut(before: Graph, after: Graph): Graph {
  const diff = diffGraphs(before, after)
  const removed = new Set(diff.removed.map(({ id }) => id))
  const added = new Set(diff.added.map(({ id }) => id))
  const nodes = before.nodes
    .filter(({ id }) => !removed.has(id))
    .map((node) => {
      const copy = structuredClone(node) as GraphNode & Record<string, unknown>
      for (const { path, after: now } of diff.changed.find(({ id }) => id === node.id)?.fields ?? []) {
        const isOwn = path[0] === 'name' || path[0] === 'disabled' || path[0] === 'type'
        put(isOwn ? copy : (copy.config as Record<string, unknown>), path, now)
      }
      return copy
    })
  const edges = before.edges.filter(
    ({ from, port }) => !removed.has(from) && !diff.rewired.some((way) => way.id === from && way.port === port),
  )
  const settings = structuredClone(before.settings) as Graph['settings'] & Record<string, unknown>
  for (const { path, after: now } of diff.settings) put(settings, path, now)
  return {
    ...before,
    settings,
    nodes: [...nodes, ...after.nodes.filter(({ id }) => added.has(id))],
    edges: [
      ...edges,
      ...diff.rewired.flatMap(({ id, port, after: to }) => (to === null ? [] : [{ from: id, port, to }])),
      ...after.edges.filter(({ from }) => added.has(from)),
    ],
  }
}

function put(into: Record<string, unknown>, path: readonly (string | number)[], now: unknown): void {
  const [first = '', ...rest] = path.map(String)
  if (rest.length > 0) {
    put((into[first] ??= {}) as Record<string, unknown>, rest, now)
  } else if (now === undefined) delete into[first]
  else into[first] = now
}

function inOrder({ nodes, edges, settings }: Graph): string {
  const sorted = <Item>(list: Item[]): Item[] => list.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
  return canonicalJson({ nodes: sorted(nodes), edges: sorted(edges), settings })
}

describe('the difference of two graphs', () => {
  test('of a graph and itself is nothing, in whatever order it is written', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const turned = { ...graph, nodes: graph.nodes.toReversed(), edges: graph.edges.toReversed() }
        const diff = diffGraphs(graph, turned)
        expect([diff.same, diff.lines]).toEqual([true, []])
      }),
      { seed, numRuns: 200 },
    )
  })

  test('carried out on the old one gives the new one: no edit is missed, and none is made up', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        expect(inOrder(carriedOut(before, after))).toBe(inOrder(after))
        expect(diffGraphs(before, after).same).toBe(inOrder(before) === inOrder(after))
      }),
      { seed, numRuns: 400 },
    )
  })

  test('turned round, what came is what went', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const [there, back] = [diffGraphs(before, after), diffGraphs(after, before)]
        const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id).sort()
        expect(idsOf(there.added)).toEqual(idsOf(back.removed))
        expect(idsOf(there.changed)).toEqual(idsOf(back.changed))
        expect(there.rewired.length).toBe(back.rewired.length)
      }),
      { seed, numRuns: 200 },
    )
  })

  test('says of each place what becomes of it: a step that is said to be as it was is so, and so are its ways out', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const changes = placeChanges(before, after)
        expect([...changes.keys()].sort()).toEqual(before.nodes.map(({ id }) => id).sort())
        for (const [id, change] of changes) {
          const now = after.nodes.find((node) => node.id === id)
          expect(change === 'removed').toBe(now === undefined)
          if (change !== 'same') continue
          expect(canonicalJson(now)).toBe(canonicalJson(before.nodes.find((node) => node.id === id)))
          const ways = (graph: Graph) =>
            graph.edges
              .filter(({ from }) => from === id)
              .map(canonicalJson)
              .sort()
          expect(ways(after)).toEqual(ways(before))
        }
      }),
      { seed, numRuns: 200 },
    )
  })
})
