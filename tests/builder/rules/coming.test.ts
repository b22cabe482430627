import { expect, test } from 'vitest'
import type { Rule } from '#engine/conditions/schema.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { comingTo } from '../../../builder/src/rules/coming.ts'

const tag = (name: string): Rule => ({ kind: 'has_tag', tag: name })
const not = (rule: Rule): Rule => ({ kind: 'not', rule })
const trigger = { id: 't', kind: 'segment_entered', segment: tag('lead') }

function graphOf({ triggers = [trigger] as unknown[], between = 'branch' } = {}) {
  const cases = [
    { id: 'a', name: 'A', when: tag('a') },
    { id: 'b', name: 'B', when: tag('b') },
  ]
  return graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers } },
      { id: 'first', type: 'branch', config: { cases } },
      { id: 'between', type: between, config: between === 'branch' ? { cases: cases.slice(1) } : {} },
      { id: 'last', type: 'branch', config: { cases } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'first' },
      { from: 'first', port: 'else', to: 'between' },
      { from: 'first', port: 'case:b', to: 'last' },
      { from: 'between', port: between === 'branch' ? 'case:b' : 'next', to: 'last' },
    ],
  })
}

test('who starts by a rule, and who went this way at the branches before', () => {
  const graph = graphOf()
  expect(comingTo(graph, 'first')).toEqual(tag('lead'))
  const others = { kind: 'all', rules: [not(tag('a')), not(tag('b'))] }
  expect(comingTo(graph, 'between')).toEqual({ kind: 'all', rules: [tag('lead'), others] })
  expect(comingTo(graph, 'last')).toEqual({
    kind: 'all',
    rules: [
      tag('lead'),
      {
        kind: 'any',
        rules: [
          { kind: 'all', rules: [not(tag('a')), tag('b')] },
          { kind: 'all', rules: [others, tag('b')] },
        ],
      },
    ],
  })
})

test('after a step in which leads may change only the entry counts', () => {
  expect(comingTo(graphOf({ between: 'wait' }), 'last')).toEqual(tag('lead'))
})

test('whoever anybody may put in is not described', () => {
  expect(comingTo(graphOf({ triggers: [trigger, { id: 'm', kind: 'manual' }] }), 'first')).toBeNull()
  expect(comingTo(graphOf({ triggers: [] }), 'first')).toBeNull()
  const two = comingTo(graphOf({ triggers: [trigger, { id: 'g', kind: 'tag_added', tag: 'x' }] }), 'first')
  expect(two).toEqual({ kind: 'any', rules: [tag('lead'), tag('x')] })
})

test('a circle ends', () => {
  const graph = graphOf()
  const circle = { ...graph, edges: [...graph.edges, { from: 'last', port: 'case:a', to: 'first' }] }
  expect(comingTo(circle, 'last')).not.toBeNull()
})
