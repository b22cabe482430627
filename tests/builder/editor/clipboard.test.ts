import { expect, test } from 'vitest'
import { addNote } from '#engine/graph/edit.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { assetSchema, emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createCatalogue } from '../../../builder/src/editor/catalogue.ts'
import { createClipboardEdits } from '../../../builder/src/editor/clipboard/clipboard-edits.ts'
import { compareDrafts } from '../../../builder/src/editor/saving/draft-differences.ts'
import { findInJourney, namesOf, type Names } from '../../../builder/src/editor/search/step-text.ts'
import { createEditorStore } from '../../../builder/src/editor/store.ts'

const catalogue = createCatalogue([])
const graph = graphSchema.parse({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [] } },
    { id: 'ask', type: 'add_tag', name: 'Ask', config: { tag: 'offer-2026' } },
    { id: 'other', type: 'add_tag', config: { tag: 'other' } },
    { id: 'lost', type: 'of_a_removed_package', config: { deep: { list: [{ text: 'Prices of spring' }] } } },
    { id: 'end', type: 'exit', config: { reason: 'End' } },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'ask' },
    { from: 'ask', port: 'next', to: 'lost' },
    { from: 'lost', port: 'anywhere', to: 'end' },
  ],
})

function open() {
  const store = createEditorStore({
    id: '019a0000-0000-7000-8000-000000000000',
    key: 'j',
    name: 'J',
    description: '',
    status: 'draft',
    liveVersion: null,
    revision: 1,
    updatedAt: '2026-11-22T09:00:00.000Z',
    graph,
    layout: layoutSchema.parse({}),
  })
  return {
    store,
    edits: createClipboardEdits(store, catalogue, () => undefined),
    document: () => store.getState().content.document,
  }
}
const at = { x: 400, y: 80 }

test('steps and notes go from one journey into another under new ids, as one entry that undo takes back', () => {
  const from = open()
  from.store.apply('note', (d) => addNote(d, { x: 0, y: 0, width: 160, height: 80, text: 'Why?', tint: 2 }).document)
  from.store.select(['entry', 'ask', 'lost', 'note'])
  const text = from.edits.copy() ?? ''
  const into = open()
  const before = into.document()
  expect(into.edits.paste(text, { at, settingsOnly: false })).toBeNull()
  const { graph: next, layout } = into.document()
  expect(next.nodes.map(({ id }) => id)).toEqual(['entry', 'ask', 'other', 'lost', 'end', 'ask-2', 'lost-2'])
  // A step whose kind is not known here is carried as it is.
  expect(next.nodes.at(-1)).toMatchObject({ type: 'of_a_removed_package', config: graph.nodes[3]?.config })
  expect(next.edges).toContainEqual({ from: 'ask-2', port: 'next', to: 'lost-2' })
  expect(layout.notes).toMatchObject([{ text: 'Why?', tint: 2 }])
  expect(into.store.getState().selection).toEqual(['ask-2', 'lost-2', 'note'])
  expect(into.store.undo()?.label).toBe('paste 2 steps and 1 note')
  expect(into.document()).toBe(before)
})

test('cutting heals; the entry stays', () => {
  const { store, edits, document } = open()
  store.select(['entry', 'ask'])
  expect(edits.cut()).toContain('"steps"')
  expect(document().graph.nodes.map(({ id }) => id)).toEqual(['entry', 'other', 'lost', 'end'])
  expect(document().graph.edges).toContainEqual({ from: 'entry', port: 'next', to: 'lost' })
})

test('settings alone go into selected steps of the same kind, and nowhere else', () => {
  const { store, edits, document } = open()
  store.select(['ask'])
  const text = edits.copySettings() ?? ''
  store.select(['other', 'end'])
  expect(edits.paste(text, { at, settingsOnly: false })).toBeNull()
  expect(document().graph.nodes[2]).toEqual({ id: 'other', type: 'add_tag', config: { tag: 'offer-2026' } })
  store.select(['end'])
  expect(edits.paste(text, { at, settingsOnly: true })).toMatch(/^These are the settings of/)
})

test.each([
  ['', /^The clipboard is empty/],
  ['=SUM(A1)', /no steps of Trellis/],
  ['{"trellis":"steps","format":99}', /newer version/],
  ['{"trellis":"steps","format":1,"nodes":[{}]}', /cannot be read/],
  ['{"trellis":"settings","format":1}', /cannot be read/],
])('what is no step changes nothing and is said in words: %s', (text, message) => {
  const { edits, document } = open()
  const before = document()
  expect(edits.paste(text, { at, settingsOnly: false })).toMatch(message)
  expect(document()).toBe(before)
})

test('the search looks at names, settings at any depth, and steps nobody knows', () => {
  const { document } = open()
  const ground = { catalogue, names: null, order: ['end', 'lost', 'ask'] }
  expect(findInJourney(document(), 'OFFER', ground)).toEqual(['ask'])
  expect(findInJourney(document(), 'spring prices', ground)).toEqual(['lost'])
  expect(findInJourney(document(), '  ', ground)).toEqual([])
})

test('and at what is behind keys: titles of assets, names of segments, and rules in words', () => {
  const { document } = open()
  const rule = {
    kind: 'all',
    rules: [
      { kind: 'compare', field: 'title', op: 'is', value: 'CEO' },
      { kind: 'in_segment', segment: 'hot' },
    ],
  }
  const nodes = [
    { id: 'send', type: 'send_asset', config: { asset: 'guide-7' } },
    { id: 'branch', type: 'branch', config: { cases: [{ id: 'a', name: '', when: rule }] } },
  ]
  const given = { ...document(), graph: { ...document().graph, nodes } }
  const library = emptyLibrary()
  library.assets['guide-7'] = assetSchema.parse({ key: 'guide-7', title: 'Winter guide', url: 'https://example.com/' })
  const names = namesOf({ library, segments: [{ key: 'hot', name: 'Warmest leads' }], journeys: [] })
  const find = (words: string, known: Names | null = names) =>
    findInJourney(given, words, { catalogue, names: known, order: [] })
  expect(find('winter')).toEqual(['send'])
  expect(find('winter', null)).toEqual([])
  expect(find('job title is')).toEqual(['branch'])
  expect(find('warmest')).toEqual(['branch'])
})

test('two drafts are compared in words', () => {
  const { store } = open()
  const mine = store.getState().content
  store.rename('K')
  store.select(['ask'])
  createClipboardEdits(store, catalogue, () => undefined).cut()
  const theirs = store.getState().content
  expect(compareDrafts(mine, theirs, catalogue)).toEqual([
    { id: null, what: 'Name', mine: 'J', theirs: 'K' },
    expect.objectContaining({ id: 'entry', what: 'Entry: where it leads', mine: 'Starts → Ask' }),
    expect.objectContaining({ id: 'ask', what: 'Ask', theirs: null }),
  ])
  expect(createStepRegistry().get('of_a_removed_package')).toBeUndefined()
})
