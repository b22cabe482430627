import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home, HomeState } from './home.ts'
import { endProcess, isProcess, readCommandLine } from './processes.ts'

/**
 * Ends what an earlier start left running, which takes a kill -9 of the supervisor and of its watchers at once.
 * A process is ours only if its command line is exactly the recorded one, or names our data folder. Call it while
 * holding the home's lock.
 *
 * @returns the names of the services that were ended.
 * @throws {Error} when one cannot be ended.
 */
export async function endLeftovers(home: Home, state: HomeState): Promise<string[]> {
  const leftovers = Object.entries(state.processes)
    .filter(([, { pid, command }]) => readCommandLine(pid) === command)
    .map(([name, { pid }]) => ({ name, pid }))
  const postgresPid = readPostmasterPid(home)
  if (postgresPid !== undefined && isProcess(postgresPid, home.postgresData)) {
    leftovers.push({ name: 'postgres', pid: postgresPid })
  }
  // The newest first: worker and API before the servers they use.
  for (const { name, pid } of leftovers.toReversed()) {
    const isGone = await endProcess(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM')
    if (!isGone) {
      throw new Error(
        `Process ${String(pid)} (${name}) of an earlier start does not end. Stop it with "kill -9 ${String(pid)}", then start again.`,
      )
    }
  }
  return [...new Set(leftovers.map(({ name }) => name))]
}

function readPostmasterPid(home: Home): number | undefined {
  const file = join(home.postgresData, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}
