import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compiler/compile.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

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

  test.each(files)('%s lets the reader of every nurture mail stop it', (name) => {
    const mails = read(name).graph.nodes.filter(
      ({ type, config }) =>
        ['send_email', 'send_asset', 'send_survey', 'invite'].includes(type) && config['purpose'] === 'nurture',
    )
    expect(mails.filter(({ config }) => !String(config['body']).includes('{{ unsubscribe_url }}'))).toEqual([])
  })

  test('the sampler has more to offer than the eight invitations need', () => {
    const { resources } = read('friday-sampler.json')
    expect(resources.pools[0]?.assets.length).toBeGreaterThanOrEqual(10)
    expect(resources.assets.every(({ kind }) => kind === 'educational')).toBe(true)
  })
})
