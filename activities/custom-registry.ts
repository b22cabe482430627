/** Finds the custom activities of this installation: files in a folder, and npm packages that are named. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import type { ActivityDefinition } from './custom-activity.ts'
import { defineActivity, isCustomActivity, type CustomActivity } from './define-activity.ts'

/** Where custom activities live unless another folder is named. */
export const customActivitiesFolder = fileURLToPath(new URL('custom', import.meta.url))

export interface CustomActivitySources {
  /** Every `.ts`, `.js` and `.mjs` file in it is read; one that does not exist is empty. @default activities/custom */
  folder?: string
  /** npm packages, as TRELLIS_ACTIVITIES lists them. */
  packages?: readonly string[]
}

export interface CustomActivities {
  /** By type. */
  activities: CustomActivity[]
  /** By type: the file or the package each is of. */
  sources: ReadonlyMap<string, string>
  /** What could not be used, and why. The others work all the same. */
  problems: { source: string; message: string }[]
}

/**
 * Reads all custom activities. One broken file keeps nobody else's out: it is reported in `problems`. Reads changed files
 * again when called again in the same process (development).
 */
export async function loadCustomActivities({
  folder = customActivitiesFolder,
  packages = [],
}: CustomActivitySources = {}): Promise<CustomActivities> {
  const sources = new Map<string, string>()
  const found: CustomActivities = { activities: [], sources, problems: [] }
  const taken = new Map(builtInSteps.map(({ type }) => [type, 'a built-in step']))
  for (const source of [...(await listFiles(folder)), ...packages.map((name) => ({ name, specifier: name }))]) {
    try {
      const activities = collect(await importModule(source.specifier))
      if (activities.length === 0)
        throw new Error('It exports no activity; write export const … = defineActivity({ … }).')
      for (const activity of activities) {
        const owner = taken.get(activity.type)
        if (owner !== undefined) throw new Error(`The type "${activity.type}" is taken by ${owner}; choose another.`)
        taken.set(activity.type, source.name)
        sources.set(activity.type, source.name)
        found.activities.push(activity)
      }
    } catch (error) {
      found.problems.push({ source: source.name, message: explain(error, source.name) })
    }
  }
  found.activities.sort((one, other) => (one.type < other.type ? -1 : 1))
  return found
}

/** True for the name of a file that is read; tests and type declarations beside it are not. */
export function activityFilePattern(name: string): boolean {
  return /\.(ts|js|mjs)$/.test(name) && !/\.(d|test)\.ts$/.test(name)
}

async function listFiles(folder: string): Promise<{ name: string; specifier: string }[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const files = names.filter(activityFilePattern).sort()
  return Promise.all(
    files.map(async (name) => {
      const path = join(folder, name)
      // The time of the last change makes Node read a changed file again instead of its cached module.
      const { mtimeMs } = await stat(path)
      return { name, specifier: `${pathToFileURL(path).href}?changed=${Math.floor(mtimeMs)}` }
    }),
  )
}

/** The message, and the line of the file where the stack knows it: of a file that cannot be read, Node tells it there. */
function explain(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error)
  const places = (error.stack ?? '').split(file).slice(1)
  const line = places.map((place) => /^(?:\?[^:\s]*)?:(\d+)/.exec(place)?.[1]).find((found) => found !== undefined)
  return line === undefined ? error.message : `${error.message} (line ${line})`
}

async function importModule(specifier: string): Promise<Record<string, unknown>> {
  return (await import(specifier)) as Record<string, unknown>
}

/**
 * Exports made by `defineActivity`. A package cannot import it (Trellis is not a library), so an export that looks like a
 * definition, an object with `type`, `config` and `perform`, is handed to it here.
 */
function collect(module: Record<string, unknown>): CustomActivity[] {
  const activities = Object.values(module).flatMap((value): CustomActivity[] => {
    if (isCustomActivity(value)) return [value]
    return isDefinition(value) ? [defineActivity(value)] : []
  })
  return [...new Map(activities.map((activity) => [activity.type, activity])).values()]
}

function isDefinition(value: unknown): value is ActivityDefinition<unknown> {
  return typeof value === 'object' && value !== null && 'type' in value && 'config' in value && 'perform' in value
}
