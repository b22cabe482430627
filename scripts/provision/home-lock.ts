import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Home } from './home.ts'
import { isProcess } from './processes.ts'

/** Who holds a TRELLIS_HOME: the supervisor's process id and the address of its web server. */
export type HomeHolder = { pid: number; address: string }

/** Mark of the supervisor's command line. */
const supervisorMark = 'start.ts'

/** Who runs on this TRELLIS_HOME now; undefined when nobody does, whatever a dead start left behind. */
export function findHomeHolder(home: Home): HomeHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(home.lockFile, 'utf8')) as HomeHolder
    return isProcess(holder.pid, supervisorMark) ? holder : undefined
  } catch {
    return undefined
  }
}

/**
 * Takes a TRELLIS_HOME for this process. Two servers over one data folder would destroy it.
 *
 * @returns a function that gives it back.
 * @throws {Error} when another start holds it, naming its process and address.
 */
export function lockHome(home: Home, address: string): () => void {
  const own = `${home.lockFile}.${String(process.pid)}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, address } satisfies HomeHolder))
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const holder = findHomeHolder(home)
      if (holder !== undefined) {
        throw new Error(
          `Trellis already runs on TRELLIS_HOME "${home.path}": process ${String(holder.pid)}, ${holder.address}. ` +
            'Stop it first (Ctrl-C in its terminal), or give this one another folder and port: ' +
            'TRELLIS_HOME=/another/folder PORT=3001 npm start.',
        )
      }
      rmSync(home.lockFile, { force: true })
      // A link fails when the name exists: of two starts at the same instant one gets it.
      if (tryLink(own, home.lockFile)) return () => rmSync(home.lockFile, { force: true })
    }
    throw new Error(`"${home.lockFile}" changes hands too fast. Is Trellis being started in a loop?`)
  } finally {
    rmSync(own, { force: true })
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
