// What the page's own check and the server's say, as one list.
import { expect, test } from 'vitest'
import { graphSchema, type Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import {
  merged,
  onlyOfServer,
  stillTrue,
  toMarks,
  toProblems,
} from '../../../builder/src/editor/problems/problems-store.ts'

const issue = (nodeId: string | undefined, path: Issue['path'], message = 'x', severity: Issue['severity'] = 'error') =>
  ({
    code: 'MESSAGE_LINK_INSECURE',
    severity,
    path,
    message,
    ...(nodeId === undefined ? {} : { nodeId }),
  }) satisfies Issue
const graphOf = (body: string): Graph =>
  graphSchema.parse({ format: 1, nodes: [{ id: 'mail', type: 'send_email', config: { body } }], edges: [] })

test('what both say is said once; what only the server saw stands at its step', () => {
  const own = [issue('a', []), issue('mail', ['subject'])]
  const extras = onlyOfServer([issue('a', [], 'in other words'), issue('mail', ['body']), issue(undefined, [])], own)
  expect(merged(own, extras).map(({ nodeId, path }) => [nodeId, path])).toEqual([
    [undefined, []],
    ['a', []],
    ['mail', ['subject']],
    ['mail', ['body']],
  ])
})

test('what the server said of an earlier graph stands until its setting is changed or its step is gone', () => {
  const extras = [issue('mail', ['body'])]
  const before = graphOf('http://x')
  expect(stillTrue(extras, before, graphOf('http://x'))).toEqual(extras)
  expect(stillTrue(extras, before, graphOf('https://x'))).toEqual([])
  expect(stillTrue(extras, before, graphSchema.parse({ format: 1, nodes: [], edges: [] }))).toEqual([])
})

test('problems at one place have ids of their own, and a step is marked with how many there are', () => {
  const problems = toProblems([issue('a', ['x'], 'one'), issue('a', ['x'], 'two', 'warning'), issue(undefined, [])])
  expect(new Set(problems.map(({ id }) => id)).size).toBe(3)
  expect([...toMarks(problems)]).toEqual([['a', { errors: 1, warnings: 1, message: 'one' }]])
})
