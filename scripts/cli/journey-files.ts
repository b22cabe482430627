/** Journey files checked without any server: what `trellis journeys validate` does. Pure but for the step registry. */
import { compileWithMessages } from '#activities/journeys/compile-journey.ts'
import { parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { readJson } from './import-command.ts'

/** What the check of one file found. */
export interface CheckedFile {
  path: string
  key: string | null
  valid: boolean
  /** Of the definition, when it compiles. */
  hash: string | null
  issues: Issue[]
}

/** Reads files; those that cannot be parsed have no `file`. */
export async function readJourneyFiles(
  paths: readonly string[],
): Promise<{ path: string; file: JourneyFile | null; issues: Issue[] }[]> {
  return Promise.all(paths.map(async (path) => ({ path, ...parseJourneyFile(await readJson(path)) })))
}

/** Compiles each file with the resources of all of them, so that files that name each other are valid together. */
export async function checkJourneyFiles(paths: readonly string[], registry: StepRegistry): Promise<CheckedFile[]> {
  const read = await readJourneyFiles(paths)
  const files = read.flatMap(({ file }) => (file === null ? [] : [file]))
  const library = joinResources(files)
  const journeys = new Set(files.map(({ key }) => key))
  const ground = { library, journeys, registry, company: null, isLive: false }
  return Promise.all(
    read.map(async ({ path, file, issues }) => {
      if (file === null) return { path, key: null, valid: false, hash: null, issues }
      const compiled = await compileWithMessages(file.graph, ground)
      const valid = isPublishable(compiled.issues)
      return { path, key: file.key, valid, hash: compiled.hash, issues: compiled.issues }
    }),
  )
}

/** Issues as lines: severity, code, step, message. */
export function describeIssues(issues: readonly Issue[]): string[] {
  return issues.map(({ severity, code, nodeId, path, message }) => {
    const place = [nodeId, path.join('.')].filter((part) => part !== undefined && part !== '').join(' › ')
    return `  ${severity}  ${code}${place === '' ? '' : `  ${place}`}\n    ${message}`
  })
}

function joinResources(files: readonly JourneyFile[]): Library {
  const library = emptyLibrary()
  for (const { resources } of files) {
    for (const field of resources.fields) library.fields[field.key] = field
    for (const segment of resources.segments) library.segments[segment.key] = segment.rule
    for (const asset of resources.assets) library.assets[asset.key] = asset
    for (const pool of resources.pools) library.pools[pool.key] = pool
    for (const survey of resources.surveys) library.surveys[survey.key] = survey
    for (const form of resources.forms) library.forms[form.key] = form
  }
  return library
}
