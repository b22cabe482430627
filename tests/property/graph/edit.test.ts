import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrange, cardSize } from '#engine/graph/arrange.ts'
import { copySteps, parseClip, pasteSteps } from '#engine/graph/clipboard.ts'
import type { JourneyDocument, PortsOf } from '#engine/graph/document.ts'
import * as edit from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema, type GraphNode } from '#engine/graph/schema.ts'
import { reachableFrom, successorsOf } from '#engine/graph/traverse.ts'

const seed = 20_261_122

/** Ways out by type: a pass-through step, a branch whose config names its ways, an end, an entry, a jump. */
const portsOf: PortsOf = ({ type, config }) => {
  if (type === 'branch') return [...(config['ways'] as string[]).map((id) => ({ id })), { id: 'else' }]
  if (type === 'exit') return []
  return [{ id: type === 'go_to' ? 'limit' : 'next' }]
}
const jumpsOf = ({ type, config }: GraphNode): string[] => (type === 'go_to' ? [String(config['target'])] : [])

const start: JourneyDocument = {
  graph: graphSchema.parse({ format: 1, nodes: [{ id: 'entry', type: 'entry' }], edges: [] }),
  layout: layoutSchema.parse({}),
}

type Edit = (document: JourneyDocument) => JourneyDocument
const pick = (document: JourneyDocument, index: number): string =>
  document.graph.nodes[index % Math.max(1, document.graph.nodes.length)]?.id ?? 'nobody'
const newStep = fc.oneof(
  fc.constantFrom('wait', 'send_email', 'exit', 'entry').map((type) => ({ type, config: {} })),
  fc.subarray(['a', 'b', 'c']).map((ways) => ({ type: 'branch', config: { ways } })),
  fc.constantFrom('wait', 'branch', 'nowhere').map((target) => ({ type: 'go_to', config: { target } })),
)
const port = fc.constantFrom('next', 'a', 'b', 'else', 'limit')
const at = fc.record({ x: fc.integer({ min: -2000, max: 2000 }), y: fc.integer({ min: -2000, max: 2000 }) })

/** Any edit a person can make, also ones that make no sense where they are tried. */
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ newStep, at }).map(
    ({ newStep: step, at: where }): Edit =>
      (d) =>
        edit.addStep(d, step, where).document,
  ),
  fc.record({ newStep, from: fc.nat(20), port }).map(({ newStep: step, from, port: way }): Edit => (d) => {
    return edit.addStepAfter(d, { from: pick(d, from), port: way }, step, portsOf).document
  }),
  fc.record({ from: fc.nat(20), to: fc.nat(20), port }).map(
    ({ from, to, port: way }): Edit =>
      (d) =>
        edit.connect(d, { from: pick(d, from), port: way, to: pick(d, to) }),
  ),
  fc.record({ id: fc.nat(20), from: fc.nat(20), port }).map(({ id, from, port: way }): Edit => (d) => {
    return edit.spliceIn(d, pick(d, id), { from: pick(d, from), port: way }, portsOf)
  }),
  fc.record({ from: fc.nat(20), port }).map(({ from, port: way }): Edit => (d) => {
    return edit.disconnect(d, { from: pick(d, from), port: way })
  }),
  fc.record({ ids: fc.array(fc.nat(20), { maxLength: 3 }), keep: port }).map(({ ids, keep }): Edit => (d) => {
    const chosen = ids.map((id) => pick(d, id))
    return edit.removeSteps(d, chosen, Object.fromEntries(chosen.map((id) => [id, keep])))
  }),
  fc.record({ id: fc.nat(20), newStep }).map(
    ({ id, newStep: step }): Edit =>
      (d) =>
        edit.replaceStep(d, pick(d, id), step, portsOf),
  ),
  fc.record({ id: fc.nat(20), ways: fc.subarray(['a', 'b']) }).map(({ id, ways }): Edit => (d) => {
    const found = pick(d, id)
    const isBranch = d.graph.nodes.some((node) => node.id === found && node.type === 'branch')
    return isBranch ? edit.configureStep(d, found, { ways }, portsOf) : d
  }),
  fc.record({ id: fc.nat(20), name: fc.string() }).map(
    ({ id, name }): Edit =>
      (d) =>
        edit.renameStep(d, pick(d, id), name),
  ),
  fc.array(fc.nat(20), { maxLength: 3 }).map(
    (ids): Edit =>
      (d) =>
        edit.toggleSteps(
          d,
          ids.map((id) => pick(d, id)),
        ),
  ),
  fc.record({ ids: fc.array(fc.nat(20), { maxLength: 4 }), at }).map(({ ids, at: where }): Edit => (d) => {
    const clip = copySteps(
      d,
      ids.map((id) => pick(d, id)),
    )
    return clip === null ? d : pasteSteps(d, clip, where, jumpsOf).document
  }),
  fc.record({ id: fc.nat(20), notes: fc.string() }).map(({ id, notes }): Edit => (d) => {
    return edit.annotateStep(d, pick(d, id), notes)
  }),
  fc
    .record({
      id: fc.nat(20),
      tries: fc.record({ maxAttempts: fc.integer(), timeoutSeconds: fc.nat(100_000) }, { requiredKeys: [] }),
    })
    .map(
      ({ id, tries }): Edit =>
        (d) =>
          edit.setTries(d, pick(d, id), tries),
    ),
  fc.integer({ min: 1, max: 5 }).map(
    (priority): Edit =>
      (d) =>
        edit.changeSettings(d, { priority }),
  ),
  fc.record({ index: fc.nat(3), at }).map(({ index, at: where }): Edit => (d) => {
    const note = d.layout.notes[index]?.id ?? 'no note'
    return index % 2 === 0 ? edit.changeNote(d, note, where) : edit.removeNotes(d, [note])
  }),
  at.map(
    (where): Edit =>
      (d) =>
        edit.addNote(d, { ...where, width: 200, height: 100, text: 'x', tint: 1 }).document,
  ),
)

const documents = fc.array(edits, { maxLength: 25 }).map((list) => list.reduce((d, apply) => apply(d), start))

function expectWellFormed({ graph, layout }: JourneyDocument): void {
  expect(graphSchema.safeParse(graph).error).toBeUndefined()
  expect(layoutSchema.safeParse(layout).error).toBeUndefined()
  const ids = [...graph.nodes, ...layout.notes].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const nodes = new Set(graph.nodes.map(({ id }) => id))
  for (const { from, to } of graph.edges) expect([nodes.has(from), nodes.has(to)]).toEqual([true, true])
  const ways = graph.edges.map((edge) => `${edge.from} ${edge.port}`)
  expect(new Set(ways).size).toBe(ways.length)
  expect(graph.nodes.filter(({ type }) => type === 'entry').length).toBeLessThanOrEqual(1)
  const entries = new Set(graph.nodes.filter(({ type }) => type === 'entry').map(({ id }) => id))
  expect(graph.edges.filter(({ to }) => entries.has(to))).toEqual([])
  for (const id of Object.keys(layout.positions)) expect(nodes.has(id)).toBe(true)
}

describe('edits', () => {
  test('whatever is done, the graph stays well formed, and what was there before is still there to go back to', () => {
    fc.assert(
      fc.property(documents, edits, (document, apply) => {
        const before = JSON.stringify(document)
        expectWellFormed(document)
        expectWellFormed(apply(document))
        expect(JSON.stringify(document)).toBe(before)
      }),
      { seed, numRuns: 2000 },
    )
  })

  test('steps an edit does not name are the very same objects afterwards', () => {
    fc.assert(
      fc.property(documents, fc.nat(20), (document, index) => {
        const id = pick(document, index)
        const changed = edit.renameStep(document, id, 'another name')
        const others = document.graph.nodes.filter((node) => node.id !== id)
        for (const node of others) expect(changed.graph.nodes).toContain(node)
      }),
      { seed, numRuns: 300 },
    )
  })

  test('deleting a step with one way on keeps everybody who could come through it on their way', () => {
    fc.assert(
      fc.property(documents, fc.nat(20), (document, index) => {
        const id = pick(document, index)
        const ways = edit.wiredPorts(document, id)
        const [only] = ways
        if (ways.length !== 1 || only === undefined || only.to === id) return
        const before = successorsOf(document.graph)
        const after = successorsOf(edit.removeSteps(document, [id]).graph)
        for (const from of after.keys()) {
          const reached = [...reachableFrom(before, [from])].filter((one) => one !== id).sort()
          expect([...reachableFrom(after, [from])].sort()).toEqual(reached)
        }
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('a copy through the clipboard has new ids, the same connections among itself, and touches nothing else', () => {
    fc.assert(
      fc.property(documents, fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), at, (document, chosen, where) => {
        const copied = copySteps(
          document,
          chosen.map((index) => pick(document, index)),
        )
        if (copied === null) return
        const parsed = parseClip(JSON.stringify(copied))
        if (parsed === null || !('clip' in parsed)) throw new Error('our own text was not recognised')
        const { document: pasted, ids } = pasteSteps(document, parsed.clip, where, jumpsOf)
        const known = new Set(document.graph.nodes.map((node) => node.id))
        expect(ids.filter((id) => known.has(id))).toEqual([])
        expect(pasted.graph.nodes.slice(0, known.size)).toEqual(document.graph.nodes)
        expect(pasted.graph.edges.slice(0, document.graph.edges.length)).toEqual(document.graph.edges)
        const shape = (edges: { from: string; port: string; to: string }[], order: string[]) =>
          edges.map(({ from, port: way, to }) => [order.indexOf(from), way, order.indexOf(to)])
        const added = pasted.graph.edges.slice(document.graph.edges.length)
        expect(shape(added, ids)).toEqual(
          shape(
            copied.edges,
            copied.nodes.map(({ id }) => id),
          ),
        )
        expectWellFormed(pasted)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('foreign text on the clipboard is not ours; steps of a newer version are refused in words', () => {
    for (const text of ['', 'hello', '{"a":1}', '[]', 'null']) expect(parseClip(text)).toBeNull()
    expect(parseClip('{"trellis":"steps","format":2}')).toMatchObject({
      problem: expect.stringContaining('newer version'),
    })
    expect(parseClip('{"trellis":"steps","format":1}')).toMatchObject({
      problem: expect.stringContaining('cannot be read'),
    })
  })
})

describe('arranging', () => {
  test('every step has one place on the grid, no two overlap, and connections lead down but for circles', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const places = arrange(document, portsOf, { tidy: true })
        expect(Object.keys(places).sort()).toEqual(document.graph.nodes.map(({ id }) => id).sort())
        const cards = Object.values(places)
        for (const { x, y } of cards) expect([x % 8, y % 8].map(Math.abs)).toEqual([0, 0])
        for (const [index, a] of cards.entries()) {
          for (const b of cards.slice(index + 1)) {
            const apart = Math.abs(a.x - b.x) >= cardSize.width || Math.abs(a.y - b.y) >= cardSize.height
            expect({ a, b, apart }).toEqual({ a, b, apart: true })
          }
        }
        const successors = successorsOf(document.graph)
        for (const { from, to } of document.graph.edges) {
          const isInCircle = reachableFrom(successors, [to]).has(from)
          if (!isInCircle) expect((places[to]?.y ?? 0) > (places[from]?.y ?? 0)).toBe(true)
        }
        expect(arrange(document, portsOf, { tidy: true })).toEqual(places)
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('what was placed by hand stays where it is', () => {
    fc.assert(
      fc.property(documents, fc.nat(20), at, (document, index, where) => {
        const id = pick(document, index)
        const placed = edit.place(document, { [id]: where })
        const known = document.graph.nodes.some((node) => node.id === id)
        const grid = { x: Math.round(where.x / 8) * 8, y: Math.round(where.y / 8) * 8 }
        if (known) expect(arrange(placed, portsOf)[id]).toEqual(grid)
      }),
      { seed, numRuns: 300 },
    )
  })

  test('a chain of 5,000 steps is arranged without exhausting the stack', () => {
    const nodes = Array.from({ length: 5000 }, (_, index) => ({ id: `s${String(index)}`, type: 'wait', config: {} }))
    const edges = nodes.slice(1).map(({ id }, index) => ({ from: `s${String(index)}`, port: 'next', to: id }))
    const places = arrange({ ...start, graph: { ...start.graph, nodes, edges } }, portsOf)
    expect(places['s4999']?.y).toBe(4999 * (cardSize.height + 64))
  })
})
