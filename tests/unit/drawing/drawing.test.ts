import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stepLooks } from '#engine/drawing/look.ts'
import { toMermaid } from '#engine/drawing/mermaid.ts'
import { darkColours, lightColours, pageColours, renderPicture } from '#engine/drawing/picture.ts'
import { tellSteps } from '#engine/drawing/tell.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

const looks = stepLooks(createStepRegistry())
const folder = new URL('../../../examples/journeys/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

function documentOf(nodes: object[], edges: object[] = []): JourneyDocument {
  return { graph: graphSchema.parse({ format: 1, nodes, edges }), layout: layoutSchema.parse({}) }
}

describe.each(files)('%s', (name) => {
  const { file } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  if (file === null) throw new Error(`${name} cannot be read.`)

  test('is drawn with a card for every step and a line for every connection', () => {
    const picture = renderPicture(file, looks, { detail: 'full', colours: lightColours, title: file.name })
    expect(picture.match(/rx="10"/g)).toHaveLength(file.graph.nodes.length)
    expect(picture.match(/fill="none"/g)).toHaveLength(file.graph.edges.length)
    expect(picture).toBe(renderPicture(file, looks, { detail: 'full', colours: lightColours, title: file.name }))
  })

  test('is a Mermaid flowchart with the same steps and connections', () => {
    const lines = toMermaid(file, looks).trimEnd().split('\n').slice(1)
    expect(lines.filter((line) => line.includes(' -->'))).toHaveLength(file.graph.edges.length)
    expect(lines).toHaveLength(file.graph.nodes.length + file.graph.edges.length)
    // Each line is one of the two forms, whatever people called their steps.
    for (const line of lines) expect(line).toMatch(/^ {2}s\d+(\(\[".*"\]\)|\{".*"\}|\[".*"\]| -->(\|"[^"]*"\|)? s\d+)$/)
  })
})

describe('a picture', () => {
  const hostile = documentOf([
    { id: 'end', type: 'exit', name: '</text><script>alert(1)</script> "quoted" & ]]> \u0007', config: {} },
  ])

  test('shows words as words, whatever they are', () => {
    const picture = renderPicture(hostile, looks, { detail: 'full', colours: lightColours, title: 'A "b" <c>' })
    expect(picture).not.toContain('<script')
    expect(picture).toContain('aria-label="A &quot;b&quot; &lt;c&gt;"')
    expect(picture).not.toMatch(/[\u0000-\u0008]/) // oxlint-disable-line no-control-regex -- none may be left
    expect(toMermaid(hostile, looks)).not.toMatch(/<script|[^#]"quoted/)
  })

  test('follows the page’s colours when it is part of the page, and stands alone when it is a file', () => {
    const [inPage, alone] = [pageColours, lightColours].map((colours) =>
      renderPicture(hostile, looks, { detail: 'thumbnail', colours, title: 'x' }),
    )
    expect(inPage).toContain('var(--custom)')
    expect(alone).not.toContain('var(')
  })

  test('has the page’s own colours, light and dark', () => {
    const css = readFileSync(new URL('../../../builder/src/ui/tokens.css', import.meta.url), 'utf8')
    const [, light = '', dark = ''] = /:root \{([^}]*)\}[^{]*\{([^}]*)\}/.exec(css) ?? []
    for (const [block, colours] of [
      [light, lightColours],
      [dark, darkColours],
    ] as const) {
      for (const [kind, token] of Object.entries(pageColours)) {
        expect(block).toContain(`${token.slice(4, -1)}: ${colours[kind as keyof typeof colours]};`)
      }
    }
  })

  test('of nothing is empty, not broken', () => {
    const picture = renderPicture(documentOf([]), looks, { detail: 'thumbnail', colours: pageColours, title: 'Empty' })
    expect(picture).toMatch(/^<svg [^>]*viewBox="0 0 240 72"[^>]*><\/svg>$/)
  })

  test('leaves out connections to nowhere', () => {
    const loose = documentOf(
      [{ id: 'a', type: 'wait', config: { duration: 'P1D' } }],
      [{ from: 'a', port: 'next', to: 'gone' }],
    )
    expect(renderPicture(loose, looks, { detail: 'thumbnail', colours: pageColours, title: 'x' })).not.toContain(
      '<path',
    )
    expect(toMermaid(loose, looks)).not.toContain('-->')
  })
})

describe('a journey in words', () => {
  const told = (nodes: object[], edges: object[] = []) => tellSteps(documentOf(nodes, edges), looks)

  test.each(files)('%s: every step once, numbered, and no way is lost', (name) => {
    const { file } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
    if (file === null) throw new Error(`${name} cannot be read.`)
    const steps = tellSteps(file, looks)
    expect(steps.map(({ id }) => id).toSorted()).toEqual(file.graph.nodes.map(({ id }) => id).toSorted())
    expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1))
    for (const { from, to } of file.graph.edges) {
      const [step, target] = [steps.find(({ id }) => id === from), steps.find(({ id }) => id === to)]
      const numbers = step?.ways.length === 0 ? [step.number + 1] : step?.ways.map((way) => way.to?.number)
      expect(numbers).toContain(target?.number)
    }
  })

  test('follows ways out in their order, joins by number, and says what leads nowhere', () => {
    const steps = told(
      [
        { id: 'z', type: 'exit', name: 'Bye', config: {} },
        { id: 'a', type: 'entry', config: { triggers: [{ id: 'm', kind: 'manual' }] } },
        { id: 'd', type: 'send_email', name: 'Mail', config: {}, disabled: true },
        { id: 'w', type: 'wait', config: { duration: 'P1D' } },
      ],
      [
        { from: 'd', port: 'sent', to: 'w' },
        { from: 'a', port: 'next', to: 'd' },
        { from: 'w', port: 'next', to: 'd' },
      ],
    )
    expect(steps.map(({ id }) => id)).toEqual(['a', 'd', 'w', 'z'])
    expect(steps[0]?.ways).toEqual([])
    expect(steps[1]).toMatchObject({ title: 'Mail', isOff: true })
    expect(steps[2]?.ways).toEqual([{ label: null, to: { number: 2, title: 'Mail' } }])
  })
})
