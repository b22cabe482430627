import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JourneyDocument, PortsOf } from '#engine/graph/document.ts'
import * as edit from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { applyDelta, DeltaMismatch, diff, invert, isSameJson } from '../../../builder/src/editor/history/delta.ts'
import { entriesOf, packEntry, unpackHistory } from '../../../builder/src/editor/history/packed-history.ts'
import { createEditorStore, type Content, type EditorStore } from '../../../builder/src/editor/store.ts'

const seed = 20_261_122
const portsOf: PortsOf = ({ type }) => (type === 'exit' ? [] : [{ id: 'next' }, { id: 'error' }])
const id = (document: JourneyDocument, index: number): string =>
  document.graph.nodes[index % Math.max(1, document.graph.nodes.length)]?.id ?? 'nobody'

/** What a person does: edits of every kind, and now and then undo, redo, a reload. */
type Act = (store: EditorStore) => EditorStore
const edited =
  (label: string, change: (document: JourneyDocument) => JourneyDocument, merge?: string): Act =>
  (store) => {
    store.apply(label, change, merge === undefined ? {} : { merge })
    return store
  }
const at = fc.record({ x: fc.integer({ min: -900, max: 900 }), y: fc.integer({ min: -900, max: 900 }) })
const edits: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(fc.constantFrom('wait', 'send_email', 'exit'), at)
    .map(([type, where]) => edited(`add ${type}`, (d) => edit.addStep(d, { type, config: {} }, where).document)),
  fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([from, to]) => edited('connect', (d) => edit.connect(d, { from: id(d, from), port: 'next', to: id(d, to) }))),
  fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }).map((chosen) =>
    edited('delete', (d) =>
      edit.removeSteps(
        d,
        chosen.map((one) => id(d, one)),
      ),
    ),
  ),
  fc
    .tuple(fc.nat(20), fc.jsonValue({ maxDepth: 2 }), fc.boolean())
    .map(([one, value, typing]) =>
      edited('set up', (d) => edit.configureStep(d, id(d, one), { value }, portsOf), typing ? 'typing' : undefined),
    ),
  fc
    .tuple(fc.nat(20), fc.string({ maxLength: 8 }))
    .map(([one, name]) => edited('rename', (d) => edit.renameStep(d, id(d, one), name))),
  fc.tuple(fc.nat(20), at).map(([one, where]) => edited('move', (d) => edit.place(d, { [id(d, one)]: where }), 'drag')),
  at.map((where) =>
    edited('note', (d) => edit.addNote(d, { ...where, width: 160, height: 80, text: 'Hm', tint: 1 }).document),
  ),
  fc.string({ minLength: 1, maxLength: 9 }).map(
    (name): Act =>
      (store) => (store.rename(name), store),
  ),
  fc.string({ maxLength: 9 }).map(
    (text): Act =>
      (store) => (store.describe(text), store),
  ),
)
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: edits },
  { weight: 1, arbitrary: fc.constant<Act>((store) => (store.undo(), store)) },
  { weight: 1, arbitrary: fc.constant<Act>((store) => (store.redo(), store)) },
  { weight: 1, arbitrary: fc.constant<Act>((store) => reload(store)) },
)

function open(content?: Content): EditorStore {
  const document = content?.document ?? {
    graph: graphSchema.parse({ format: 1, nodes: [{ id: 'entry', type: 'entry' }], edges: [] }),
    layout: layoutSchema.parse({}),
  }
  return createEditorStore({
    id: '019a0000-0000-7000-8000-000000000000',
    key: 'j',
    name: content?.name ?? 'Journey',
    description: content?.description ?? '',
    status: 'draft',
    liveVersion: null,
    revision: 1,
    updatedAt: '2026-11-22T09:00:00.000Z',
    ...document,
  })
}

/** Everything through JSON, as a browser's database would have it, into a store that knows nothing. */
function reload(store: EditorStore): EditorStore {
  const state = store.getState()
  const kept = structuredClone({
    content: state.content,
    entries: entriesOf(state).map(packEntry),
    position: state.done.length,
  })
  const next = open()
  next.restoreHistory(unpackHistory(kept.content, kept.entries, kept.position), kept.content)
  return next
}

const labels = (store: EditorStore) => {
  const { done, undone } = store.getState()
  return { done: done.map(({ label }) => label), undone: undone.map(({ label }) => label) }
}

describe('history', () => {
  test('any sequence of edits, reloads, undo and redo: undoing all leads to the start, redoing all to the end', () => {
    fc.assert(
      fc.property(fc.array(acts, { minLength: 1, maxLength: 40 }), (list) => {
        let store = open()
        const start = store.getState().content
        for (const act of list) store = act(store)
        const shown = store.getState().content
        const before = labels(store)
        store = reload(store)
        expect(store.getState().content).toEqual(shown)
        expect(labels(store)).toEqual(before)
        while (store.redo() !== null);
        const end = store.getState().content
        while (store.undo() !== null);
        expect(isSameJson(store.getState().content, start)).toBe(true)
        store = reload(store)
        while (store.redo() !== null);
        expect(isSameJson(store.getState().content, end)).toBe(true)
      }),
      { numRuns: 300, seed },
    )
  })

  test('a reload keeps what was not touched the very same between entries, so that nothing is drawn for nothing', () => {
    let store = open()
    store.apply('add', (d) => edit.addStep(d, { type: 'wait', config: {} }).document)
    store.apply('add', (d) => edit.addStep(d, { type: 'exit', config: {} }).document)
    store = reload(store)
    const wait = store.getState().content.document.graph.nodes[1]
    store.undo()
    expect(store.getState().content.document.graph.nodes[1]).toBe(wait)
  })

  test('entries of another document are left out instead of being applied', () => {
    const store = open()
    store.apply('rename', (d) => edit.renameStep(d, 'entry', 'Start'))
    const entries = entriesOf(store.getState()).map(packEntry)
    const other = open().getState().content
    expect(unpackHistory(other, entries, 1)).toEqual({ done: [], undone: [] })
  })
})

describe('differences', () => {
  test('lead from one value to the other and back, whatever they are', () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(json, json, (before, after) => {
        const delta = structuredClone(diff(before, after))
        if (delta === null) {
          expect(isSameJson(after, before)).toBe(true)
          return
        }
        expect(isSameJson(applyDelta(before, delta), after)).toBe(true)
        expect(isSameJson(applyDelta(after, invert(delta)), before)).toBe(true)
      }),
      { numRuns: 1000, seed },
    )
  })

  test('are small: renaming one of a thousand steps keeps no step whole', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => ({ id: `s${String(index)}`, type: 'wait', config: {} }))
    const before = { nodes }
    const after = { nodes: nodes.map((node) => (node.id === 's500' ? { ...node, name: 'Pause' } : node)) }
    expect(JSON.stringify(diff(before, after)).length).toBeLessThan(200)
  })

  test('a difference that was made for another value is refused', () => {
    const delta = diff({ a: 1, b: [1, 2] }, { a: 2, b: [1] })
    expect(() => applyDelta({ a: 3, b: [1, 2] }, delta as NonNullable<typeof delta>)).toThrow(DeltaMismatch)
  })
})
