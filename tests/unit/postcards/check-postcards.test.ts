import { describe, expect, test } from 'vitest'
import { checkPostcards } from '#activities/postcards/check-postcards.ts'
import { emptyCompanyProfile } from '#engine/company.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

function issuesOf(config: Record<string, unknown>) {
  const node = { id: 'card', type: 'send_postcard', config: { headline: 'Hello', body: 'Text', ...config } }
  const graph = graphSchema.parse({ format: 1, nodes: [node], edges: [] })
  return checkPostcards(graph, {
    library: emptyLibrary(),
    registry: createStepRegistry(),
    company: emptyCompanyProfile(),
  })
}

describe('checkPostcards()', () => {
  test('lets pass what fits with long names', () => {
    const body =
      'Dear {{ lead.first_name | default: "there" }} {{ lead.last_name }},\n\nwe have not heard from {{ lead.company }} for long. About {{ entry.topic }}: tell us.'
    expect(issuesOf({ headline: 'Hello {{ lead.first_name }}', body })).toEqual([])
  })

  test('tells what does not fit only because of long names, where and by how much', () => {
    const body = `${'{{ lead.company }} '.repeat(12)}${'word '.repeat(40)}`
    const [issue] = issuesOf({ body })
    expect(issue).toMatchObject({ code: 'POSTCARD_TEXT_TOO_LONG', severity: 'error', nodeId: 'card', path: ['body'] })
    expect(issue?.message).toMatch(/has \d+ characters, and about \d+ fit. Shorten it by about \d+\./)
    expect(issuesOf({ headline: 'A headline of words '.repeat(25) })).toMatchObject([{ path: ['headline'] }])
  })

  test('looks at every language', () => {
    const variants = { de: { headline: 'Hallo', body: 'wort '.repeat(300) } }
    expect(issuesOf({ variants })).toMatchObject([{ code: 'POSTCARD_TEXT_TOO_LONG', path: ['variants', 'de', 'body'] }])
  })

  test('refuses emoji and letters without a shape in what the author wrote', () => {
    expect(issuesOf({ body: 'Hi 🎉' })).toMatchObject([{ code: 'POSTCARD_TEXT_UNPRINTABLE', path: ['body'] }])
    expect(issuesOf({ headline: 'こんにちは' })).toMatchObject([
      { code: 'POSTCARD_TEXT_UNPRINTABLE', path: ['headline'] },
    ])
  })

  test('leaves to others what Liquid cannot fill', () => {
    expect(issuesOf({ body: '{{ lead.nothing }}' })).toEqual([])
  })
})
