/** The custom activities of a running process, read again when their files change. */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createStepRegistry, type StepRegistry } from '#engine/steps/catalogue.ts'
import {
  activityFilePattern,
  customActivitiesFolder,
  loadCustomActivities,
  type CustomActivities,
  type CustomActivitySources,
} from './custom-registry.ts'
import type { CustomActivity } from './define-activity.ts'

export interface LiveActivities {
  /** Always the present steps: whoever holds it sees a change without asking again. */
  registry: StepRegistry
  find(type: string): CustomActivity | undefined
  /** What cannot be used now, and why. `keepsFormer`: the version of the file that worked last is still in use. */
  problems(): readonly ActivityProblem[]
  /** Another one for each other catalogue. */
  revision(): string
  stop(): void
}

interface ActivityProblem {
  /** The file or the package. */
  source: string
  message: string
  keepsFormer: boolean
}

interface LiveActivitiesOptions extends CustomActivitySources {
  /** Looks for changed files; off, what was read at the start stays (production). */
  follow: boolean
  /** Between two looks, ms. A folder on a network drive tells of no changes, so it is looked at. @default 1000 */
  everyMs?: number
  /** Told of each change, also of the first reading when it has problems. */
  onChange?: (problems: readonly ActivityProblem[]) => void
}

/** Reads the custom activities, and again whenever a file of the folder is new, changed or gone. */
export async function openLiveActivities(options: LiveActivitiesOptions): Promise<LiveActivities> {
  const { follow, everyMs = 1000, onChange, folder = customActivitiesFolder, packages = [] } = options
  let marks = follow ? await marksOf(folder) : ''
  let present = withRegistry(await loadCustomActivities({ folder, packages }), null)
  if (present.problems.length > 0) onChange?.(present.problems)
  let timer: NodeJS.Timeout | null = null
  let isStopped = false

  const look = async (): Promise<void> => {
    try {
      const now = await marksOf(folder)
      if (now !== marks) {
        marks = now
        present = withRegistry(await loadCustomActivities({ folder, packages }), present)
        onChange?.(present.problems)
      }
    } catch {
      // A folder that cannot be read this time can be the next; what is known stays.
    }
    if (!isStopped) plan()
  }
  const plan = (): void => {
    timer = setTimeout(() => void look(), everyMs)
    timer.unref()
  }
  if (follow) plan()

  return {
    registry: { get: (type) => present.registry.get(type), all: () => present.registry.all() },
    find: (type) => present.activities.find((activity) => activity.type === type),
    problems: () => present.problems,
    revision: () => present.revision,
    stop: () => {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

interface Present {
  activities: readonly CustomActivity[]
  /** By type, the file or package it is of. */
  sources: ReadonlyMap<string, string>
  problems: readonly ActivityProblem[]
  registry: StepRegistry
  revision: string
}

/** What was read, and what a file that no longer works last was: a typing error takes no step out of the palette. */
function withRegistry(read: CustomActivities, before: Present | null): Present {
  const sources = new Map(read.sources)
  const kept: CustomActivity[] = []
  const problems = read.problems.map(({ source, message }): ActivityProblem => {
    const former =
      before?.activities.filter(({ type }) => before.sources.get(type) === source && !sources.has(type)) ?? []
    for (const activity of former) {
      sources.set(activity.type, source)
      kept.push(activity)
    }
    return { source, message, keepsFormer: former.length > 0 }
  })
  const activities = [...read.activities, ...kept].sort((one, other) => (one.type < other.type ? -1 : 1))
  const told = JSON.stringify([activities.map(({ manifest }) => manifest), problems])
  return {
    activities,
    sources,
    problems,
    registry: createStepRegistry(activities.map(({ step }) => step)),
    revision: createHash('sha256').update(told).digest('base64url').slice(0, 12),
  }
}

/** Names, times and sizes of the folder's files, as one text; '' when there is no folder. */
async function marksOf(folder: string): Promise<string> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
  const marks = await Promise.all(
    names
      .filter((name) => activityFilePattern(name))
      .sort()
      .map(async (name) => {
        const { mtimeMs, size } = await stat(join(folder, name))
        return `${name} ${String(mtimeMs)} ${String(size)}`
      }),
  )
  return marks.join('\n')
}
