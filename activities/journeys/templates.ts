/** The journeys that come with Trellis, to begin with: the files of examples/journeys. */
import { readdirSync, readFileSync } from 'node:fs'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'

const folder = new URL('../../examples/journeys/', import.meta.url)

/** In the order of their file names. A file that this version cannot read is left out. */
export function readJourneyTemplates(): JourneyFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => {
      const { file } = parseJourneyFile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
      return file === null ? [] : [file]
    })
}
