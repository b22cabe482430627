import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { findClosedParent, findUnprivilegedUser } from './unprivileged-user.ts'

/** The folders of TRELLIS_HOME, which exist after {@link openHome}. */
export type Home = {
  path: string
  logs: string
  /** Programs fetched or built by us. */
  bin: string
  /** Parts of npm packages that had to be copied to be usable. */
  parts: string
  postgresData: string
  temporalDatabase: string
  stateFile: string
  lockFile: string
}

/** What one start remembers for the next. Holds secrets: the file is readable by its owner only. */
export type HomeState = z.infer<typeof stateSchema>

const processSchema = z.object({ pid: z.number().int().positive(), command: z.string() })
const stateSchema = z.object({
  postgresPort: z.number().int().optional(),
  temporalPort: z.number().int().optional(),
  postgresPassword: z.string(),
  secret: z.string(),
  /** What the last start left running, by service name; kept to clean up after a machine-wide kill -9. */
  processes: z.record(z.string(), processSchema).default({}),
})

/** The layout of TRELLIS_HOME; touches nothing. */
export function describeHome(path: string): Home {
  return {
    path,
    logs: join(path, 'logs'),
    bin: join(path, 'bin'),
    parts: join(path, 'parts'),
    postgresData: join(path, 'postgres'),
    temporalDatabase: join(path, 'temporal', 'temporal.db'),
    stateFile: join(path, 'state.json'),
    lockFile: join(path, 'start.lock'),
  }
}

/**
 * Creates TRELLIS_HOME and its folders where they are missing.
 *
 * @throws {Error} when it cannot be written, or when root's Postgres could not reach it; the message says what to do.
 */
export function openHome(path: string): Home {
  const home = describeHome(path)
  const user = findUnprivilegedUser()
  try {
    // Root's Postgres runs as another user, who has to pass through; what is secret has its own mode.
    const mode = user === undefined ? 0o700 : 0o711
    for (const folder of [path, home.logs, home.bin, home.parts, dirname(home.temporalDatabase)]) {
      if (existsSync(folder)) continue
      mkdirSync(folder, { recursive: true })
      // Not left to the umask, which may close it to Postgres's user.
      chmodSync(folder, mode)
    }
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(
      `TRELLIS_HOME is "${path}", which cannot be written (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Set TRELLIS_HOME to a folder of yours outside the source tree, e.g. TRELLIS_HOME=$HOME/trellis-data.',
      { cause },
    )
  }
  const closed = user === undefined ? undefined : findClosedParent(path)
  if (user !== undefined && closed !== undefined) {
    throw new Error(
      `TRELLIS_HOME is "${path}", and "${closed}" is closed to other users. As root Trellis runs Postgres as ` +
        `"${user.name}", who must pass through: run "chmod o+x ${closed}", or set TRELLIS_HOME to another folder ` +
        'such as /var/lib/trellis.',
    )
  }
  return home
}

/**
 * What the last start remembered; undefined on the first.
 *
 * @throws {Error} when the file is damaged, since a new password would lock us out of the existing cluster.
 */
export function readState(home: Home): HomeState | undefined {
  if (!existsSync(home.stateFile)) return undefined
  try {
    return stateSchema.parse(JSON.parse(readFileSync(home.stateFile, 'utf8')))
  } catch (cause) {
    throw new Error(
      `"${home.stateFile}" is damaged. It holds the password of the database in "${home.postgresData}": restore it ` +
        'from a backup, or remove the whole of TRELLIS_HOME to begin with an empty database.',
      { cause },
    )
  }
}

/** The remembered state, made and written down on the first start. */
export function loadState(home: Home): HomeState {
  const known = readState(home)
  if (known !== undefined) return known
  const state = {
    postgresPassword: randomBytes(24).toString('base64url'),
    secret: randomBytes(32).toString('hex'),
    processes: {},
  }
  writeState(home, state)
  return state
}

/** Replaces the state file in one step, so that a crash leaves the old or the new one. */
export function writeState(home: Home, state: HomeState): void {
  const unfinished = `${home.stateFile}.${String(process.pid)}`
  writeFileSync(unfinished, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, home.stateFile)
}
