import { describe, expect, test } from 'vitest'
import { parseGraph } from '#engine/compiler/parse.ts'

describe('parseGraph()', () => {
  test('reads a graph and fills in defaults', () => {
    const { graph, issues } = parseGraph({ format: 1, nodes: [{ id: 'a', type: 'exit' }], edges: [] })
    expect(issues).toEqual([])
    expect(graph).toMatchObject({ nodes: [{ id: 'a', config: {} }], settings: { zone: 'UTC', priority: 3 } })
  })

  test('refuses a graph of a newer format without looking further', () => {
    const { graph, issues } = parseGraph({ format: 2, boxes: [] })
    expect(graph).toBeNull()
    expect(issues).toEqual([expect.objectContaining({ code: 'GRAPH_FORMAT_UNKNOWN', path: ['format'] })])
  })

  test('reports every misshapen place, those inside a node at that node', () => {
    const { issues } = parseGraph({
      format: 1,
      nodes: [
        { id: 'a', type: 'exit', colour: 'red' },
        { id: 'no spaces', type: 7 },
      ],
      edges: [{ from: 'a', to: 'b' }],
      settings: { priority: 9, callCoolOff: 'a while' },
      extra: true,
    })
    expect(issues.map(({ code, nodeId, path }) => [code, nodeId ?? '-', path.join('.')].join(' '))).toEqual([
      'GRAPH_MALFORMED a colour',
      'GRAPH_MALFORMED no spaces id',
      'GRAPH_MALFORMED no spaces type',
      'GRAPH_MALFORMED - edges.0.port',
      'GRAPH_MALFORMED - settings.priority',
      'GRAPH_MALFORMED - settings.callCoolOff',
      'GRAPH_MALFORMED - extra',
    ])
    expect(issues[3]?.message).toBe('"edges.0.port" is missing; fill it in.')
  })

  test.each([null, undefined, 7, 'graph', [], {}, { format: '1' }])('refuses %j and says what is missing', (json) => {
    const { graph, issues } = parseGraph(json)
    expect(graph).toBeNull()
    expect(issues.length).toBeGreaterThan(0)
    expect(issues.every(({ code }) => code === 'GRAPH_MALFORMED')).toBe(true)
  })

  test('a goal nested a hundred thousand deep is refused, not a crash', () => {
    let goal: unknown = { kind: 'always' }
    for (let depth = 0; depth < 100_000; depth += 1) goal = { kind: 'not', rule: goal }
    const { graph, issues } = parseGraph({ format: 1, nodes: [], edges: [], settings: { goal } })
    expect(graph).toBeNull()
    expect(issues).toEqual([expect.objectContaining({ code: 'GRAPH_MALFORMED' })])
  })
})
