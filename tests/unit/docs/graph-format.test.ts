import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile } from '#engine/compiler/compile.ts'
import { parseGraph } from '#engine/compiler/parse.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

const page = readFileSync(new URL('../../../docs/graph-format.md', import.meta.url), 'utf8')

test('the example of docs/graph-format.md compiles without a problem', () => {
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const { graph, issues } = parseGraph(JSON.parse(example))
  expect(issues).toEqual([])
  const context = { library: emptyLibrary(), journeys: new Set<string>(), registry: createStepRegistry() }
  expect(graph && compile(graph, context)).toMatchObject({ issues: [], definition: { entry: 'start' } })
})

test('docs/graph-format.md explains every setting and no others', () => {
  const section = page.split('## Settings')[1]?.split('\n## ')[0] ?? ''
  const explained = [...section.matchAll(/^\| `(\w+)`\s+\|/gm)].map(([, key = '']) => key)
  expect(explained.sort()).toEqual(Object.keys(settingsSchema.shape).sort())
})
