/** CPU time of an installation's processes, from /proc. */
import { readFileSync, readdirSync } from 'node:fs'

/** Kernel clock ticks per second; 100 on every Linux that runs Node. */
const ticksPerSecond = 100

/** Seconds of CPU used so far by these processes and all their descendants; null where there is no /proc. */
export function cpuSeconds(rootPids: readonly number[]): number | null {
  const processes = listProcesses()
  if (processes === null) return null
  const children = new Map<number, number[]>()
  for (const [pid, { parent }] of processes) children.set(parent, [...(children.get(parent) ?? []), pid])
  const counted = new Set<number>()
  const queue = [...rootPids]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (counted.has(pid)) continue
    counted.add(pid)
    queue.push(...(children.get(pid) ?? []))
  }
  return [...counted].reduce((sum, pid) => sum + (processes.get(pid)?.seconds ?? 0), 0)
}

function listProcesses(): Map<number, { parent: number; seconds: number }> | null {
  let names: string[]
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return null
  }
  return new Map(
    names.flatMap((name) => {
      try {
        // Fields after the command's closing bracket: state, ppid, …, utime (12th), stime, cutime, cstime.
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
        return [[Number(name), { parent: Number(fields[1]), seconds: ticks / ticksPerSecond }] as const]
      } catch {
        return []
      }
    }),
  )
}
