import { describe, expect, test } from 'vitest'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { addNote, configureStep, renameStep } from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { createCatalogue } from '../../../builder/src/editor/catalogue.ts'
import { createEdgeDeriver, createNodeDeriver } from '../../../builder/src/editor/canvas/derive.ts'
import { drawnPlaces, keepTidy } from '../../../builder/src/editor/canvas/keep-tidy.ts'
import { cullingAt, levelAt } from '../../../builder/src/editor/canvas/level-of-detail.ts'
import { corners, labelPlace } from '../../../builder/src/editor/canvas/route.ts'
import { drawnJourney } from '../../support/drawn-journeys.ts'

const catalogue = createCatalogue([])

function view() {
  const nodes = createNodeDeriver()
  const edges = createEdgeDeriver()
  return {
    nodes: (document: JourneyDocument, selected: string[] = []) =>
      nodes(document, {
        catalogue,
        places: drawnPlaces(document, catalogue),
        selected: new Set(selected),
        hasFooter: false,
        sentenceOf: () => null,
      }),
    edges: (document: JourneyDocument) => edges(document, { catalogue, sentenceOf: () => null, chosen: null }),
  }
}

const changed = <Item>(before: readonly Item[], after: readonly Item[]): Item[] =>
  after.filter((item) => !before.includes(item))

describe('nodes and connections of the drawing', () => {
  const document = drawnJourney(60)

  test('the same document gives the same array; a new name one new node', () => {
    const { nodes, edges } = view()
    const [first, lines] = [nodes(document), edges(document)]
    expect(nodes(document)).toBe(first)
    const renamed = renameStep(document, 's7', 'Another name')
    expect(changed(first, nodes(renamed)).map(({ id }) => id)).toEqual(['s7'])
    expect(edges(renamed)).toBe(lines)
  })

  test('selecting makes the node anew and keeps what its card is made of', () => {
    const { nodes } = view()
    const first = nodes(document)
    const [chosen] = changed(first, nodes(document, ['s9']))
    expect(chosen?.id).toBe('s9')
    expect(chosen?.data).toBe(first.find(({ id }) => id === 's9')?.data)
  })

  test('a note and a case more touch themselves alone, and what has to make room keeps its data', () => {
    const { nodes } = view()
    const settle = keepTidy(catalogue)
    const first = nodes(document)
    const noted = addNote(document, { x: 0, y: 0, width: 200, height: 80, text: 'x', tint: 0 }).document
    expect(changed(first, nodes(noted)).map(({ id }) => id)).toEqual(['note'])
    const branch = document.graph.nodes.find(({ type }) => type === 'branch')
    const cases = ['a', 'b', 'c'].map((id) => ({ id, name: id, when: { kind: 'always' } }))
    const before = nodes(document)
    const wider = settle(document, configureStep(document, branch?.id ?? '', { cases }, catalogue.portsOf))
    const data = new Set(before.map((node) => node.data))
    expect(
      nodes(wider)
        .filter((node) => !data.has(node.data))
        .map(({ id }) => id),
    ).toEqual([branch?.id])
  })
})

describe('how much is drawn', () => {
  test('full, title, block by zoom, and near a border as it was', () => {
    expect([0.6, 0.4, 0.2].map((zoom) => levelAt(zoom, 'title'))).toEqual(['full', 'title', 'block'])
    expect([levelAt(0.54, 'full'), levelAt(0.54, 'title'), levelAt(0.31, 'block')]).toEqual(['full', 'title', 'block'])
    expect([cullingAt(0.5, true), cullingAt(0.5, false), cullingAt(0.44, true), cullingAt(0.56, false)]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })
})

describe('the way of a line', () => {
  test('straight to the step below; past other rows in the lane between the columns; back up beside both', () => {
    expect(corners({ x: 120, y: 72 }, { x: 121, y: 136 })).toHaveLength(2)
    const past = corners({ x: 120, y: 72 }, { x: 120, y: 408 })
    expect(past.some(({ x }) => x === 260)).toBe(true)
    const up = corners({ x: 120, y: 408 }, { x: 400, y: 0 })
    expect(Math.max(...up.map(({ x }) => x))).toBe(540)
    expect(up.at(-1)).toEqual({ x: 400, y: 0 })
  })

  test('a label stands above its step; where lines of several steps come together, on its own line before they do', () => {
    const straight = corners({ x: 120, y: 72 }, { x: 120, y: 136 })
    const beside = corners({ x: 400, y: 72 }, { x: 120, y: 136 })
    const past = corners({ x: 147, y: 72 }, { x: 120, y: 408 })
    for (const points of [straight, beside, past]) {
      const { x, y } = points.at(-1) ?? { x: 0, y: 0 }
      expect(labelPlace(points, { joins: false, lane: 0 })).toEqual({ x, y: y - 20 })
      expect(labelPlace(points, { joins: false, lane: 2 })).toEqual({ x, y: y - 64 })
    }
    // Nobody else comes from straight above.
    expect(labelPlace(straight, { joins: true, lane: 0 })).toEqual({ x: 120, y: 116 })
    expect(labelPlace(beside, { joins: true, lane: 0 })).toEqual({ x: 260, y: 104 })
    expect(labelPlace(past, { joins: true, lane: 0 })).toEqual({ x: (147 + 260) / 2, y: 92 })
  })

  test('lines of one step into another come together as one; those of two steps do not', () => {
    const wait = (id: string) => ({ id, type: 'wait', config: { duration: 'P1D' } })
    const to = (from: string, port: string, target: string) => ({ from, port, to: target })
    const edges = [to('sort', 'case:a', 'one'), to('sort', 'else', 'one'), to('one', 'next', 'end')]
    const branch = { id: 'sort', type: 'branch', config: { cases: [{ id: 'a', name: 'A', when: { kind: 'always' } }] } }
    const graph = (more: typeof edges) =>
      graphSchema.parse({
        format: 1,
        nodes: [branch, wait('one'), wait('two'), wait('end')],
        edges: [...edges, ...more],
      })
    const derive = createEdgeDeriver()
    const drawn = (more: typeof edges = []) =>
      derive(
        { graph: graph(more), layout: layoutSchema.parse({}) },
        { catalogue, sentenceOf: () => null, chosen: null },
      ).map(({ id, data }) => [id, data?.joins, data?.lane])
    expect(drawn()).toEqual([
      ['sort:case:a', false, 0],
      ['sort:else', false, 1],
      ['one:next', false, 0],
    ])
    expect(drawn([to('two', 'next', 'one')])).toEqual([
      ['sort:case:a', true, 0],
      ['sort:else', true, 1],
      ['one:next', false, 0],
      ['two:next', true, 0],
    ])
  })
})
