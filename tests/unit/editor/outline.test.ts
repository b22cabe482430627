// The journey as lines: order, levels, joins, loose ends, folding; and where a step goes that is added at a line.
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { graphSchema, layoutSchema, type GraphEdge, type GraphNode } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { drawnPorts } from '#engine/steps/drawn-ports.ts'
import { foldedAbove, outlineRows, type OutlineRow } from '../../../builder/src/editor/outline/rows.ts'
import { wayAfter, wayBefore } from '../../../builder/src/editor/outline/ways.ts'

const registry = createStepRegistry()
const portsOf = (node: GraphNode) => drawnPorts(registry.get(node.type), node)

const step = (id: string, type: string, config: Record<string, unknown> = {}): GraphNode => ({ id, type, config })
const edge = (from: string, port: string, to: string): GraphEdge => ({ from, port, to })
function documentOf(nodes: GraphNode[], edges: GraphEdge[], notes: string[] = []): JourneyDocument {
  return {
    graph: graphSchema.parse({ format: 1, nodes, edges }),
    layout: layoutSchema.parse({
      notes: notes.map((text, index) => ({
        id: `note${String(index)}`,
        x: 0,
        y: 0,
        width: 1,
        height: 1,
        text,
        tint: 0,
      })),
    }),
  }
}

/** `2 wait (Happened)`, `2 → join exit`: level, what it is, by which way. */
function line(row: OutlineRow): string {
  const what = {
    step: () => (row.kind === 'step' ? `${row.key}${row.isLoose ? ' loose' : ''}` : ''),
    join: () => (row.kind === 'join' ? `→ ${row.to}` : ''),
    open: () => '→ nowhere',
    note: () => (row.kind === 'note' ? `“${row.note.text}”` : ''),
  }[row.kind]()
  const by = row.kind === 'note' || row.way?.label == null ? '' : ` (${row.way.label})`
  return `${String(row.level)} ${what}${by}`
}
const lines = (document: JourneyDocument, folded?: ReadonlySet<string>): string[] =>
  outlineRows(document, portsOf, folded).map(line)

const journey = documentOf(
  [
    step('exit', 'exit'),
    step('entry', 'entry'),
    step('wait', 'wait_for_event', { event: 'downloaded', timeout: 'P7D' }),
    step('tag', 'add_tag', { tag: 'x' }),
    step('split', 'split'),
    step('lost', 'add_tag', { tag: 'y' }),
  ],
  [
    edge('entry', 'next', 'wait'),
    edge('wait', 'timeout', 'exit'),
    edge('wait', 'happened', 'tag'),
    edge('tag', 'next', 'split'),
    edge('split', 'way:a', 'exit'),
    edge('split', 'way:b', 'wait'),
  ],
  ['Ask legal'],
)

describe('lines', () => {
  test('follow the ways out in their order; a way stays on its level, a branch begins deeper ones; each step once', () => {
    expect(lines(journey)).toEqual([
      '1 entry',
      '1 wait',
      '2 tag (Happened)',
      '2 split',
      '3 exit (A)',
      '3 → wait (B)',
      '2 → exit (Did not happen)',
      '1 lost loose',
      '1 → nowhere',
      '1 “Ask legal”',
    ])
  })

  test('below a folded step are left out, and found again by what is above them', () => {
    const folded = new Set(['wait', 'split'])
    expect(lines(journey, folded)).toEqual(['1 entry', '1 wait', '1 lost loose', '1 → nowhere', '1 “Ask legal”'])
    expect(foldedAbove(journey, portsOf, new Set(), 'exit')).toEqual([])
  })

  test('tell their place among their siblings', () => {
    const rows = outlineRows(journey, portsOf)
    expect(
      rows.filter(({ parent }) => parent === 'wait').map(({ position, siblings }) => [position, siblings]),
    ).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
  })

  test('of each shipped journey hold every step once, below a row that is there', () => {
    const folder = new URL('../../../examples/journeys/', import.meta.url)
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
      const { file } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
      if (file === null) throw new Error(`${name} cannot be read`)
      expectWhole({ graph: file.graph, layout: file.layout })
    }
  })

  test('of any graph whatsoever, too, and a chain of 5,000 steps does not exhaust the stack', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const any = fc.record({
      types: fc.array(fc.constantFrom('entry', 'wait', 'split', 'exit', 'unknown'), { minLength: 5, maxLength: 5 }),
      edges: fc.array(
        fc.record({
          from: fc.constantFrom(...ids),
          port: fc.constantFrom('next', 'way:a', 'way:b', 'ghost'),
          to: fc.constantFrom(...ids, 'nobody'),
        }),
      ),
    })
    fc.assert(
      fc.property(any, ({ types, edges }) => {
        expectWhole(
          documentOf(
            types.map((type, index) => step(ids[index] ?? '', type)),
            edges,
          ),
        )
      }),
      { seed: 20_261_122, numRuns: 500 },
    )
    const chain = Array.from({ length: 5000 }, (_, index) => step(`s${String(index)}`, 'split'))
    const rows = outlineRows(
      documentOf(
        chain,
        chain.slice(1).map(({ id }, index) => edge(`s${String(index)}`, 'way:b', id)),
      ),
      portsOf,
    )
    expect(rows.filter(({ kind }) => kind === 'step')).toHaveLength(5000)
  })
})

function expectWhole(document: JourneyDocument): void {
  const rows = outlineRows(document, portsOf)
  const keys = rows.map(({ key }) => key)
  const steps = rows.flatMap((row) => (row.kind === 'step' ? [row.key] : []))
  expect(steps.toSorted()).toEqual(document.graph.nodes.map(({ id }) => id).toSorted())
  for (const { parent, level } of rows) {
    if (parent === null) expect(level).toBe(1)
    else expect(keys).toContain(parent)
  }
}

describe('a step that is added', () => {
  const rows = outlineRows(journey, portsOf)
  const row = (key: string): OutlineRow => {
    const found = rows.find((one) => one.key === key)
    if (found === undefined) throw new Error(`There is no row ${key}`)
    return found
  }

  test('after a step goes onto its way on, one that leads nowhere yet first; nothing comes after an exit', () => {
    expect(wayAfter(journey, row('tag'), portsOf)).toEqual({ from: 'tag', port: 'next' })
    expect(wayAfter(journey, row('exit'), portsOf)).toBeNull()
    const open = documentOf([step('split', 'split')], [edge('split', 'way:a', 'split')])
    const [first] = outlineRows(open, portsOf)
    expect(first === undefined ? null : wayAfter(open, first, portsOf)).toEqual({ from: 'split', port: 'way:b' })
  })

  test('before a step goes onto the way by which the row is reached', () => {
    expect(wayBefore(row('tag'))).toEqual({ from: 'wait', port: 'happened' })
    expect(wayBefore(row('split way:b'))).toEqual({ from: 'split', port: 'way:b' })
    expect(wayBefore(row('entry'))).toBeNull()
  })
})
