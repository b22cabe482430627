// A journey as one page: nothing that people wrote is anything but text in it, and it asks nobody for anything.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stepLooks } from '#engine/drawing/look.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { viewerPage } from '../../../builder/src/journeys/viewer-page.ts'
import { viewerScript, viewerScriptHash } from '../../../builder/src/journeys/viewer-script.ts'

const looks = stepLooks(createStepRegistry())
const about = { language: 'en', made: 'As it was drawn today' }

test('tells every step of a journey, and draws it in the colours of whoever opens it', () => {
  const text = readFileSync(new URL('../../../examples/journeys/instant-thank-you.json', import.meta.url), 'utf8')
  const { file } = parseJourneyFile(JSON.parse(text))
  if (file === null) throw new Error('instant-thank-you cannot be read')
  const page = viewerPage(file, looks, about)
  expect(page.match(/<li /g)).toHaveLength(file.graph.nodes.length)
  expect(page.match(/rx="10"/g)).toHaveLength(file.graph.nodes.length)
  expect(page).toContain('<title>Instant thank-you</title>')
  expect(page).toContain('@media (prefers-color-scheme:dark){:root{--canvas:#14171c')
})

test('whatever people wrote is text in it', () => {
  const hostile = '</script><img src=x onerror=alert(1)>" onload="alert(2)'
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'a', type: 'entry', name: hostile, config: { triggers: [{ id: 'm', kind: 'manual' }] } },
      {
        id: 'b',
        type: 'branch',
        name: hostile,
        config: { cases: [{ id: 'x', name: hostile, when: { kind: 'always' } }] },
      },
      { id: 'c', type: hostile, config: {} },
    ],
    edges: [
      { from: 'a', port: 'next', to: 'b' },
      { from: 'b', port: 'x', to: 'c' },
    ],
  })
  const page = viewerPage({ name: hostile, description: hostile, graph, layout: layoutSchema.parse({}) }, looks, {
    language: hostile,
    made: hostile,
  })
  expect(page).not.toMatch(/<img|<\/script><|" onload/)
  // The one script is the page's own, whole, and the last thing in it.
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page.endsWith(`<script>${viewerScript}</script>\n</body>\n</html>\n`)).toBe(true)
})

test('lets nothing run but its script, and loads nothing', () => {
  const hash = createHash('sha256').update(viewerScript).digest('base64')
  // When the script has changed: write this one beside it.
  expect(viewerScriptHash).toBe(hash)
  const page = viewerPage(
    {
      name: 'x',
      description: '',
      graph: graphSchema.parse({ format: 1, nodes: [], edges: [] }),
      layout: layoutSchema.parse({}),
    },
    looks,
    about,
  )
  expect(page).toContain(`default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`)
  expect(page).not.toMatch(/\b(?:src|href)=|@import|url\(/)
  expect(page.match(/https?:[^"' ]+/g)).toEqual(['http://www.w3.org/2000/svg'])
})
