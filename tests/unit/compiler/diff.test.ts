import { describe, expect, test } from 'vitest'
import { diffGraphs } from '#engine/compiler/diff.ts'
import { layoutSchema, type Graph } from '#engine/graph/schema.ts'
import { aGraph, always, mail, manually, type NodeInput } from './graphs.ts'

const cases = [
  { id: 'vip', name: 'VIP', when: always },
  { id: 'new', name: 'New', when: always },
]
const nodes: NodeInput[] = [
  ['start', 'entry', manually],
  ['hello', 'send_email', mail, { name: 'Hello' }],
  ['pause', 'wait', { duration: 'P3D' }],
  ['which', 'branch', { cases }],
  ['bye', 'exit'],
]
const edges = [
  'start>hello',
  'hello>pause',
  'pause>which',
  'which.case:vip>bye',
  'which.case:new>bye',
  'which.else>bye',
]
const before = aGraph(nodes, edges)

/** The graph with one node changed. */
function withNode(id: string, change: (node: NodeInput) => NodeInput): Graph {
  return aGraph(
    nodes.map((node) => (node[0] === id ? change(node) : node)),
    edges,
  )
}

describe('diffGraphs()', () => {
  test('finds nothing between a graph and itself in another order', () => {
    const diff = diffGraphs(before, { ...before, nodes: before.nodes.toReversed(), edges: before.edges.toReversed() })
    expect(diff).toMatchObject({ same: true, lines: [] })
  })

  test('names the setting that changed, with both values', () => {
    const diff = diffGraphs(
      before,
      withNode('pause', ([id, type]) => [id, type, { duration: 'P5D', time: '09:00' }]),
    )
    expect(diff.same).toBe(false)
    expect(diff.changed).toEqual([
      {
        id: 'pause',
        name: 'pause',
        type: 'wait',
        fields: [
          { path: ['duration'], before: 'P3D', after: 'P5D' },
          { path: ['time'], before: undefined, after: '09:00' },
        ],
      },
    ])
    expect(diff.lines).toEqual(['Changed "pause": duration from "P3D" to "P5D"; time is now "09:00".'])
  })

  test('tells renaming, disabling and another type', () => {
    const diff = diffGraphs(
      before,
      withNode('hello', ([id]) => [id, 'exit', {}, { name: 'Bye', disabled: true }]),
    )
    expect(diff.changed[0]?.fields.map(({ path }) => path.join('.'))).toEqual([
      'disabled',
      'name',
      'type',
      'body',
      'subject',
    ])
  })

  test('compares lists of things with ids by id, and tells a new order', () => {
    const [vip, fresh] = cases
    const renamed = diffGraphs(
      before,
      withNode('which', ([id, type]) => [id, type, { cases: [vip, { ...fresh, name: 'Newcomer' }] }]),
    )
    expect(renamed.lines).toEqual(['Changed "which": cases.new.name from "New" to "Newcomer".'])
    const turned = diffGraphs(
      before,
      withNode('which', ([id, type]) => [id, type, { cases: [fresh, vip] }]),
    )
    expect(turned.lines).toEqual(['Changed "which": cases.order from "["vip","new"]" to "["new","vip"]".'])
  })

  test('tells added and removed steps, and what leads to them', () => {
    const after = aGraph(
      [...nodes.filter(([id]) => id !== 'pause'), ['later', 'wait_until_time', {}, { name: 'Friday' }]],
      [...edges.filter((edge) => !edge.includes('pause')), 'hello>later', 'later>which'],
    )
    const diff = diffGraphs(before, after)
    expect(diff.lines).toEqual([
      'Added "Friday" (wait_until_time).',
      'Removed "pause" (wait).',
      '"Hello" leads by "next" to "Friday" instead of "pause".',
    ])
    expect(diffGraphs(after, before).lines).toContain('"Hello" leads by "next" to "pause" instead of "Friday".')
  })

  test('tells ways out that lead nowhere now, or only now lead somewhere', () => {
    const loose = { ...before, edges: before.edges.filter(({ from }) => from !== 'pause') }
    expect(diffGraphs(before, loose).lines).toEqual(['"pause" leads by "next" to nowhere instead of "which".'])
    expect(diffGraphs(loose, before).rewired).toEqual([
      { id: 'pause', name: 'pause', type: 'wait', port: 'next', before: null, after: 'which' },
    ])
  })

  test('tells settings of the journey, exit rules by their ids', () => {
    const exit = { id: 'lost', name: 'Lost', when: always }
    const one = aGraph(nodes, edges, { zone: 'UTC', exits: [exit] })
    const other = aGraph(nodes, edges, { zone: 'Europe/Paris', exits: [{ ...exit, name: 'Gone' }], goal: always })
    expect(diffGraphs(one, other).lines).toEqual([
      'Settings: exits.lost.name from "Lost" to "Gone".',
      'Settings: goal is now "{"kind":"always"}".',
      'Settings: zone from "UTC" to "Europe/Paris".',
    ])
  })

  test('tells what was only moved apart from what was changed', () => {
    const at = (x: number) => layoutSchema.parse({ positions: { hello: { x, y: 0 }, pause: { x, y: 9 } } })
    const changed = withNode('pause', ([id, type]) => [id, type, { duration: 'P5D' }])
    const diff = diffGraphs(before, changed, { before: at(1), after: at(2) })
    expect(diff.moved.map(({ id }) => id)).toEqual(['hello'])
    expect(diffGraphs(before, before, { before: at(1), after: at(2) })).toMatchObject({
      same: true,
      lines: ['Moved "Hello" on the canvas.', 'Moved "pause" on the canvas.'],
    })
  })
})
