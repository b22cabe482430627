import { describe, expect, test } from 'vitest'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'

const smallest = {
  format: 1,
  key: 'thank-you',
  name: 'Thank you',
  graph: { format: 1, nodes: [{ id: 'start', type: 'entry' }], edges: [] },
}

describe('parseJourneyFile()', () => {
  test('fills in what a person may leave out', () => {
    const { file, issues } = parseJourneyFile(smallest)
    expect(issues).toEqual([])
    expect(file?.description).toBe('')
    expect(file?.layout).toEqual({ positions: {}, notes: [] })
    expect(file?.resources.surveys).toEqual([])
    expect(file?.graph.settings.reenrollment).toEqual({ policy: 'never' })
  })

  test('a parsed file written as JSON parses to itself', () => {
    const { file } = parseJourneyFile(smallest)
    expect(parseJourneyFile(structuredClone(file)).file).toEqual(file)
  })

  test.each([
    [null],
    ['text'],
    [{}],
    [{ ...smallest, format: 2 }],
    [{ ...smallest, graph: { format: 2, more: 1 } }],
    [[smallest]],
  ])('refuses %j by its format', (json) => {
    const { file, issues } = parseJourneyFile(json)
    expect(file).toBeNull()
    expect(issues.map((issue) => issue.code)).toEqual(['GRAPH_FORMAT_UNKNOWN'])
  })

  test('reports every problem, with the value, those of a step at the step', () => {
    const { file, issues } = parseJourneyFile({
      ...smallest,
      key: 'Not A Key',
      graph: { format: 1, nodes: [{ id: 'wait_1', type: '', colour: 'red' }], edges: [{ from: 'wait_1', to: 'x' }] },
      resources: { surveys: [{ key: 'why', title: 'Why?', questions: [] }] },
    })
    expect(file).toBeNull()
    expect(issues.find((issue) => issue.path.join('.') === 'key')?.message).toContain('"Not A Key"')
    expect(issues.filter((issue) => issue.nodeId === 'wait_1').map((issue) => issue.path)).toContainEqual(['type'])
    expect(issues.map((issue) => issue.path.join('.'))).toContain('graph.edges.0.port')
    expect(issues.map((issue) => issue.path.join('.'))).toContain('resources.surveys.0.questions')
    expect(issues.every((issue) => issue.severity === 'error')).toBe(true)
  })
})
