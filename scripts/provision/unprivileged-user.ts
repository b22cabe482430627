import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The user that root's Postgres runs as. Nothing is created on the machine for it. */
export type UnprivilegedUser = { name: string; uid: number; gid: number }

/**
 * Who must run Postgres, which refuses to run as root: `undefined` when we are not root (run it as ourselves),
 * else the system's own `nobody`, which has to be listed in the user database.
 *
 * @throws {Error} as root on a machine without a user called nobody.
 */
export function findUnprivilegedUser(): UnprivilegedUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'))
  const [name, , uid, gid] = line?.split(':') ?? []
  if (name === undefined || uid === undefined || gid === undefined) {
    throw new Error(
      'Postgres refuses to run as root and /etc/passwd has no user "nobody" to run it as. ' +
        'Start Trellis as a normal user, or set DATABASE_URL to a server you run yourself.',
    )
  }
  // macOS lists nobody as -2; the system call wants the unsigned form.
  return { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
}

/** The first folder on the way to `path` that other users may not pass, or undefined when all let them through. */
export function findClosedParent(path: string): string | undefined {
  const parents: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    parents.unshift(folder)
    if (folder === dirname(folder)) break
  }
  return parents.find((folder) => (statSync(folder).mode & 0o001) === 0)
}

/** Gives a folder to the user, closed to everybody else. Does nothing when `user` is undefined. */
export function giveFolder(path: string, user: UnprivilegedUser | undefined): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid)
  chmodSync(path, 0o700)
}
