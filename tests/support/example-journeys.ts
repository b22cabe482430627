/** The shipped journeys, compiled against what their files carry: no database. */
import { readFileSync } from 'node:fs'
import { compile } from '#engine/compiler/compile.ts'
import type { Definition } from '#engine/definition/types.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

export const exampleKeys = ['friday-sampler', 'instant-thank-you', 'last-chance-call', 'win-back-survey'] as const

export interface ExampleJourney {
  file: JourneyFile
  definition: Definition
  library: Library
}

export const registry = createStepRegistry()
export const stepType = (type: string) => registry.get(type)

export function readExample(key: string): ExampleJourney {
  const path = new URL(`../../examples/journeys/${key}.json`, import.meta.url)
  const { file } = parseJourneyFile(JSON.parse(readFileSync(path, 'utf8')))
  if (file === null) throw new Error(`${key} cannot be read`)
  const { resources } = file
  const byKey = <Value extends { key: string }>(values: readonly Value[]) =>
    Object.fromEntries(values.map((value) => [value.key, value]))
  const library: Library = {
    ...emptyLibrary(),
    fields: byKey(resources.fields),
    segments: Object.fromEntries(resources.segments.map(({ key: name, rule }) => [name, rule])),
    assets: byKey(resources.assets),
    pools: byKey(resources.pools),
    surveys: byKey(resources.surveys),
    forms: byKey(resources.forms),
  }
  const { definition, issues } = compile(file.graph, { library, journeys: new Set(exampleKeys), registry })
  if (definition === null) throw new Error(`${key}: ${JSON.stringify(issues)}`)
  return { file, definition, library }
}
