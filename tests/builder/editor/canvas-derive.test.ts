import { describe, expect, test } from 'vitest'
import { addNote, configureStep, renameStep } from '#engine/graph/edit.ts'
import { createCatalogue } from '../../../builder/src/editor/catalogue.ts'
import { createEdgeDeriver, createNodeDeriver } from '../../../builder/src/editor/canvas/derive.ts'
import { drawnPlaces, keepTidy } from '../../../builder/src/editor/canvas/keep-tidy.ts'
import { cullingAt, levelAt } from '../../../builder/src/editor/canvas/level-of-detail.ts'
import { corners } from '../../../builder/src/editor/canvas/route.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
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
})
