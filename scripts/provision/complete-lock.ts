/** One package of package-lock.json; only what is looked at here. */
export type LockEntry = {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'windows']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/**
 * Lists the optional packages that a lock file should have and has not, as entries ready to be added.
 *
 * npm leaves an optional package out of the lock when the registry it asks does not have it, as mirrors that lag
 * behind do with the binaries of other platforms. `npm ci` then refuses the lock on every machine. The names say what
 * they are for (`@swc/core-linux-arm64-musl`), and the requester pins the version. There is no checksum for them.
 *
 * @throws {Error} when a missing package is pinned to a range, or its name does not tell its platform.
 */
export function findMissingPlatforms(packages: Readonly<Record<string, LockEntry>>): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {}
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isInstalledFor(path, name, packages)) continue
      const place = path === '' ? '' : path.slice(0, path.lastIndexOf('node_modules/'))
      missing[`${place}node_modules/${name}`] = describePlatform(name, version, entry.dev === true)
    }
  }
  return missing
}

/** Node's own search: beside the requester, then in each node_modules above. */
function isInstalledFor(path: string, name: string, packages: Readonly<Record<string, LockEntry>>): boolean {
  for (let folder = path; ;) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true
    if (folder === '') return false
    const above = folder.lastIndexOf('/node_modules/')
    folder = above === -1 ? '' : folder.slice(0, above)
  }
}

function describePlatform(name: string, version: string, isDev: boolean): LockEntry {
  const words = name.split(/[/-]/)
  const system = systems.find((candidate) => words.includes(candidate))
  const processor = processors.find((candidate) => words.includes(candidate))
  if (!exactVersion.test(version) || system === undefined || processor === undefined) {
    throw new Error(
      `package-lock.json lacks the optional package "${name}" ("${version}"), and its platform and exact version cannot ` +
        'be told from that. Run "npm install" against a registry that has it.',
    )
  }
  const isMusl = words.some((word) => word.startsWith('musl'))
  return {
    version,
    cpu: [processor],
    ...(isDev ? { dev: true } : {}),
    ...(system === 'linux' && (isMusl || words.some((word) => word.startsWith('gnu')))
      ? { libc: [isMusl ? 'musl' : 'glibc'] }
      : {}),
    optional: true,
    os: [system === 'windows' ? 'win32' : system],
  }
}
