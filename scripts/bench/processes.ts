/** What processes have cost, read from /proc (Linux only), and the workers under measurement as processes of their own. */
import { fork, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

interface ProcessStat {
  parent: number
  /** Its own CPU time and that of children it has waited for. */
  ticks: number
}

function readStat(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The name in parentheses may hold spaces; everything after it is numbers. Field 4 = parent, 14 to 17 = CPU.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
    return { parent: Number(fields[1]), ticks }
  } catch {
    return null
  }
}

/** CPU milliseconds of a process and its children so far (a Postgres server is one process per connection). */
export function cpuMs(pid: number): number {
  let ticks = readStat(pid)?.ticks ?? 0
  for (const name of readdirSync('/proc')) {
    const child = /^\d+$/.test(name) ? readStat(Number(name)) : null
    if (child?.parent === pid) ticks += child.ticks
  }
  return (ticks * 1000) / ticksPerSecond
}

/** Memory in use, MB. */
export function residentMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

export interface WorkerProcess {
  pid: number
  stop(): Promise<void>
}

/** Starts a worker script with its options and resolves when it says `ready`. It ends with this process. */
export async function startWorkerProcess(script: URL, options: object): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(script), [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) =>
      reject(new Error(`${script.pathname} ended with ${String(code)} before it was ready.`)),
    )
  })
  return { pid: child.pid ?? 0, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
