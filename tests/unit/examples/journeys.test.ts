import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createRenderer } from '#activities/mailroom/render.ts'
import { checkMessages } from '#activities/messages/check-messages.ts'
import { messagesOf } from '#activities/messages/letters.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { compile } from '#engine/compiler/compile.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

const company = companyProfileSchema.parse({
  name: 'Tea & Co',
  postalAddress: '1 High Street',
  from: { email: 'hello@tea.example' },
})
const folder = new URL('../../../examples/journeys/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

function read(name: string): JourneyFile {
  const { file, issues } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  expect(issues).toEqual([])
  if (file === null) throw new Error(`${name} is no journey file`)
  return file
}

/** Only what the file itself brings: it must stand alone. */
function libraryOf({ resources }: JourneyFile): Library {
  const byKey = <Entry extends { key: string }>(entries: Entry[]) =>
    Object.fromEntries(entries.map((entry) => [entry.key, entry]))
  return {
    ...emptyLibrary(),
    fields: byKey(resources.fields),
    segments: Object.fromEntries(resources.segments.map(({ key, rule }) => [key, rule])),
    assets: byKey(resources.assets),
    pools: byKey(resources.pools),
    surveys: byKey(resources.surveys),
    forms: byKey(resources.forms),
  }
}

describe('examples/journeys', () => {
  test('ships the four templates of the main job', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'friday-sampler.json',
        'instant-thank-you.json',
        'last-chance-call.json',
        'win-back-survey.json',
      ]),
    )
  })

  test.each(files)('%s stands alone: it compiles with its own resources, without so much as a warning', (name) => {
    const file = read(name)
    const context = { library: libraryOf(file), journeys: new Set<string>(), registry: createStepRegistry() }
    const { definition, issues } = compile(file.graph, context)
    expect(issues).toEqual([])
    expect(definition).not.toBeNull()
  })

  test.each(files)('%s is drawn: every step has a place of its own, and a name', (name) => {
    const { graph, layout, key } = read(name)
    expect(`${key}.json`).toBe(name)
    expect(Object.keys(layout.positions).sort()).toEqual(graph.nodes.map(({ id }) => id).sort())
    expect(new Set(Object.values(layout.positions).map(({ x, y }) => `${String(x)}/${String(y)}`)).size).toBe(
      graph.nodes.length,
    )
    expect(graph.nodes.filter((node) => node.name === undefined)).toEqual([])
  })

  test.each(files)('%s has mails that nothing can be said against, and that can be left', async (name) => {
    const file = read(name)
    const library = libraryOf(file)
    const registry = createStepRegistry()
    const { issues } = await checkMessages(file.graph, { library, registry, company, isLive: true })
    expect(issues).toEqual([])
    const render = createRenderer({ baseUrl: 'https://leads.example', secret: 'x'.repeat(32) })
    for (const { nodeId, purpose, subject, body } of messagesOf(file.graph, registry).letters) {
      const { plain, headers } = render({
        deliveryId: '01890a5d-ac96-774b-bcce-b302099a8057',
        channel: 'email',
        purpose,
        stepId: nodeId,
        content: {
          subject,
          body,
          assetKey: Object.keys(library.assets)[0] ?? '',
          ...(body.includes('survey.') ? { surveyKey: Object.keys(library.surveys)[0] ?? '' } : {}),
        },
        isTest: false,
        isLive: true,
        lead: { id: 'ada', fields: { email: 'ada@example.org' } },
        entry: {},
        journey: { key: file.key, name: file.name },
        library,
        company,
        settings: {},
        owner: null,
        mjml: new Map(),
      })
      expect(plain).toContain('1 High Street')
      expect(plain.includes('Unsubscribe: https://leads.example/u/')).toBe(purpose === 'nurture')
      expect('List-Unsubscribe-Post' in headers).toBe(purpose === 'nurture')
    }
  })

  test('the sampler has more to offer than the eight invitations need', () => {
    const { resources } = read('friday-sampler.json')
    expect(resources.pools[0]?.assets.length).toBeGreaterThanOrEqual(10)
    expect(resources.assets.every(({ kind }) => kind === 'educational')).toBe(true)
  })
})
