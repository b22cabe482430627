import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrange, cardSize } from '#engine/graph/arrange.ts'
import type { JourneyDocument, PortsOf } from '#engine/graph/document.ts'
import * as edit from '#engine/graph/edit.ts'
import { moveStep } from '#engine/graph/move.ts'
import { placesOf, reflow, tidy } from '#engine/graph/reflow.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { reachableFrom, successorsOf } from '#engine/graph/traverse.ts'

const seed = 20_261_122
const portsOf: PortsOf = ({ type }) => {
  if (type === 'branch') return [{ id: 'a' }, { id: 'b' }, { id: 'else' }]
  return type === 'exit' ? [] : [{ id: 'next' }]
}
/** Branches are higher, as on the canvas. */
const heightsOf = ({ graph }: JourneyDocument) => {
  const heights = new Map(graph.nodes.map(({ id, type }) => [id, type === 'branch' ? 152 : type === 'exit' ? 48 : 72]))
  return (id: string) => heights.get(id) ?? 72
}

/** A journey as somebody draws it: every step added at a way out of one that is there, some ways joined. */
const journeys = fc
  .array(
    fc.record({
      at: fc.nat(40),
      port: fc.nat(2),
      type: fc.constantFrom('wait', 'wait', 'branch', 'exit'),
      join: fc.option(fc.nat(40)),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    let document: JourneyDocument = {
      graph: graphSchema.parse({ format: 1, nodes: [{ id: 'entry', type: 'entry' }], edges: [] }),
      layout: layoutSchema.parse({}),
    }
    for (const { at, port, type, join } of steps) {
      const { nodes } = document.graph
      const from = nodes[at % nodes.length]
      const way = from === undefined ? undefined : portsOf(from)[port % Math.max(1, portsOf(from).length)]
      if (from === undefined || way === undefined) continue
      const to = join === null ? undefined : nodes[join % nodes.length]?.id
      document =
        to === undefined
          ? edit.addStepAfter(document, { from: from.id, port: way.id }, { type, config: {} }, portsOf).document
          : edit.connect(document, { from: from.id, port: way.id, to })
    }
    return document
  })

const settledJourneys = journeys.map((document) => withPlaces(document))

function withPlaces(document: JourneyDocument): JourneyDocument {
  const positions = arrange(document, portsOf, { heightOf: heightsOf(document) })
  return { ...document, layout: { ...document.layout, positions } }
}

const idAt = ({ graph }: JourneyDocument, index: number): string => graph.nodes[index % graph.nodes.length]?.id ?? ''

function settle(before: JourneyDocument, after: JourneyDocument): JourneyDocument {
  return reflow(before, after, portsOf, { heightOf: heightsOf(after), heightBefore: heightsOf(before) })
}

function overlapping({ graph, layout }: JourneyDocument): string[] {
  const heightOf = heightsOf({ graph, layout })
  const cards = graph.nodes.map(({ id }) => ({ id, ...(layout.positions[id] ?? { x: NaN, y: NaN }) }))
  return cards.flatMap((a, index) =>
    cards.slice(index + 1).flatMap((b) => {
      const apart = Math.abs(a.x - b.x) >= cardSize.width || a.y >= b.y + heightOf(b.id) || b.y >= a.y + heightOf(a.id)
      return apart ? [] : [`${a.id} ${b.id}`]
    }),
  )
}

describe('after an edit', () => {
  test('every step has a place, no card lies on another, and undoing is going back to the document before', () => {
    fc.assert(
      fc.property(settledJourneys, fc.nat(40), fc.constantFrom('wait', 'branch', 'exit'), (before, at, type) => {
        const id = idAt(before, at)
        const node = before.graph.nodes.find((one) => one.id === id)
        const [way] = node === undefined ? [] : portsOf(node)
        if (way === undefined) return
        const added = edit.addStepAfter(before, { from: id, port: way.id }, { type, config: {} }, portsOf).document
        for (const after of [settle(before, added), settle(before, edit.removeSteps(before, [id]))]) {
          expect(Object.keys(after.layout.positions).sort()).toEqual(after.graph.nodes.map((one) => one.id).sort())
          expect(overlapping(after)).toEqual([])
        }
      }),
      { seed, numRuns: 600 },
    )
  })

  test('in a chain nothing moves but what follows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(40), (length, at) => {
        const document = withPlaces(chain(length))
        const id = idAt(document, at % (length - 1))
        const after = settle(
          document,
          edit.addStepAfter(document, { from: id, port: 'next' }, { type: 'wait', config: {} }, portsOf).document,
        )
        const below = reachableFrom(successorsOf(document.graph), [id])
        for (const { id: other } of document.graph.nodes) {
          const [was, is] = [document.layout.positions[other], after.layout.positions[other]]
          if (other === id || !below.has(other)) expect(is).toBe(was)
          else expect(is).toEqual({ x: was?.x, y: (was?.y ?? 0) + 72 + 64 })
        }
      }),
      { seed, numRuns: 100 },
    )
  })

  test('what was placed by hand stays, whatever is edited around it', () => {
    fc.assert(
      fc.property(settledJourneys, fc.nat(40), fc.nat(40), (before, hand, at) => {
        const pinned = edit.place(before, { [idAt(before, hand)]: { x: 4000, y: 800 } })
        const from = idAt(pinned, at)
        const added = edit.addStepAfter(pinned, { from, port: 'next' }, { type: 'wait', config: {} }, portsOf).document
        expect(settle(pinned, added).layout.positions[idAt(before, hand)]).toEqual({ x: 4000, y: 800, pinned: true })
      }),
      { seed, numRuns: 300 },
    )
  })

  test('an edit of settings moves nothing and changes nothing', () => {
    fc.assert(
      fc.property(settledJourneys, fc.nat(40), (before, at) => {
        const renamed = edit.renameStep(before, idAt(before, at), 'Another name')
        expect(settle(before, renamed)).toBe(renamed)
      }),
      { seed, numRuns: 100 },
    )
  })

  test('places of a file are kept unless cards would lie on each other; tidying keeps what was not chosen', () => {
    fc.assert(
      fc.property(settledJourneys, fc.nat(40), (document, at) => {
        expect(placesOf(document, portsOf, { heightOf: heightsOf(document) })).toBe(document.layout.positions)
        const id = idAt(document, at)
        const moved = tidy(document, { [id]: { x: 8000, y: 8000 } }, new Set([id]))
        for (const { id: other } of document.graph.nodes) {
          if (other !== id) expect(moved.layout.positions[other]).toBe(document.layout.positions[other])
        }
        const heap = tidy(document, Object.fromEntries(document.graph.nodes.map((one) => [one.id, { x: 0, y: 0 }])))
        const places = placesOf(heap, portsOf, { heightOf: heightsOf(document) })
        expect(overlapping({ ...heap, layout: { ...heap.layout, positions: places } })).toEqual([])
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe('moving along the flow', () => {
  test('down and up again is where it was; nobody else loses a way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 12 }), fc.nat(40), (length, at) => {
        const document = chain(length)
        const id = idAt(document, 1 + (at % (length - 2)))
        const down = moveStep(document, id, 'down', portsOf)
        expect(down).not.toBe(document)
        expect(orderOf(down)).not.toEqual(orderOf(document))
        expect(orderOf(moveStep(down, id, 'up', portsOf))).toEqual(orderOf(document))
      }),
      { seed, numRuns: 100 },
    )
  })

  test('whatever is moved, every way out leads to one step at most and steps are kept', () => {
    fc.assert(
      fc.property(journeys, fc.nat(40), fc.constantFrom('up', 'down'), (document, at, direction) => {
        const after = moveStep(document, idAt(document, at), direction, portsOf)
        expect(after.graph.nodes).toBe(document.graph.nodes)
        const ways = after.graph.edges.map(({ from, port }) => `${from} ${port}`)
        expect(new Set(ways).size).toBe(ways.length)
        expect(after.graph.edges.filter(({ to }) => to === 'entry')).toEqual([])
      }),
      { seed, numRuns: 600 },
    )
  })
})

function chain(length: number): JourneyDocument {
  const nodes = Array.from({ length }, (_, index) => ({
    id: `s${String(index)}`,
    type: index === 0 ? 'entry' : 'wait',
    config: {},
  }))
  const edges = nodes.slice(1).map(({ id }, index) => ({ from: `s${String(index)}`, port: 'next', to: id }))
  return { graph: graphSchema.parse({ format: 1, nodes, edges }), layout: layoutSchema.parse({}) }
}

function orderOf({ graph }: JourneyDocument): string[] {
  const next = new Map(graph.edges.map(({ from, to }) => [from, to]))
  const order: string[] = []
  for (let id: string | undefined = 's0'; id !== undefined && order.length <= graph.nodes.length; id = next.get(id)) {
    order.push(id)
  }
  return order
}
