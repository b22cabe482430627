// What the publish sheet makes of a plan: words, marks, choices, times.
import { addressOfSheet, shownSheet } from '../../../builder/src/editor/publish/sheets.ts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { LeadsInFlight } from '#server/contract/publishing.ts'
import type { StepManifest } from '#server/contract/steps.ts'
import '../../../builder/src/i18n/i18n.ts'
import { createCatalogue } from '../../../builder/src/editor/catalogue.ts'
import { compareDocuments } from '../../../builder/src/editor/publish/change-list.ts'
import {
  receivedAfter,
  receivedAt,
  sayLeads,
  standingOn,
  toPolicies,
  totals,
  type Choice,
} from '../../../builder/src/editor/publish/choices.ts'
import { localToInstant, nextMorning } from '../../../builder/src/editor/publish/instants.ts'
import { diffMarks, overlayDocument } from '../../../builder/src/editor/publish/overlay-document.ts'
import { diffWords } from '../../../builder/src/editor/publish/word-diff.ts'

const manifests = builtInSteps.map(({ type, title }): StepManifest => ({
  type,
  title,
  version: 1,
  category: 'time',
  icon: 'clock',
  description: '',
  synonyms: [],
  config: { properties: { duration: { title: 'How long' } } },
  ports: null,
  starter: {},
  summary: null,
  isCustom: false,
  attempts: null,
  simulate: [],
}))
const catalogue = createCatalogue(manifests)

const rule = (value: string) => ({ kind: 'compare', field: 'city', op: 'is', value })
function journey(nodes: object[], edges: object[]): JourneyDocument {
  return {
    graph: graphSchema.parse({ format: 1, nodes: [{ id: 'entry', type: 'entry' }, ...nodes], edges }),
    layout: layoutSchema.parse({}),
  }
}
const before = journey(
  [
    {
      id: 'town',
      type: 'branch',
      name: 'Where from?',
      config: { cases: [{ id: 'x', name: 'Bern', when: rule('Bern') }] },
    },
    { id: 'wait', type: 'wait', name: 'Pause', config: { duration: 'P3D' } },
    { id: 'old', type: 'wait', name: 'Old one', config: { duration: 'P1D' } },
  ],
  [
    { from: 'entry', port: 'next', to: 'town' },
    { from: 'town', port: 'case:x', to: 'old' },
    { from: 'town', port: 'else', to: 'wait' },
    { from: 'old', port: 'next', to: 'wait' },
  ],
)
const after = journey(
  [
    {
      id: 'town',
      type: 'branch',
      name: 'Where from?',
      config: { cases: [{ id: 'x', name: 'Bern', when: rule('Basel') }] },
    },
    { id: 'wait', type: 'wait', name: 'Pause', config: { duration: 'P5D' } },
  ],
  [
    { from: 'entry', port: 'next', to: 'town' },
    { from: 'town', port: 'case:x', to: 'wait' },
    { from: 'town', port: 'else', to: 'wait' },
  ],
)

describe('changes in words', () => {
  const { changes, summary } = compareDocuments(before, after, { catalogue })
  const of = (key: string) => changes.find((change) => change.key === key)

  test('a setting by its title, a duration as people say it', () => {
    expect(of('wait')?.fields).toEqual([{ label: 'How long', before: '3 days', after: '5 days' }])
    expect(of('wait')?.sentence).toBe('How long: 3 days becomes 5 days.')
  })

  test('a rule as its sentence, and where a way leads by the names of steps', () => {
    expect(of('town')?.fields).toEqual([
      { label: 'Cases · “Bern” · When', before: 'City is "Bern"', after: 'City is "Basel"' },
      { label: 'Goes on by “Bern” to', before: 'Old one', after: 'Pause' },
    ])
  })

  test('what it comes to, and nothing about what is the same', () => {
    expect(summary).toEqual(['No longer there: “Old one”.', 'Different: “Where from?”, “Pause”.'])
    expect(compareDocuments(after, after, { catalogue }).changes).toEqual([])
  })
})

describe('words that differ', () => {
  test('are found in the middle of a text', () => {
    expect(diffWords('we write in ten days again', 'we write in three weeks again')).toEqual([
      { text: 'we write in ', kind: 'same' },
      { text: 'ten days ', kind: 'removed' },
      { text: 'three weeks ', kind: 'added' },
      { text: 'again', kind: 'same' },
    ])
  })

  test('and together are always both texts', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c ', ' ', '\n', 'ü'), { maxLength: 30 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (old, now) => {
        const parts = diffWords(old, now)
        const without = (kind: string) => parts.filter((part) => part.kind !== kind).map((part) => part.text)
        expect(without('added').join('')).toBe(old)
        expect(without('removed').join('')).toBe(now)
      }),
      { seed: 20_261_122, numRuns: 500 },
    )
  })
})

describe('one drawing of two versions', () => {
  const places = {
    before: { entry: { x: 0, y: 0 }, town: { x: 0, y: 100 }, old: { x: 0, y: 200 }, wait: { x: 0, y: 300 } },
    after: { entry: { x: 0, y: 0 }, town: { x: 0, y: 100 }, wait: { x: 0, y: 200 } },
  }
  test('has what went as ghosts that cover nothing', () => {
    const { graph, layout } = overlayDocument(before, after, places)
    expect(graph.nodes.map(({ id }) => id)).toEqual(['entry', 'town', 'wait', 'old'])
    expect(layout.positions['old']).toEqual({ x: 272, y: 200 })
    // The way that was rewired is drawn as it is now; the ghost's own as it was.
    expect(graph.edges).toContainEqual({ from: 'old', port: 'next', to: 'wait' })
    expect(graph.edges).not.toContainEqual({ from: 'town', port: 'case:x', to: 'old' })
  })

  test('says what became of each step and each way', () => {
    const { diff } = compareDocuments(before, after, { catalogue })
    expect(Object.fromEntries(diffMarks(diff, before, after))).toEqual({
      town: 'changed',
      wait: 'changed',
      old: 'removed',
      'town:case:x': 'changed',
      'old:next': 'removed',
    })
  })
})

describe('choices for leads in flight', () => {
  const place = (stepId: string, change: LeadsInFlight['change'], active: number): LeadsInFlight => ({
    version: 1,
    stepId,
    name: stepId,
    type: 'wait',
    change,
    staysThere: change !== 'removed',
    active,
    paused: 1,
    parked: 0,
    tests: stepId === 'old' ? 3 : 0,
    received: stepId === 'old' ? [{ stepId: 'mail', leads: 6 }] : [],
  })
  const places = [place('old', 'removed', 4), place('wait', 'changed', 2), place('rest', 'same', 7)]

  test('count everybody once, and tell the server of each place that changes', () => {
    const choices = new Map<string, Choice>([['1:old', { action: 'move', to: 'wait' }]])
    expect(totals(places, choices)).toEqual({
      finish: { leads: 11, tests: 0 },
      move: { leads: 5, tests: 3 },
      exit: { leads: 0, tests: 0 },
    })
    expect(sayLeads(standingOn(places))).toBe('16 leads (and 3 test leads)')
    expect(sayLeads({ leads: 0, tests: 1 })).toBe('1 test lead')
    expect(toPolicies(places, choices)).toEqual([
      { stepId: 'old', version: 1, action: 'move', to: 'wait' },
      { stepId: 'wait', version: 1, action: 'finish' },
    ])
  })
})

describe('a message that some have got already', () => {
  const place: LeadsInFlight = {
    version: 1,
    stepId: 'old',
    name: 'Old one',
    type: 'wait',
    change: 'removed',
    staysThere: false,
    active: 8,
    paused: 0,
    parked: 0,
    tests: 0,
    received: [{ stepId: 'mail', leads: 6 }],
  }
  const policyOf = (choice: Choice) => toPolicies([place], new Map([['1:old', choice]]))[0]

  test('is not sent again by a move, unless somebody wants that', () => {
    expect(receivedAt(place, 'mail')).toBe(6)
    const moved = { stepId: 'old', version: 1, action: 'move' }
    expect(policyOf({ action: 'move', to: 'mail' })).toEqual({ ...moved, to: 'mail', skipReceived: true })
    expect(policyOf({ action: 'move', to: 'mail', again: true })).toEqual({ ...moved, to: 'mail' })
    expect(policyOf({ action: 'move', to: 'other' })).toEqual({ ...moved, to: 'other' })
  })

  test('is found further on, too, also by a way back', () => {
    const edges = [
      { from: 'start', port: 'next', to: 'wait' },
      { from: 'wait', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'wait' },
      { from: 'mail', port: 'error', to: 'end' },
    ]
    const graph = { ...after.graph, edges }
    expect(receivedAfter(place, 'start', graph)).toEqual(['mail'])
    expect(receivedAfter(place, 'end', graph)).toEqual([])
  })
})

describe('times of a scheduled publish', () => {
  test('are meant in the zone that is named', () => {
    expect(localToInstant('2026-12-01T09:00', 'Europe/Berlin')).toBe('2026-12-01T08:00:00.000Z')
    expect(localToInstant('2026-07-01T09:00', 'Europe/Berlin')).toBe('2026-07-01T07:00:00.000Z')
    expect(localToInstant('soon', 'UTC')).toBeNull()
    expect(nextMorning(Date.parse('2026-11-22T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-24T09:00')
  })
})

describe('sheets over the editor', () => {
  const at = (query: string) => new URL(`http://trellis.test/journeys/a${query}`)

  test('open over what is shown, and leave it there when they close', () => {
    const live = at('?view=live&step=s1')
    const opened = addressOfSheet(live, { sheet: 'history' })
    expect(opened).toBe('/journeys/a?view=live&step=s1&sheet=history')
    expect(addressOfSheet(new URL(opened, live), { compare: '1..2' })).toBe(
      '/journeys/a?view=live&step=s1&compare=1..2',
    )
    expect(addressOfSheet(new URL(opened, live), {})).toBe('/journeys/a?view=live&step=s1')
  })

  test('are found at the addresses of old notices, too', () => {
    expect(shownSheet(at('?view=history').searchParams)).toBe('history')
    expect(shownSheet(at('?view=simulate&sheet=publish').searchParams)).toBe('publish')
    expect(shownSheet(at('?view=simulate').searchParams)).toBe(null)
    expect(addressOfSheet(at('?view=history'), {})).toBe('/journeys/a')
  })
})
